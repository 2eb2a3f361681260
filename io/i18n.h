/*
 * i18n.h - the user's language.
 *
 * English is in the source, French in po/fr.po. _() translates, N_() (from
 * core/words.h) only marks a text of a table, which is translated when it is
 * shown. The catalogue is looked for beside the program first (build/locale),
 * so that a freshly built tree speaks French without being installed. Any
 * thread may translate; only one changes the language.
 */
#ifndef PLI_IO_I18N_H
#define PLI_IO_I18N_H

#include "core/words.h"

#define _(text) i18n_text(text)
#define ngettext(one, many, count) i18n_count(one, many, count)

/* The text in the language in force; itself when there is no translation. By way of _(). */
const char *i18n_text(const char *text) __attribute__((format_arg(1)));

/* The same for texts that count something. By way of ngettext(), the name that xgettext knows. */
const char *i18n_count(const char *one, const char *many, unsigned long count)
    __attribute__((format_arg(1), format_arg(2)));

/* Once, first thing in main(). Follows LANGUAGE, LC_ALL, LC_MESSAGES, LANG; UTF-8 wherever the system has it. */
void i18n_start(void);

/* "fr" or "en"; takes effect at once, for all texts translated from now on. 0, or -1 for an unknown language. */
int i18n_choose(const char *language);

/* The language in force: "fr" or "en". */
const char *i18n_language(void);

#endif
