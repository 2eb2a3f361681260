#include "server/arguments.h"

#include <stdio.h>

int complain(const char *text)
{
    fprintf(stderr, "mailserver: %s", text);
    return EXIT_BAD;
}

struct config *arguments_config(const struct arguments *arguments, struct buf *errors)
{
    struct config *config = config_new(arguments->root);
    int status = 0;
    for (size_t i = 0; i < arguments->file_count; i++)
        if (config_read(config, arguments->files[i], errors) != 0)
            status = -1;
    for (size_t i = 0; i < arguments->assignment_count; i++)
        if (config_set(config, arguments->assignments[i], errors) != 0)
            status = -1;
    if (status == 0 && config_finish(config, errors) == 0)
        return config;
    config_release(config);
    return NULL;
}
