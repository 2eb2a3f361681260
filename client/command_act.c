#include "command_act.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/command_send.h"
#include "client/outbox.h"
#include "client/pattern.h"
#include "core/imap_set.h"
#include "core/mem.h"
#include "io/i18n.h"
#include "io/text.h"

static const char *word(const struct run *run, size_t place)
{
    return place < run->options->count ? run->options->words[place] : "";
}

/* "1,3:5" or "*" of a listed source: numbers, to be freed. 0 of them: wrong, and said. */
static size_t read_numbers(struct run *run, const char *text, unsigned **numbers)
{
    struct imap_set set = { .count = 0 };
    size_t count = 0, total = run->source->count;
    *numbers = mem_grow(NULL, total + 1, sizeof **numbers);
    if (imap_set_parse(span_of(text), &set) == 0 && !set.saved) {
        imap_set_resolve(&set, (uint32_t)total);
        for (size_t i = 1; i <= total; i++)
            if (imap_set_has(&set, (uint32_t)i))
                (*numbers)[count++] = (unsigned)i;
    }
    imap_set_free(&set);
    if (count == 0)
        buf_printf(&run->error, _("there is no letter %s: they are numbered 1 to %zu"), text, total);
    return count;
}

/* `copy NUMBERS FOLDER [ACCOUNT]` */
static int copy(struct run *run, bool move)
{
    unsigned *numbers = NULL;
    if (run->options->count < 3 || run->options->count > 4)
        return run_wrong(_("%s wants numbers of letters (1,3:5) and a folder"), word(run, 0));
    if (run_open(run, 3, source_survey) != 0)
        return RUN_BAD;
    size_t count = read_numbers(run, word(run, 1), &numbers);
    int status = count > 0 ? RUN_GOOD : RUN_BAD;
    if (count > 0 && (move ? source_move : source_copy)(run->source, numbers, count, word(run, 2)) != 0)
        status = run_failed(run);
    free(numbers);
    return status;
}

int command_copy(struct run *run)
{
    return copy(run, false);
}

int command_move(struct run *run)
{
    return copy(run, true);
}

static const struct { const char *name; unsigned flag; } flags[] = {
    { "seen", MAIL_SEEN }, { "answered", MAIL_ANSWERED }, { "flagged", MAIL_FLAGGED }, { "deleted", MAIL_DELETED },
    { "draft", MAIL_DRAFT },
};

/* "seen" or "-seen". false: it is no flag. */
static bool read_flag(const char *text, unsigned *set, unsigned *clear)
{
    bool off = *text == '-' || *text == '!';
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (strcmp(text + off, flags[i].name) == 0) {
            *(off ? clear : set) |= flags[i].flag;
            return true;
        }
    return false;
}

/* `flag NUMBERS FLAG [ACCOUNT]` */
int command_flag(struct run *run)
{
    unsigned *numbers = NULL, set = 0, clear = 0;
    if (run->options->count < 3 || run->options->count > 4 || !read_flag(word(run, 2), &set, &clear))
        return run_wrong(_("flag wants numbers of letters, and seen, answered, flagged, deleted or draft; !seen takes "
                           "it away"));
    if (run_open(run, 3, source_survey) != 0)
        return RUN_BAD;
    size_t count = read_numbers(run, word(run, 1), &numbers);
    int status = count > 0 ? RUN_GOOD : RUN_BAD;
    if (count > 0 && source_flag_all(run->source, numbers, count, set, clear) != 0)
        status = run_failed(run);
    free(numbers);
    return status;
}

/* `search PATTERN [ACCOUNT]`: the numbers, a line each. */
int command_search(struct run *run)
{
    if (run->options->count < 2 || run->options->count > 3)
        return run_wrong(_("search wants a pattern, like \"~f alice\""));
    struct pattern *pattern = pattern_parse(word(run, 1), (int64_t)time(NULL), &run->error);
    if (pattern == NULL)
        return RUN_BAD;
    int status = RUN_BAD;
    if (run_open(run, 2, source_survey) == 0) {
        unsigned char *hits = mem_alloc(run->source->count + 1);
        status = source_search(run->source, pattern, hits) == 0 ? RUN_GOOD : run_failed(run);
        for (size_t i = 0; i < run->source->count && status == RUN_GOOD; i++)
            if (hits[i] != 0)
                printf("%zu\n", i + 1);
        free(hits);
    }
    pattern_free(pattern);
    return status;
}

/* `folder create NAME`, `folder rename NAME TO`, `folder delete NAME` [ACCOUNT] */
int command_folder(struct run *run)
{
    static const struct { const char *name; enum mail_folder_action action; size_t words; } actions[] = {
        { "create", MAIL_FOLDER_CREATE, 3 }, { "delete", MAIL_FOLDER_DELETE, 3 }, { "rename", MAIL_FOLDER_RENAME, 4 },
        { "subscribe", MAIL_FOLDER_SUBSCRIBE, 3 }, { "unsubscribe", MAIL_FOLDER_UNSUBSCRIBE, 3 },
    };
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        size_t words = actions[i].words;
        if (strcmp(word(run, 1), actions[i].name) != 0 || run->options->count < words ||
            run->options->count > words + 1)
            continue;
        if (run_open(run, words, NULL) != 0)
            return RUN_BAD;
        return source_folder(run->source, actions[i].action, word(run, 2), word(run, 3)) == 0 ? RUN_GOOD
                                                                                              : run_failed(run);
    }
    return run_wrong(_("folder wants create, delete, rename, subscribe or unsubscribe, and a name"));
}

/* `outbox send ID`, by way of --via. */
static int send_again(struct run *run, const char *folder)
{
    if (command_via(run->options, &run->account, &run->error) != 0)
        return -1;
    enum send_result result = outbox_send(folder, word(run, 2), &run->account, run_watcher(run), -1, &run->error);
    if (result != SEND_DONE && result != SEND_PARTLY)
        return -1;
    int removed = outbox_remove(folder, word(run, 2), &run->error);
    return result == SEND_DONE ? removed : -1;
}

/* `outbox`: what waits there; `outbox send ID`, `outbox remove ID` */
int command_outbox(struct run *run)
{
    struct outbox_list list;
    char *folder = outbox_folder();
    int status = outbox_list(folder, &list, &run->error);
    if (status == 0 && run->options->count == 3 && strcmp(word(run, 1), "remove") == 0)
        status = outbox_remove(folder, word(run, 2), &run->error);
    else if (status == 0 && run->options->count == 3 && strcmp(word(run, 1), "send") == 0)
        status = send_again(run, folder);
    else if (status == 0 && run->options->count > 1)
        status = 1;
    for (size_t i = 0; i < list.count && status == 0 && run->options->count == 1; i++) {
        char *to = text_safe_copy(span_of(list.rows[i].to)), *subject = text_safe_copy(span_of(list.rows[i].subject));
        printf("%s  %s  %s  %s\n", list.rows[i].id, outbox_state_name(list.rows[i].state), to, subject);
        free(to);
        free(subject);
    }
    outbox_list_free(&list);
    free(folder);
    return status > 0 ? run_wrong(_("outbox alone lists it; outbox send ID and outbox remove ID are about a letter"))
                      : status == 0 ? RUN_GOOD : RUN_BAD;
}
