#include "address_book.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "client/accounts.h"
#include "core/mem.h"
#include "core/utf8.h"
#include "io/durable.h"
#include "io/i18n.h"

enum { FILE_MAX = 4 << 20, MOST = 20000, LIST_MAX = 64 << 10 };

static char *alias_file(void)
{
    char *path = accounts_path(), *slash = strrchr(path, '/');
    *slash = '\0';
    char *aliases = mem_printf("%s/aliases", path);
    free(path);
    return aliases;
}

static void add(struct address_book *book, char *alias, char *text)
{
    book->rows = mem_grow(book->rows, book->count + 1, sizeof *book->rows);
    book->rows[book->count++] = (struct address_entry){ alias, text };
}

static bool is_clean(const char *line)
{
    for (const char *at = line; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' && *at != '\t')
            return false;
    return *line != '\0' && utf8_valid(line, strlen(line));
}

/* "alias [-group x] KEY TEXT"; other lines of a mutt file are passed over. */
static void take_alias(struct address_book *book, char *line)
{
    char *words = line, *word = strsep(&words, " \t");
    if (strcmp(word, "alias") != 0 || words == NULL)
        return;
    words += strspn(words, " \t");
    while (words != NULL && strncmp(words, "-group", 6) == 0) {
        strsep(&words, " \t");
        if (words != NULL)
            strsep(&words, " \t");
    }
    char *alias = words != NULL ? strsep(&words, " \t") : NULL;
    if (words != NULL && *alias != '\0' && words[strspn(words, " \t")] != '\0')
        add(book, mem_text(alias), mem_text(words + strspn(words, " \t")));
}

static void take_gathered(struct address_book *book, char *line)
{
    if (*line != '#')
        add(book, mem_text(""), mem_text(line));
}

static void read_lines(struct address_book *book, const char *path,
                       void (*take)(struct address_book *book, char *line))
{
    struct buf text;
    buf_init(&text, FILE_MAX);
    if (durable_read(path, &text) == 0) {
        char *rest = (char *)buf_text(&text), *line;
        while (book->count < MOST && (line = strsep(&rest, "\n")) != NULL)
            if (is_clean(line))
                take(book, line);
    }
    buf_free(&text);
}

void address_book_read_from(struct address_book *book, const char *aliases, const char *gathered)
{
    *book = (struct address_book){ .gathered = mem_text(gathered) };
    read_lines(book, aliases, take_alias);
    size_t first = book->count;
    read_lines(book, gathered, take_gathered);
    for (size_t i = first, j = book->count; i + 1 < j; i++) { /* the latest first */
        struct address_entry entry = book->rows[--j];
        book->rows[j] = book->rows[i];
        book->rows[i] = entry;
    }
}

void address_book_read(struct address_book *book)
{
    char *aliases = alias_file(), *data = accounts_data_folder(), *gathered = mem_printf("%s/addresses", data);
    address_book_read_from(book, aliases, gathered);
    free(aliases);
    free(data);
    free(gathered);
}

void address_book_free(struct address_book *book)
{
    for (size_t i = 0; i < book->count; i++) {
        free(book->rows[i].alias);
        free(book->rows[i].text);
    }
    free(book->rows);
    free(book->gathered);
    *book = (struct address_book){ .count = 0 };
}

/* Where the entry begins that is being typed: behind the last comma outside of quotes. */
static const char *last_entry(const char *text)
{
    const char *begin = text;
    bool quoted = false;
    for (const char *at = text; *at != '\0'; at++) {
        quoted ^= *at == '"';
        if (*at == ',' && !quoted)
            begin = at + 1;
    }
    return begin + strspn(begin, " \t");
}

static bool a_word_begins(const char *text, const char *with)
{
    size_t length = strlen(with);
    for (const char *at = text; *at != '\0'; at++)
        if ((at == text || strchr(" <\"@.-(", at[-1]) != NULL) && strncasecmp(at, with, length) == 0)
            return true;
    return false;
}

size_t address_book_complete(const struct address_book *book, const char *text, size_t *places, size_t most)
{
    const char *typed = last_entry(text);
    size_t count = 0;
    for (size_t i = 0; i < book->count && count < most && *typed != '\0'; i++)
        if (strncasecmp(book->rows[i].alias, typed, strlen(typed)) == 0 || a_word_begins(book->rows[i].text, typed))
            places[count++] = i;
    return count;
}

static const char *alias_of(const struct address_book *book, const char *word, size_t length)
{
    for (size_t i = 0; i < book->count; i++)
        if (book->rows[i].alias[0] != '\0' && strlen(book->rows[i].alias) == length &&
            strncasecmp(book->rows[i].alias, word, length) == 0)
            return book->rows[i].text;
    return NULL;
}

int address_book_expand(const struct address_book *book, const char *list, struct buf *out)
{
    int status = 0;
    while (*list != '\0' && status == 0) {
        size_t length = 0;
        bool quoted = false;
        for (; list[length] != '\0' && (quoted || list[length] != ','); length++)
            quoted ^= list[length] == '"';
        size_t begin = strspn(list, " \t"), end = length;
        while (end > begin && isspace((unsigned char)list[end - 1]))
            end--;
        const char *text = begin < end ? alias_of(book, list + begin, end - begin) : NULL;
        if (begin < end && out->len > 0)
            status |= buf_add_text(out, ", ");
        if (text != NULL)
            status |= buf_add_text(out, text);
        else if (begin < end)
            status |= buf_add(out, list + begin, end - begin);
        list += length + (list[length] == ',');
    }
    return status;
}

/* A line at the end of a file, all of it or nothing. */
static int append_line(const char *path, const char *line)
{
    char *folder = mem_text(path), *slash = strrchr(folder, '/');
    if (slash != NULL)
        *slash = '\0';
    int status = slash == NULL || durable_make_directory(folder) == 0 ? 0 : -1;
    int fd = status == 0 ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    char *text = mem_printf("%s\n", line);
    status = fd >= 0 && durable_write(fd, text, strlen(text)) == 0 ? 0 : -1;
    int problem = errno;
    if (fd >= 0)
        close(fd);
    errno = problem;
    free(text);
    free(folder);
    return status;
}

static bool is_known(const struct address_book *book, const char *mailbox)
{
    size_t length = strlen(mailbox);
    for (size_t i = 0; i < book->count; i++)
        for (const char *at = book->rows[i].text; (at = strcasestr(at, mailbox)) != NULL; at += length)
            if ((at == book->rows[i].text || strchr(" <,", at[-1]) != NULL) &&
                (at[length] == '\0' || strchr(" >,", at[length]) != NULL))
                return true;
    return false;
}

void address_book_gather(struct address_book *book, const char *list)
{
    struct people people = { NULL, 0 };
    struct buf unheard;
    buf_init(&unheard, 1000);
    people_parse(list, "localhost", &people, &unheard); /* those before a mistake count */
    for (size_t i = 0; i < people.count && book->count < MOST; i++) {
        const struct person *person = &people.rows[i];
        if (is_known(book, person->mailbox) || !is_clean(person->mailbox))
            continue;
        bool quoted = strpbrk(person->name, "()<>[]:;@\\,.\"") != NULL;
        bool named = is_clean(person->name) && strpbrk(person->name, "\\\"") == NULL;
        char *text = !named ? mem_text(person->mailbox)
                            : mem_printf(quoted ? "\"%s\" <%s>" : "%s <%s>", person->name, person->mailbox);
        append_line(book->gathered, text);
        add(book, mem_text(""), text);
    }
    people_free(&people);
    buf_free(&unheard);
}

int address_book_add(struct address_book *book, const char *alias, const char *text, struct buf *error)
{
    if (!is_clean(alias) || !is_clean(text) || strpbrk(alias, " \t,\"") != NULL) {
        buf_printf(error, _("no alias can have that name: %s"), alias);
        return -1;
    }
    char *path = alias_file(), *line = mem_printf("alias %s %s", alias, text);
    int status = append_line(path, line);
    if (status == 0)
        add(book, mem_text(alias), mem_text(text));
    else
        buf_printf(error, "%s: %s", path, strerror(errno));
    free(path);
    free(line);
    return status;
}
