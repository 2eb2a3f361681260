/*
 * maildir.c - letters put into a Maildir before the dialogue, and what must be
 * in it afterwards.
 *
 * A mailbox is called USER or USER/.Folder; --maildir says where that is, with
 * %u for the user. Waiting is looking again, until the time for an answer is
 * over.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "files.h"
#include "headers.h"
#include "io/i18n.h"
#include "pattern.h"
#include "steps.h"

enum { MAX_LETTER = 4 << 20, MAX_TIMES = 1000 };

/* The folder of a mailbox. STEP_ON, or the end of the test. */
static int find_folder(struct run *run, const struct step *step, const char *mailbox, char *path, size_t size)
{
    const char *pattern = run->settings->maildir, *slash = strchr(mailbox, '/');
    struct buf out;
    if (pattern == NULL)
        return run_skip(run, step, _("it is not known where the Maildirs are: --maildir PATTERN, with %%u for the "
                                     "user"));
    if (strstr(mailbox, "..") != NULL)
        return run_fail(run, step, _("a mailbox is called USER or USER/.Folder"));
    buf_init(&out, size - 1);
    for (const char *at = pattern; *at != '\0'; at++) {
        if (at[0] == '%' && at[1] == 'u') {
            buf_add(&out, mailbox, slash != NULL ? (size_t)(slash - mailbox) : strlen(mailbox));
            at++;
        } else {
            buf_add(&out, at, 1);
        }
    }
    if (slash != NULL)
        buf_add_text(&out, slash);
    snprintf(path, size, "%s", buf_text(&out));
    buf_free(&out);
    return STEP_ON;
}

/* Makes a folder like the one above it: the same owner, so that the server may use it. */
static int make_folder(const char *path)
{
    struct stat above;
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%s/..", path);
    if (mkdir(path, 0700) != 0)
        return errno == EEXIST ? 0 : -1;
    if (stat(parent, &above) == 0 && geteuid() == 0 && chown(path, above.st_uid, above.st_gid) != 0)
        return -1;
    return 0;
}

static int make_folders(const char *maildir)
{
    static const char *const parts[] = { "", "/tmp", "/new", "/cur" };
    char path[PATH_MAX], parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%s", maildir);
    char *slash = strrchr(parent, '/');
    if (slash != NULL && slash != parent) {
        *slash = '\0';
        if (make_folder(parent) != 0 && errno != ENOENT)
            return -1;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (snprintf(path, sizeof path, "%s%s", maildir, parts[i]) >= (int)sizeof path || make_folder(path) != 0)
            return -1;
    }
    return 0;
}

/* One letter by way of tmp/, as every Maildir is written. 0, or -1 with errno. */
static int write_letter(const char *maildir, const char *name, const char *flags, struct span text)
{
    char from[PATH_MAX], to[PATH_MAX];
    struct stat owner;
    snprintf(from, sizeof from, "%s/tmp/%s", maildir, name);
    if (snprintf(to, sizeof to, flags != NULL ? "%s/cur/%s:2,%s" : "%s/new/%s%s", maildir, name,
                 flags != NULL ? flags : "") >= (int)sizeof to) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = open(from, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    bool written = write(fd, text.at, text.len) == (ssize_t)text.len;
    if (written && geteuid() == 0 && stat(maildir, &owner) == 0)
        written = fchown(fd, owner.st_uid, owner.st_gid) == 0;
    written = close(fd) == 0 && written;
    if (written && rename(from, to) == 0)
        return 0;
    int problem = errno;
    unlink(from);
    errno = problem;
    return -1;
}

static int deliver(struct run *run, const struct step *step, const char *maildir, struct span text, const char *flags,
                   int times)
{
    static _Atomic unsigned counter;
    char name[100];
    struct timespec now;
    if (make_folders(maildir) != 0)
        return run_fail(run, step, _("cannot make the Maildir %s: %s"), maildir, strerror(errno));
    for (int i = 0; i < times; i++) {
        clock_gettime(CLOCK_REALTIME, &now);
        snprintf(name, sizeof name, "%lld.M%06ldP%dQ%06u.dialogue", (long long)now.tv_sec, now.tv_nsec / 1000,
                 (int)getpid(), counter++);
        if (write_letter(maildir, name, flags, text) != 0)
            return run_fail(run, step, _("cannot put a letter into %s: %s"), maildir, strerror(errno));
    }
    return STEP_ON;
}

/* "flags=S", "times=3". */
static int read_options(struct run *run, const struct step *step, char **flags, int *times)
{
    for (size_t i = 2; i < step->word_count; i++) {
        char *word = run_word(run, step, i);
        if (word == NULL)
            return STEP_FAILED;
        bool fine = true;
        if (strncmp(word, "flags=", 6) == 0 && *flags == NULL && strspn(word + 6, "DFPRSTabcdefghijklmnop") ==
            strlen(word + 6))
            *flags = mem_text(word + 6);
        else if (strncmp(word, "times=", 6) == 0)
            fine = sscanf(word + 6, "%d", times) == 1 && *times > 0 && *times <= MAX_TIMES;
        else
            fine = false;
        free(word);
        if (!fine)
            return run_fail(run, step, _("after the file come flags=DFPRST and times=1 to %d"), MAX_TIMES);
    }
    return STEP_ON;
}

int step_deliver(struct run *run, const struct step *step)
{
    char maildir[PATH_MAX - 300];
    struct buf text;
    struct fault fault;
    char *mailbox = run_word(run, step, 0), *file = mailbox != NULL ? run_word(run, step, 1) : NULL, *flags = NULL;
    int times = 1, outcome = file != NULL ? read_options(run, step, &flags, &times) : STEP_FAILED;
    buf_init(&text, MAX_LETTER);
    if (outcome == STEP_ON)
        outcome = find_folder(run, step, mailbox, maildir, sizeof maildir);
    if (outcome == STEP_ON) {
        struct span name = span_of(file);
        outcome = values_call(run->values, "file", &name, 1, &text, &fault) == 0 ? STEP_ON
                                                                                 : run_fail_fault(run, step, &fault);
    }
    if (outcome == STEP_ON)
        outcome = deliver(run, step, maildir, buf_span(&text), flags, times);
    buf_free(&text);
    free(mailbox);
    free(file);
    free(flags);
    return outcome;
}

/* What is looked for, and what was found. */
struct look {
    struct run *run;
    const struct step *step;
    const char *what;          /* "count", "contains" ... */
    const char *value;
    size_t counts[3];          /* new, cur, tmp */
    size_t matching;           /* letters of which the condition is true */
    struct buf found;          /* for the report */
    bool broken;               /* the test has failed already */
};

static const char *const parts[] = { "new", "cur", "tmp" };

static bool letter_has(struct look *look, const char *path)
{
    struct buf text;
    struct fault fault;
    buf_init(&text, MAX_LETTER);
    int match = 0;
    if (files_read(path, &text) == 0)
        match = pattern_match(&look->step->met, look->run->values, buf_span(&text), &fault);
    if (match < 0) {
        run_fail_fault(look->run, look->step, &fault);
        look->broken = true;
    }
    buf_free(&text);
    return match == 1;
}

static bool letter_fits(struct look *look, const char *path, const char *name)
{
    struct stat status;
    const char *flags = strstr(name, ":2,");
    char text[20];
    if (strcmp(look->what, "contains") == 0 || strcmp(look->what, "lacks") == 0)
        return letter_has(look, path);
    if (strcmp(look->what, "flags") == 0) {
        flags = flags != NULL ? flags + 3 : "";
        buf_printf(&look->found, "%s%s", look->found.len > 0 ? " " : "", *flags != '\0' ? flags : "-");
        return strcmp(flags, strcmp(look->value, "-") == 0 ? "" : look->value) == 0;
    }
    if (strcmp(look->what, "mode") != 0 || stat(path, &status) != 0)
        return false;
    snprintf(text, sizeof text, "%04o", (unsigned)status.st_mode & 07777);
    buf_printf(&look->found, "%s%s", look->found.len > 0 ? " " : "", text);
    return strcmp(text, look->value) == 0;
}

static void look_into(struct look *look, const char *maildir, size_t part)
{
    char path[PATH_MAX + 300];
    snprintf(path, sizeof path, "%s/%s", maildir, parts[part]);
    DIR *folder = opendir(path);
    struct dirent *entry;
    while (folder != NULL && !look->broken && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        look->counts[part]++;
        snprintf(path, sizeof path, "%s/%s/%s", maildir, parts[part], entry->d_name);
        if (part < 2)
            look->matching += letter_fits(look, path, entry->d_name);
    }
    if (folder != NULL)
        closedir(folder);
}

static bool count_is(struct look *look, size_t count)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", count);
    buf_add_text(&look->found, text);
    return strcmp(text, look->value) == 0;
}

/* Is the Maildir as it must be, at this moment? */
static bool is_met(struct look *look, const char *maildir)
{
    struct stat status;
    buf_clear(&look->found);
    memset(look->counts, 0, sizeof look->counts);
    look->matching = 0;
    if (strcmp(look->what, "folder") == 0) {
        bool there = stat(maildir, &status) == 0 && S_ISDIR(status.st_mode);
        buf_add_text(&look->found, there ? "yes" : "no");
        return strcmp(look->value, there ? "yes" : "no") == 0;
    }
    for (size_t part = 0; part < 3; part++)
        look_into(look, maildir, part);
    for (size_t part = 0; part < 3; part++)
        if (strcmp(look->what, parts[part]) == 0)
            return count_is(look, look->counts[part]);
    size_t all = look->counts[0] + look->counts[1];
    if (strcmp(look->what, "count") == 0)
        return count_is(look, all);
    /* Of flags and modes it is asked that all letters have them; of a content that one has it. */
    bool one = strcmp(look->what, "contains") == 0;
    if (look->found.len == 0)
        buf_printf(&look->found, _("%zu letters, %zu of them with it"), all, look->matching);
    if (strcmp(look->what, "lacks") == 0)
        return look->matching == 0;
    return all > 0 && (one ? look->matching > 0 : look->matching == all);
}

static int wait_for(struct look *look, const char *maildir)
{
    int64_t until = run_until(look->run);
    struct timespec piece = { 0, 20 * 1000000 };
    while (!is_met(look, maildir)) {
        if (look->broken)
            return STEP_FAILED;
        if (wire_now() >= until) {
            run_compare(look->run, span_of(look->value), buf_span(&look->found));
            return run_fail(look->run, look->step, _("the Maildir is not as it should be after the dialogue"));
        }
        nanosleep(&piece, NULL);
    }
    return STEP_ON;
}

/* The words and the value of a condition: STEP_ON, or the end of the test. */
static int read_condition(struct run *run, const struct step *step, char *words[2], struct buf *value)
{
    static const char *const known[] = { "count", "new", "cur", "tmp", "contains", "lacks", "flags", "mode", "folder" };
    struct fault fault;
    bool understood = false;
    for (size_t i = 0; i < 2; i++)
        if ((words[i] = run_word(run, step, i)) == NULL)
            return STEP_FAILED;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        understood |= strcmp(words[1], known[i]) == 0;
    if (!understood)
        return run_fail(run, step, _("a Maildir is asked for count, new, cur, tmp, contains, lacks, flags, mode and "
                                     "folder, not for \"%s\""), words[1]);
    if (strcmp(words[1], "contains") == 0 || strcmp(words[1], "lacks") == 0)
        template_describe(&step->met, run->values, value);
    else if (template_expand(&step->sent, run->values, value, NULL, &fault) != 0)
        return run_fail_fault(run, step, &fault);
    return STEP_ON;
}

int step_maildir(struct run *run, const struct step *step)
{
    char maildir[PATH_MAX - 300];
    char *words[2] = { NULL };
    struct buf value;
    buf_init(&value, 10000);
    int outcome = read_condition(run, step, words, &value);
    if (outcome == STEP_ON)
        outcome = find_folder(run, step, words[0], maildir, sizeof maildir);
    if (outcome == STEP_ON) {
        struct look look = { .run = run, .step = step, .what = words[1], .value = buf_text(&value) };
        buf_init(&look.found, 1000);
        outcome = wait_for(&look, maildir);
        buf_free(&look.found);
    }
    buf_free(&value);
    free(words[0]);
    free(words[1]);
    return outcome;
}
