#include "restore.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int deadly[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS,
                              SIGXCPU, SIGALRM };

#define DEADLY_COUNT (sizeof deadly / sizeof deadly[0])

/* A signal handler can reach nothing else, so this is the one place with state of its own. */
static struct {
    volatile sig_atomic_t armed;
    int fd;
    struct termios settings;
    char sequence[256];
    size_t length;
    struct sigaction before[DEADLY_COUNT];
} terminal;

static void give_back(void)
{
    if (!terminal.armed)
        return;
    terminal.armed = 0;
    for (size_t at = 0; at < terminal.length;) {
        ssize_t written = write(terminal.fd, terminal.sequence + at, terminal.length - at);
        if (written <= 0)
            break;
        at += (size_t)written;
    }
    tcsetattr(terminal.fd, TCSANOW, &terminal.settings);
}

static void on_death(int number)
{
    give_back();
    for (size_t i = 0; i < DEADLY_COUNT; i++)
        if (deadly[i] == number)
            sigaction(number, &terminal.before[i], NULL);
    raise(number); /* delivered when this handler returns */
}

void restore_arm(int fd, const char *sequence)
{
    terminal.fd = fd;
    if (tcgetattr(fd, &terminal.settings) != 0)
        return;
    terminal.length = strnlen(sequence, sizeof terminal.sequence);
    memcpy(terminal.sequence, sequence, terminal.length);
    struct sigaction action = { .sa_handler = on_death };
    sigemptyset(&action.sa_mask);
    terminal.armed = 1;
    for (size_t i = 0; i < DEADLY_COUNT; i++) {
        sigaction(deadly[i], NULL, &terminal.before[i]);
        if (terminal.before[i].sa_handler != SIG_IGN) /* nohup and the like stay */
            sigaction(deadly[i], &action, NULL);
    }
}

void restore_disarm(void)
{
    if (!terminal.armed)
        return;
    terminal.armed = 0;
    for (size_t i = 0; i < DEADLY_COUNT; i++)
        sigaction(deadly[i], &terminal.before[i], NULL);
}
