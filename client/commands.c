#include "commands.h"

#include <string.h>

#include "client/command_act.h"
#include "client/command_fetch.h"
#include "client/command_read.h"
#include "client/command_screen.h"
#include "client/command_send.h"

static const struct {
    const char *name;
    int (*run)(struct run *run);
} commands[] = {
    { "send", command_send },     { "list", command_list },       { "read", command_read },
    { "get", command_get },       { "delete", command_delete },   { "folders", command_folders },
    { "search", command_search },  { "copy", command_copy },      { "move", command_move },
    { "flag", command_flag },      { "folder", command_folder },  { "outbox", command_outbox },
    { "fetch", command_fetch },
};

int commands_run(const struct options *options)
{
    struct run run;
    int status = run_start(&run, options) == 0 ? RUN_GOOD : RUN_BAD;
    const char *word = options->count > 0 ? options->words[0] : "";
    int (*command)(struct run *run) = command_screen;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(word, commands[i].name) == 0)
            command = commands[i].run;
    return run_end(&run, status == RUN_GOOD ? command(&run) : status);
}
