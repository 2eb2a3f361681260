#include "people.h"

#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/address.h"
#include "core/encoded_word.h"
#include "core/mem.h"
#include "core/smtp_path.h"
#include "io/i18n.h"
#include "io/text.h"

enum { LINE_WANTED = 76, MAILBOX_MAX = 1000 };

char *people_host(void)
{
    char name[256] = "";
    struct addrinfo hints = { .ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM };
    struct addrinfo *list = NULL;
    if (gethostname(name, sizeof name - 1) != 0)
        return mem_text("localhost");
    /* The system may know the whole name (hosts(5), DNS). */
    if (strchr(name, '.') == NULL && getaddrinfo(name, NULL, &hints, &list) == 0 && list->ai_canonname != NULL &&
        strchr(list->ai_canonname, '.') != NULL)
        snprintf(name, sizeof name, "%s", list->ai_canonname);
    if (list != NULL)
        freeaddrinfo(list);
    return smtp_domain_is_good(span_of(name)) ? mem_text(name) : mem_text("localhost");
}

char *people_self(void)
{
    const struct passwd *entry = getpwuid(getuid());
    char *host = people_host();
    char *mailbox = mem_printf("%s@%s", entry != NULL ? entry->pw_name : "nobody", host);
    free(host);
    return mailbox;
}

const char *people_domain(const char *mailbox)
{
    const char *at = strrchr(mailbox, '@');
    return at != NULL ? at + 1 : "localhost";
}

static void complain(struct span text, const char *problem, struct buf *error)
{
    char *safe = text_safe_copy(text);
    buf_printf(error, _("\"%s\" is no mail address: %s"), safe, _(problem));
    free(safe);
}

/* In the form that SMTP wants. NULL: it is no address. */
static char *mailbox_of(const struct address *address, const char *domain, struct buf *error)
{
    struct buf text;
    struct smtp_path path;
    buf_init(&text, MAILBOX_MAX);
    int full = address_write_local(address->local, &text) | buf_add_text(&text, "@");
    full |= address->domain.len > 0 ? buf_add_span(&text, address->domain) : buf_add_text(&text, domain);
    const char *problem = full != 0 ? N_("it is too long") : smtp_parse_mailbox(buf_span(&text), &path);
    char *mailbox = problem == NULL ? mem_text(buf_text(&text)) : NULL;
    if (problem != NULL)
        complain(buf_span(&text), problem, error);
    buf_free(&text);
    return mailbox;
}

static void add(struct people *people, struct person person)
{
    if ((people->count & (people->count + 1)) == 0) /* grows at 0, 1, 3, 7 ... */
        people->rows = mem_grow(people->rows, 2 * people->count + 1, sizeof *people->rows);
    people->rows[people->count++] = person;
}

int people_parse(const char *list, const char *domain, struct people *people, struct buf *error)
{
    struct address_walk walk;
    struct address address;
    int status = 0;
    address_start(&walk, span_of(list));
    while (status == 0 && address_next(&walk, &address)) {
        if (address.kind == ADDRESS_BAD) {
            complain((struct span){ list + address.offset, address.length }, address.error, error);
            status = -1;
        } else if (address.kind == ADDRESS_MAILBOX) { /* the members of a group are named one by one */
            struct person person = { NULL, mailbox_of(&address, domain, error) };
            if (person.mailbox == NULL) {
                status = -1;
                break;
            }
            person.name = span_copy(address.name);
            add(people, person);
        }
    }
    address_finish(&walk);
    return status;
}

void people_free(struct people *people)
{
    for (size_t i = 0; i < people->count; i++) {
        free(people->rows[i].name);
        free(people->rows[i].mailbox);
    }
    free(people->rows);
    *people = (struct people){ .count = 0 };
}

/* `name <mailbox>`; column moves along. */
static int write_person(const struct person *person, size_t *column, struct buf *out)
{
    struct span name = span_of(person->name), nothing = { "", 0 };
    if (name.len == 0) {
        *column += strlen(person->mailbox);
        return buf_add_text(out, person->mailbox);
    }
    int status = 0;
    size_t before = out->len;
    if (encoded_needed(name)) {
        status |= encoded_write(name, column, out);
    } else { /* `name <x>` without its end: the name is in quotes if it needs them */
        status |= address_write_mailbox(name, span_of("x"), nothing, out);
        out->len -= status == 0 ? 4 : 0;
        *column += out->len - before;
    }
    *column += strlen(person->mailbox) + 3;
    return status | buf_printf(out, " <%s>", person->mailbox);
}

int people_write(const char *field, const struct people *people, struct buf *out)
{
    if (people->count == 0)
        return 0;
    int status = buf_printf(out, "%s:", field);
    size_t column = strlen(field) + 1;
    for (size_t i = 0; i < people->count && status == 0; i++) {
        const struct person *person = &people->rows[i];
        if (i > 0)
            status |= buf_add_text(out, ",");
        if (i > 0 && column + strlen(person->name) + strlen(person->mailbox) + 6 > LINE_WANTED) {
            status |= buf_add_text(out, "\r\n");
            column = 0;
        }
        status |= buf_add_text(out, " ");
        column += 2;
        status |= write_person(person, &column, out);
    }
    return status | buf_add_text(out, "\r\n");
}
