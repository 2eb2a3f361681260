/*
 * main.c - mailclient: sends letters and reads them, on the screen or for
 * scripts. Called by the name sendmail, it is one.
 *
 * Exit status: 0 done; 1 it did not work, with the reason on standard error;
 * 2 called wrongly.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/command_send.h"
#include "client/commands.h"
#include "client/options.h"
#include "io/i18n.h"

enum { EXIT_USAGE = 2 };

static int complain(struct buf *error, int status)
{
    fprintf(stderr, "mailclient: %s\n", buf_text(error));
    buf_free(error);
    return status;
}

static const char *program_name(const char *path)
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    return slash != NULL ? slash + 1 : path != NULL ? path : "";
}

int main(int argc, char **argv)
{
    struct options options;
    struct buf error;
    i18n_start();
    buf_init(&error, 100000);
    if (strcmp(program_name(argv[0]), "sendmail") == 0) {
        if (options_parse_sendmail(argc, argv, &options, &error) != 0)
            return complain(&error, EXIT_USAGE);
        return command_sendmail(&options);
    }
    if (options_parse(argc, argv, &options, &error) != 0)
        return complain(&error, EXIT_USAGE);
    buf_free(&error);
    if (options.help) {
        options_help(stdout);
        return EXIT_SUCCESS;
    }
    if (options.version) {
        puts("mailclient (Pli) " PLI_VERSION);
        return EXIT_SUCCESS;
    }
    return commands_run(&options);
}
