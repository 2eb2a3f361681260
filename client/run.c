#include "run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "client/accounts.h"
#include "client/transcript.h"
#include "io/i18n.h"

enum { MAX_ERROR = 100000 };

int run_wrong(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("mailclient: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return RUN_WRONG;
}

/* The sentences of run->error, each on its line after the program's name. */
static void complain(struct run *run)
{
    const char *line = buf_text(&run->error);
    while (*line != '\0') {
        size_t length = strcspn(line, "\n");
        fprintf(stderr, "mailclient: %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

int run_start(struct run *run, const struct options *options)
{
    *run = (struct run){ .options = options };
    buf_init(&run->error, MAX_ERROR);
    if (options->transcript == NULL)
        return 0;
    run->transcript = strcmp(options->transcript, "-") == 0 ? stderr : fopen(options->transcript, "we");
    if (run->transcript == NULL) {
        buf_printf(&run->error, _("cannot write the transcript %s: %s"), options->transcript, strerror(errno));
        return -1;
    }
    run->watcher = transcript_to_file(run->transcript);
    return 0;
}

int run_end(struct run *run, int status)
{
    if (fflush(stdout) != 0 && status == RUN_GOOD) { /* a full disk behind "get 1 >letter" is a failure */
        buf_printf(&run->error, "%s", strerror(errno));
        status = RUN_BAD;
    }
    source_close(run->source);
    account_free(&run->account);
    if (run->transcript != NULL && run->transcript != stderr && fclose(run->transcript) != 0 && status == RUN_GOOD) {
        buf_printf(&run->error, _("cannot write the transcript %s: %s"), run->options->transcript, strerror(errno));
        status = RUN_BAD;
    }
    if (status == RUN_BAD)
        complain(run);
    buf_free(&run->error);
    return status;
}

const struct mail_watcher *run_watcher(const struct run *run)
{
    return run->transcript != NULL ? &run->watcher : NULL;
}

const char *run_usual_account(void)
{
    const char *usual = getenv("MAILCLIENT_ACCOUNT");
    return usual != NULL ? usual : "imap://localhost:2143";
}

int run_account(struct run *run, size_t word)
{
    const struct options *options = run->options;
    const char *text = word < options->count ? options->words[word] : NULL;
    return options_account(options, text, run_usual_account(), &run->account, &run->error);
}

int run_open(struct run *run, size_t word, int (*list)(struct mail_source *source))
{
    if (run_account(run, word) != 0)
        return -1;
    if (run->options->cache) {
        free(run->account.cache);
        run->account.cache = accounts_cache_folder();
    }
    run->source = source_open(&run->account, run_watcher(run), -1, &run->error);
    if (run->source == NULL)
        return -1;
    if (list == NULL || list(run->source) == 0)
        return 0;
    run_failed(run);
    return -1;
}

int run_failed(struct run *run)
{
    buf_add_span(&run->error, buf_span(&run->source->error));
    return RUN_BAD;
}
