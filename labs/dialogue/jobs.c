#include "jobs.h"

#include <stdlib.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "run.h"

struct job {
    const struct script *script;
    size_t test;
    struct result result;
    bool done;
};

struct jobs {
    struct job *list;
    size_t count, next, told;
    struct settings *settings;
    void (*tell)(void *context, const struct result *result);
    void *context;
    pthread_mutex_t lock;
};

/* Results are told as soon as all before them are. Called with the lock. */
static void tell_ready(struct jobs *jobs)
{
    while (jobs->told < jobs->count && jobs->list[jobs->told].done) {
        struct result *result = &jobs->list[jobs->told++].result;
        jobs->tell(jobs->context, result);
        result_free(result);
    }
}

static void *work(void *data)
{
    struct jobs *jobs = data;
    pthread_mutex_lock(&jobs->lock);
    while (jobs->next < jobs->count) {
        struct job *job = &jobs->list[jobs->next++];
        pthread_mutex_unlock(&jobs->lock);
        result_init(&job->result, job->script, job->test);
        run_test(job->script, job->test, jobs->settings, &job->result);
        pthread_mutex_lock(&jobs->lock);
        job->done = true;
        tell_ready(jobs);
    }
    pthread_mutex_unlock(&jobs->lock);
    return NULL;
}

static void run_threads(struct jobs *jobs, size_t count)
{
    pthread_t *threads = mem_alloc(count * sizeof *threads);
    size_t started = 0;
    while (started + 1 < count && pthread_create(&threads[started], NULL, work, jobs) == 0)
        started++;
    work(jobs); /* this thread is one of them */
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
}

void jobs_run(struct script *const *scripts, size_t count, struct settings *settings,
              void (*tell)(void *context, const struct result *result), void *context)
{
    struct jobs jobs = { .settings = settings, .tell = tell, .context = context, .lock = PTHREAD_MUTEX_INITIALIZER };
    for (size_t i = 0; i < count; i++)
        jobs.count += script_tests(scripts[i]);
    jobs.list = mem_alloc((jobs.count + 1) * sizeof *jobs.list);
    for (size_t i = 0, at = 0; i < count; i++)
        for (size_t test = 1; test <= script_tests(scripts[i]); test++)
            jobs.list[at++] = (struct job){ .script = scripts[i], .test = test };
    run_threads(&jobs, (size_t)settings->jobs);
    pthread_mutex_destroy(&jobs.lock);
    free(jobs.list);
}
