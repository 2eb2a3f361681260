#include "command_line.h"

#include <getopt.h>
#include <stdio.h>

#include "i18n.h"

void command_help(FILE *out, const struct command_option *options, size_t count, int column)
{
    for (size_t i = 0; i < count; i++) {
        char left[80], letter[8] = "    ";
        const char *argument = options[i].argument;
        if (options[i].id < COMMAND_LETTERS)
            snprintf(letter, sizeof letter, "-%c, ", options[i].id);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, options[i].name, argument != NULL ? " " : "",
                 argument != NULL ? _(argument) : "");
        fprintf(out, "  %-*s %s\n", column - 3, left, _(options[i].meaning));
    }
}

int command_unknown(const char *program, int argc, char **argv, int found, struct buf *error)
{
    const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";
    if (found == ':')
        buf_printf(error, _("the option %s needs a value; see %s --help"), word, program);
    else
        buf_printf(error, _("there is no option %s; see %s --help"), word, program);
    return -1;
}

/* The table as getopt_long() wants it. */
static void prepare(const struct command_option *options, size_t count, struct option *list, char *letters)
{
    *letters++ = ':';
    for (size_t i = 0; i < count; i++) {
        int wants = options[i].argument != NULL ? required_argument : no_argument;
        list[i] = (struct option){ options[i].name, wants, NULL, options[i].id };
        if (options[i].id < COMMAND_LETTERS) {
            *letters++ = (char)options[i].id;
            if (wants == required_argument)
                *letters++ = ':';
        }
    }
    *letters = '\0';
}

int command_parse(const char *program, int argc, char **argv, const struct command_option *options, size_t count,
                  command_take *take, void *context, struct buf *error)
{
    struct option list[COMMAND_MAX_OPTIONS + 1] = { { .name = NULL } };
    char letters[2 * COMMAND_MAX_OPTIONS + 2];
    int found;
    prepare(options, count < COMMAND_MAX_OPTIONS ? count : COMMAND_MAX_OPTIONS, list, letters);
    optind = 0;
    while ((found = getopt_long(argc, argv, letters, list, NULL)) != -1) {
        if (found == '?' || found == ':')
            return command_unknown(program, argc, argv, found, error);
        if (take(context, found, optarg, error) != 0)
            return -1;
    }
    return 0;
}
