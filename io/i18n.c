#include "i18n.h"

#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalogue.h"

#ifndef PLI_LOCALEDIR
#define PLI_LOCALEDIR "/usr/local/share/locale"
#endif

/* The one catalogue that there is; it stays when it has been read once. english: it is not asked. */
static struct catalogue *french;
static bool english = true;

/* The folder of the program itself, with "/" at its end. */
static int program_folder(char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length <= 0)
        return -1;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return -1;
    slash[1] = '\0';
    return 0;
}

/* Of an uninstalled tree: bin/../build/locale, or beside a sanitized build; else where it was installed. */
static struct catalogue *find_catalogue(const char *language)
{
    static const char *const places[] = { "../build/locale", "../../locale", "../share/locale" };
    char folder[PATH_MAX], path[2 * PATH_MAX];
    if (program_folder(folder, sizeof folder) == 0)
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
            snprintf(path, sizeof path, "%s%s/%s/LC_MESSAGES/pli.mo", folder, places[i], language);
            struct catalogue *catalogue = catalogue_open(path);
            if (catalogue != NULL)
                return catalogue;
        }
    snprintf(path, sizeof path, "%s/%s/LC_MESSAGES/pli.mo", PLI_LOCALEDIR, language);
    return catalogue_open(path);
}

/* The locale "C" knows no UTF-8: take one that differs only in that. */
static void have_utf8(void)
{
    const char *now = setlocale(LC_ALL, "");
    if (now == NULL || strcmp(setlocale(LC_CTYPE, NULL), "C") == 0 || strcmp(setlocale(LC_CTYPE, NULL), "POSIX") == 0)
        setlocale(LC_CTYPE, "C.UTF-8");
    setlocale(LC_NUMERIC, "C");
}

/* Whether the locale of LANG is installed or not (a fresh machine has none): its name is enough. */
static void follow_environment(void)
{
    static const char *const names[] = { "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value == NULL || *value == '\0')
            continue;
        i18n_choose(strncmp(value, "fr", 2) == 0 ? "fr" : "en");
        return;
    }
}

void i18n_start(void)
{
    have_utf8();
    follow_environment();
}

int i18n_choose(const char *language)
{
    if (strcmp(language, "fr") != 0 && strcmp(language, "en") != 0)
        return -1;
    english = strcmp(language, "en") == 0;
    if (!english && french == NULL)
        french = find_catalogue("fr");
    setenv("LANGUAGE", language, 1); /* for the programs that this one starts */
    return 0;
}

const char *i18n_language(void)
{
    return english ? "en" : "fr";
}

static const char *translation(const char *text, size_t form)
{
    return english || french == NULL || *text == '\0' ? NULL : catalogue_find(french, text, form);
}

const char *i18n_text(const char *text)
{
    const char *found = translation(text, 0);
    return found != NULL ? found : text;
}

/* Each language has its rule: French says "0 paquet", English "0 packets". */
const char *i18n_count(const char *one, const char *many, unsigned long count)
{
    const char *found = translation(one, count > 1 ? 1 : 0);
    return found != NULL ? found : count == 1 ? one : many;
}
