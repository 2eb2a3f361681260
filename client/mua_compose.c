/*
 * Writing: a draft goes into a file that only the user can read, the user's
 * editor works on it, and what it left is sent after a question.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/draft.h"
#include "client/mua_state.h"
#include "core/mem.h"
#include "io/i18n.h"
#include "io/prompt.h"

#define DRAFT_MAX (16 << 20)

/* --- the file ---------------------------------------------------------------------------- */

static char *draft_file(struct span draft, struct views *views)
{
    const char *folder = getenv("TMPDIR");
    char *path = mem_printf("%s/pli-letter-XXXXXX.eml", folder != NULL && *folder != '\0' ? folder : "/tmp");
    int fd = mkstemps(path, 4); /* mode 0600 */
    size_t at = 0;
    while (fd >= 0 && at < draft.len) {
        ssize_t written = write(fd, draft.at + at, draft.len - at);
        if (written <= 0)
            break;
        at += (size_t)written;
    }
    if (fd < 0 || close(fd) != 0 || at < draft.len) {
        views_say(views, TONE_BAD, _("The draft could not be written to %s: %s. Set TMPDIR to a folder with room."),
                  path, strerror(errno));
        if (fd >= 0)
            unlink(path);
        free(path);
        return NULL;
    }
    return path;
}

static int read_file(const char *path, struct buf *out)
{
    char bytes[8192];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : 1;
    buf_clear(out);
    while (got > 0 && (got = read(fd, bytes, sizeof bytes)) > 0)
        if (buf_add(out, bytes, (size_t)got) != 0)
            got = -1;
    if (fd >= 0)
        close(fd);
    return got < 0 ? -1 : 0;
}

/* --- the editor ---------------------------------------------------------------------------- */

static const char *editor(void)
{
    const char *visual = getenv("VISUAL"), *plain = getenv("EDITOR");
    return visual != NULL && *visual != '\0' ? visual : plain != NULL && *plain != '\0' ? plain : "vi";
}

/* The editor may be a command with options, so a shell reads it; the path is no part of what the shell reads. */
static int run_editor(const char *path)
{
    char *command = mem_printf("%s \"$1\"", editor());
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command, "sh", path, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    free(command);
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int edit(struct views *views, const char *path, struct buf *draft)
{
    screen_leave(views_screen(views));
    int status = run_editor(path);
    screen_return(views_screen(views));
    if (status != 0) {
        views_say(views, TONE_BAD, _("The editor \"%s\" ended with %d: set EDITOR to one that is installed."), editor(),
                  status);
        return -1;
    }
    if (read_file(path, draft) != 0) {
        views_say(views, TONE_BAD, _("The draft %s cannot be read any more."), path);
        return -1;
    }
    return 0;
}

/* --- sending ---------------------------------------------------------------------------------- */

/* true: sent. */
static bool send_draft(struct mua *mua, struct views *views, struct span draft)
{
    struct buf error;
    if (mua->options.send == NULL) {
        views_say(views, TONE_BAD, _("There is no server to send through: start with --via smtp://HOST."));
        return false;
    }
    if (!draft_has_recipient(draft)) {
        views_say(views, TONE_BAD, _("The letter has no recipient: write one after \"To:\"."));
        return false;
    }
    buf_init(&error, 4096);
    views_announce(views, _("Sending \u2026"));
    bool sent = mua->options.send(mua->options.context, draft, &error) == 0;
    if (sent)
        views_say(views, TONE_GOOD, _("The letter was sent."));
    else
        views_say(views, TONE_BAD, "%s", buf_text(&error));
    buf_free(&error);
    return sent;
}

/* Edits until the letter is sent or given up. A letter that could not be sent stays in its file. */
static bool compose(struct mua *mua, struct views *views, struct buf *draft)
{
    char *path = draft_file(buf_span(draft), views);
    bool sent = false, keep = false;
    if (path == NULL)
        return false;
    int status = edit(views, path, draft);
    while (status == 0) {
        int answer = prompt_key(views, draft_has_text(buf_span(draft))
                                           ? _("(s)end, (e)dit again, (p)ostpone, (q) forget it")
                                           : _("The letter is empty: (s)end, (e)dit again, (p)ostpone, (q) forget it"),
                                "sepqy");
        if (answer == 's' || answer == 'y') {
            sent = send_draft(mua, views, buf_span(draft));
            if (sent)
                break;
        } else if (answer == 'e') {
            status = edit(views, path, draft);
        } else {
            keep = answer == 'p' || answer == 0;
            break;
        }
    }
    if (keep || (!sent && status != 0))
        views_say(views, TONE_PLAIN, _("The letter waits in %s."), path);
    else
        unlink(path);
    free(path);
    return sent;
}

void compose_new(struct mua *mua, struct views *views)
{
    char to[512] = "", subject[512] = "";
    struct buf draft;
    if (prompt_line(views, _("To:"), to, sizeof to) != 0 ||
        prompt_line(views, _("Subject:"), subject, sizeof subject) != 0)
        return;
    buf_init(&draft, DRAFT_MAX);
    draft_new(mua->options.address, to, subject, &draft);
    compose(mua, views, &draft);
    buf_free(&draft);
}

void compose_reply(struct mua *mua, struct views *views, struct mail_envelope *to, struct span raw)
{
    struct buf draft;
    unsigned number = to->number;
    buf_init(&draft, DRAFT_MAX);
    draft_reply(mua->options.address, raw, &draft);
    if (compose(mua, views, &draft) && (mua->source->abilities & MAIL_CAN_FLAG) && number <= mua->source->count)
        mua_flag(mua, views, &mua->source->messages[number - 1], MAIL_ANSWERED, 0);
    buf_free(&draft);
}
