/*
 * main.c - the reference pages, one at a time, on standard output.
 *
 *     reference                the names of the pages
 *     reference PAGE           the page, as Markdown; "index" lists the others
 */
#include <stdlib.h>
#include <string.h>

#include "core/imap_state.h"
#include "core/imap_words.h"
#include "core/machine.h"
#include "core/pop3_state.h"
#include "core/pop3_words.h"
#include "core/smtp_state.h"
#include "core/smtp_words.h"
#include "io/i18n.h"
#include "reference/reference.h"

static void page_index(const struct reference_page *page, FILE *out);
static void page_script_words(const struct reference_page *page, FILE *out);

static const struct reference_page pages[] = {
    { "index", N_("Reference"), page_index, NULL, NULL },
    { "smtp", N_("SMTP: every word, and what is legal when"), page_protocol, &smtp_words, &smtp_machine },
    { "pop3", N_("POP3: every word, and what is legal when"), page_protocol, &pop3_words, &pop3_machine },
    { "imap", N_("IMAP: every word, and what is legal when"), page_protocol, &imap_words, &imap_machine },
    { "layers", N_("Layers: where an exchange lives, whose work it does, and why"), page_layers, NULL, NULL },
    { "fields", N_("Fields of the protocols that the visualizer knows"), page_fields, NULL, NULL },
    { "keys", N_("Keys of the screens"), page_keys, NULL, NULL },
    { "configuration", N_("Settings of the mail server"), page_configuration, NULL, NULL },
    { "dialogue", N_("The language of dialogues"), page_dialogue, NULL, NULL },
    { "topologies", N_("The language of lab networks"), page_script_words, NULL, NULL },
    { "scenes", N_("The language of scenes"), page_script_words, NULL, NULL },
};
enum { PAGES = sizeof pages / sizeof pages[0] };

static void page_index(const struct reference_page *page, FILE *out)
{
    (void)page;
    fprintf(out, "%s\n\n", _("Written from the tables that the programs themselves read."));
    for (size_t i = 1; i < PAGES; i++)
        fprintf(out, "- [%s](%s.md)\n", _(pages[i].title), pages[i].name);
}

/* These languages are read by scripts: reference/words goes on from here, out of their tables. */
static void page_script_words(const struct reference_page *page, FILE *out)
{
    fprintf(out, _("What %s --help-language prints."), strcmp(page->name, "scenes") == 0 ? "scene" : "netlab");
    putc('\n', out);
}

static int write_page(const char *name)
{
    for (size_t i = 0; i < PAGES; i++) {
        if (strcmp(pages[i].name, name) != 0)
            continue;
        heading(stdout, 1, pages[i].title);
        pages[i].write(&pages[i], stdout);
        return 0;
    }
    fprintf(stderr, _("reference: there is no page \"%s\"\n"), name);
    return -1;
}

int main(int argc, char **argv)
{
    i18n_start();
    if (argc == 1)
        for (size_t i = 0; i < PAGES; i++)
            puts(pages[i].name);
    for (int i = 1; i < argc; i++)
        if (write_page(argv[i]) != 0)
            return EXIT_FAILURE;
    return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}
