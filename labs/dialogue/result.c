#include "result.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

void result_init(struct result *result, const struct script *script, size_t test)
{
    *result = (struct result){ .script = script, .test = test };
    buf_init(&result->reason, 2000);
    buf_init(&result->expected, 4000);
    buf_init(&result->received, 4000);
}

void result_free(struct result *result)
{
    for (size_t i = 0; i < result->event_count; i++)
        buf_free(&result->events[i].text);
    free(result->events);
    free(result->title);
    free(result->hint);
    free(result->source);
    buf_free(&result->reason);
    buf_free(&result->expected);
    buf_free(&result->received);
}

struct event *result_event(struct result *result, const struct step *step, char speaker, struct span text)
{
    if (result->event_count == RESULT_MAX_EVENTS)
        return NULL;
    if ((result->event_count & (result->event_count - 1)) == 0)
        result->events = mem_grow(result->events, result->event_count > 0 ? result->event_count * 2 : 1,
                                  sizeof *result->events);
    struct event *event = &result->events[result->event_count++];
    *event = (struct event){ .place = step->place, .session = result->script->sessions[step->session],
                             .speaker = speaker, .size = text.len, .state = "" };
    buf_init(&event->text, RESULT_MAX_TEXT);
    buf_add(&event->text, text.at, text.len < RESULT_MAX_TEXT ? text.len : RESULT_MAX_TEXT);
    return event;
}

void result_word(struct result *result, const struct word *word)
{
    for (size_t i = 0; i < result->word_count; i++)
        if (result->words[i] == word)
            return;
    if (word != NULL && result->word_count < RESULT_MAX_WORDS)
        result->words[result->word_count++] = word;
}
