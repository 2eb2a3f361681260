#include "visualizer/pipeline.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/mem.h"

/* Waking a thread costs as much as many packets: who waits sleeps on until there is so much to do. */
enum { AT_ONCE = PIPELINE_BATCHES / 2 };

struct batch {
    struct pipeline_place places[PIPELINE_BATCH];
    size_t count;
};

/* Batch number n is batches[n % PIPELINE_BATCHES]; those from taken to given - 1 are the second thread's. */
struct pipeline {
    struct batch batches[PIPELINE_BATCHES];
    struct batch *filling;      /* of the first thread; NULL: it has to get one */
    void (*finish)(void *context, struct packet *packet);
    void *context;
    pthread_t thread;
    pthread_mutex_t lock;       /* of what follows */
    pthread_cond_t moved;
    size_t given, taken;
    bool over;                  /* nothing will be given any more */
};

/* The oldest batch that is the second thread's; NULL: there will be none. */
static struct batch *take(struct pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->lock);
    if (pipeline->taken == pipeline->given)
        while (pipeline->given - pipeline->taken < AT_ONCE && !pipeline->over)
            pthread_cond_wait(&pipeline->moved, &pipeline->lock);
    struct batch *batch =
        pipeline->taken < pipeline->given ? &pipeline->batches[pipeline->taken % PIPELINE_BATCHES] : NULL;
    pthread_mutex_unlock(&pipeline->lock);
    return batch;
}

static void give_back(struct pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->lock);
    pipeline->taken++;
    if (pipeline->given - pipeline->taken <= PIPELINE_BATCHES - AT_ONCE)
        pthread_cond_signal(&pipeline->moved);
    pthread_mutex_unlock(&pipeline->lock);
}

static void *work(void *argument)
{
    struct pipeline *pipeline = argument;
    struct batch *batch;
    while ((batch = take(pipeline)) != NULL) {
        for (size_t i = 0; i < batch->count; i++)
            pipeline->finish(pipeline->context, batch->places[i].packet);
        give_back(pipeline);
    }
    return NULL;
}

struct pipeline *pipeline_start(void (*finish)(void *context, struct packet *packet), void *context)
{
    struct pipeline *pipeline = mem_alloc(sizeof *pipeline);
    pipeline->finish = finish;
    pipeline->context = context;
    pthread_mutex_init(&pipeline->lock, NULL);
    pthread_cond_init(&pipeline->moved, NULL);
    if (pthread_create(&pipeline->thread, NULL, work, pipeline) == 0)
        return pipeline;
    pthread_cond_destroy(&pipeline->moved);
    pthread_mutex_destroy(&pipeline->lock);
    free(pipeline);
    return NULL;
}

static struct batch *empty_batch(struct pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->lock);
    if (pipeline->given - pipeline->taken == PIPELINE_BATCHES)
        while (pipeline->given - pipeline->taken > PIPELINE_BATCHES - AT_ONCE)
            pthread_cond_wait(&pipeline->moved, &pipeline->lock);
    struct batch *batch = &pipeline->batches[pipeline->given % PIPELINE_BATCHES];
    pthread_mutex_unlock(&pipeline->lock);
    batch->count = 0;
    return batch;
}

struct pipeline_place *pipeline_next(struct pipeline *pipeline)
{
    if (pipeline->filling == NULL)
        pipeline->filling = empty_batch(pipeline);
    struct pipeline_place *place = &pipeline->filling->places[pipeline->filling->count];
    if (place->packet == NULL)
        place->packet = packet_new();
    return place;
}

static void give(struct pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->lock);
    pipeline->given++;
    if (pipeline->given - pipeline->taken >= AT_ONCE)
        pthread_cond_signal(&pipeline->moved);
    pthread_mutex_unlock(&pipeline->lock);
    pipeline->filling = NULL;
}

void pipeline_push(struct pipeline *pipeline)
{
    if (++pipeline->filling->count == PIPELINE_BATCH)
        give(pipeline);
}

void pipeline_end(struct pipeline *pipeline)
{
    if (pipeline == NULL)
        return;
    if (pipeline->filling != NULL && pipeline->filling->count > 0)
        give(pipeline);
    pthread_mutex_lock(&pipeline->lock);
    pipeline->over = true;
    pthread_cond_signal(&pipeline->moved);
    pthread_mutex_unlock(&pipeline->lock);
    pthread_join(pipeline->thread, NULL);
    for (size_t i = 0; i < PIPELINE_BATCHES; i++)
        for (size_t k = 0; k < PIPELINE_BATCH; k++)
            packet_free(pipeline->batches[i].places[k].packet);
    pthread_cond_destroy(&pipeline->moved);
    pthread_mutex_destroy(&pipeline->lock);
    free(pipeline);
}
