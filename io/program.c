#include "program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"

enum { NOT_THERE = 127 };

/* Beside our own program, where a kit that was built but not installed has the others. */
static void run_beside(char *const *words)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    char *slash = length > 0 ? (path[length] = '\0', strrchr(path, '/')) : NULL;
    if (slash == NULL || (size_t)(slash + 1 - path) + strlen(words[0]) >= sizeof path)
        return;
    snprintf(slash + 1, sizeof path - (size_t)(slash + 1 - path), "%s", words[0]);
    execv(path, words);
}

static int wait_for(pid_t child)
{
    int status = -1;
    while (child > 0 && waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int program_run(char *const *words)
{
    pid_t child = fork();
    if (child == 0) {
        if (strchr(words[0], '/') == NULL)
            run_beside(words);
        execvp(words[0], words);
        _exit(NOT_THERE);
    }
    return wait_for(child);
}

int program_shell(const char *command, const char *argument)
{
    char *line = mem_printf("%s%s", command, argument != NULL ? " \"$1\"" : "");
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", line, "sh", argument, (char *)NULL);
        _exit(NOT_THERE);
    }
    free(line);
    return wait_for(child);
}

int program_feed(const char *command, struct span bytes)
{
    int pipes[2];
    if (pipe(pipes) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        dup2(pipes[0], STDIN_FILENO);
        close(pipes[0]);
        close(pipes[1]);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(NOT_THERE);
    }
    close(pipes[0]);
    struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
    sigaction(SIGPIPE, &ignore, &before); /* a program that reads only the beginning is none that failed */
    if (child > 0)
        durable_write(pipes[1], bytes.at, bytes.len);
    close(pipes[1]);
    int status = wait_for(child);
    sigaction(SIGPIPE, &before, NULL);
    return status;
}
