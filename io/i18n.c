#include "i18n.h"

#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef PLI_LOCALEDIR
#define PLI_LOCALEDIR "/usr/local/share/locale"
#endif

/* Counts catalogue changes inside glibc; raising it makes gettext look again. Other C libraries have none. */
extern int _nl_msg_cat_cntr __attribute__((weak));

/* Where the catalogues of an uninstalled tree are: bin/../build/locale, or beside a sanitized build. */
static int beside_program(char *path, size_t size)
{
    static const char *const places[] = { "../build/locale", "../../locale", "../share/locale" };
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return -1;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL)
        return -1;
    *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int written = snprintf(path, size, "%s/%s", program, places[i]);
        if (written > 0 && (size_t)written < size && access(path, X_OK) == 0)
            return 0;
    }
    return -1;
}

/* gettext does nothing in the locale "C": take one that differs only in knowing UTF-8. */
static void have_utf8(void)
{
    const char *now = setlocale(LC_ALL, "");
    if (now == NULL || strcmp(setlocale(LC_CTYPE, NULL), "C") == 0 || strcmp(setlocale(LC_CTYPE, NULL), "POSIX") == 0)
        setlocale(LC_CTYPE, "C.UTF-8");
    const char *messages = setlocale(LC_MESSAGES, NULL);
    if (messages == NULL || strcmp(messages, "C") == 0 || strcmp(messages, "POSIX") == 0)
        setlocale(LC_MESSAGES, "C.UTF-8");
    setlocale(LC_NUMERIC, "C");
}

/* Without the locale of LANG installed (a fresh machine has none), LANGUAGE still chooses the catalogue. */
static void follow_lang(void)
{
    if (getenv("LANGUAGE") != NULL)
        return;
    static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value == NULL || *value == '\0')
            continue;
        if (strncmp(value, "fr", 2) == 0)
            setenv("LANGUAGE", "fr", 1);
        return;
    }
}

void i18n_start(void)
{
    char path[PATH_MAX];
    follow_lang();
    have_utf8();
    bindtextdomain("pli", beside_program(path, sizeof path) == 0 ? path : PLI_LOCALEDIR);
    bind_textdomain_codeset("pli", "UTF-8");
    textdomain("pli");
}

int i18n_choose(const char *language)
{
    if (strcmp(language, "fr") != 0 && strcmp(language, "en") != 0)
        return -1;
    setenv("LANGUAGE", language, 1);
    if (&_nl_msg_cat_cntr != NULL)
        ++_nl_msg_cat_cntr;
    return 0;
}

const char *i18n_language(void)
{
    const char *language = getenv("LANGUAGE");
    return language != NULL && strncmp(language, "fr", 2) == 0 ? "fr" : "en";
}
