#include "visualizer/wire_screen.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"

/* The two processes, and what the wire says to us: that frames pass, and its last words. */
struct pair {
    char *folder;       /* for the socket, when nobody named one; NULL */
    char *control;
    pid_t wire, view;
    int ready[2], words[2];
};

bool wire_screen_wanted(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static int choose_place(struct pair *pair, struct wire_options *options, struct buf *error)
{
    const char *temporary = getenv("TMPDIR");
    if (options->control != NULL) {
        pair->control = mem_text(options->control);
        return 0;
    }
    pair->folder = mem_printf("%s/pli-wire-XXXXXX", temporary != NULL && *temporary != '\0' ? temporary : "/tmp");
    if (mkdtemp(pair->folder) == NULL) {
        buf_printf(error, _("No commands can be taken at %s: %s."), pair->folder, strerror(errno));
        free(pair->folder);
        pair->folder = NULL;
        return -1;
    }
    pair->control = mem_printf("%s/wire", pair->folder);
    options->control = pair->control;
    return 0;
}

/* The wire removes its folder itself: so nothing is left when we are killed. */
static void remove_place(const struct pair *pair)
{
    if (pair->folder == NULL)
        return;
    char *watch = mem_printf("%s.watch", pair->control);
    unlink(watch);
    unlink(pair->control);
    rmdir(pair->folder);
    free(watch);
}

/* In a session of its own, where no key of the terminal reaches it. */
static int be_the_wire(const struct pair *pair, const struct wire_options *options, pid_t parent,
                       int (*join)(const struct wire_options *, struct buf *))
{
    struct buf error;
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    buf_init(&error, 4096);
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(nothing, STDIN_FILENO);
    dup2(pair->ready[1], STDOUT_FILENO);
    dup2(pair->words[1], STDERR_FILENO);
    int result = getppid() == parent ? join(options, &error) : -1;
    if (error.len > 0)
        fprintf(stderr, "visualizer: %s\n", buf_text(&error));
    buf_free(&error);
    fflush(NULL);
    remove_place(pair);
    return result == 0 ? 0 : 1;
}

static void be_the_view(const struct pair *pair)
{
    char *words[] = { "visualizer", "--watch", pair->control, NULL };
    prctl(PR_SET_PDEATHSIG, SIGHUP);
    execv("/proc/self/exe", words);
    _exit(127);
}

/* The wire's first line says that frames pass; without one it has ended. */
static bool wait_until_ready(struct pair *pair)
{
    char text[256];
    ssize_t length;
    close(pair->ready[1]);
    close(pair->words[1]);
    while ((length = read(pair->ready[0], text, sizeof text)) < 0 && errno == EINTR)
        continue;
    return length > 0;
}

static int wait_for(pid_t process)
{
    int status;
    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* Frames that were lost, or why it could not begin: on the terminal when the screen is gone. */
static void pass_on_words(const struct pair *pair)
{
    char text[4096];
    ssize_t length;
    while ((length = read(pair->words[0], text, sizeof text)) > 0 || (length < 0 && errno == EINTR))
        if (length > 0)
            fwrite(text, 1, (size_t)length, stderr);
}

static int run(struct pair *pair)
{
    int result = 0;
    if (wait_until_ready(pair)) {
        signal(SIGINT, SIG_IGN);    /* a key of the view's */
        pair->view = fork();
        if (pair->view == 0)
            be_the_view(pair);
        result = pair->view < 0 ? -1 : wait_for(pair->view);
        kill(pair->wire, SIGTERM);
    }
    if (wait_for(pair->wire) != 0)
        result = -1;
    pass_on_words(pair);
    return result;
}

int wire_screen(struct wire_options *options, int (*join)(const struct wire_options *, struct buf *),
                struct buf *error)
{
    struct pair pair = { .folder = NULL };
    pid_t parent = getpid();
    if (choose_place(&pair, options, error) != 0)
        return -1;
    int result = pipe2(pair.ready, O_CLOEXEC) != 0 || pipe2(pair.words, O_CLOEXEC) != 0 ? -1 : 0;
    if (result == 0 && (pair.wire = fork()) == 0)
        _exit(be_the_wire(&pair, options, parent, join));
    if (result != 0 || pair.wire < 0) {
        buf_printf(error, _("The wire cannot wait for frames: %s."), strerror(errno));
        remove_place(&pair);
        result = -1;
    } else {
        result = run(&pair);
    }
    options->control = NULL;
    free(pair.control);
    free(pair.folder);
    return result;
}
