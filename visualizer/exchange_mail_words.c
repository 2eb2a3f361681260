#include "visualizer/exchange_mail_words.h"

#include <string.h>

#include "core/base64.h"

enum { USER_MAX = 200 };

static struct span next_word(struct span *rest)
{
    while (rest->len && *rest->at == ' ') {
        rest->at++;
        rest->len--;
    }
    struct span word = { rest->at, 0 };
    while (word.len < rest->len && rest->at[word.len] != ' ')
        word.len++;
    rest->at += word.len;
    rest->len -= word.len;
    return word;
}

static struct span nth_word(struct span text, unsigned n)
{
    struct span word = next_word(&text);
    while (n-- > 0)
        word = next_word(&text);
    return word;
}

static bool verb_is(const struct watch_event *event, const char *name)
{
    return event->word && span_is(span_of(event->word->name), name);
}

size_t open_part(const struct watch_event *event)
{
    if (event->argument.len == 0)
        return 0;
    const size_t verb = (size_t)(event->argument.at - event->text.at);
    if (event->kind == WATCH_AUTH_DATA || verb_is(event, "PASS"))
        return verb;
    struct span rest = event->argument;
    const struct span first = next_word(&rest);
    return verb + first.len + (rest.len > 0);
}

void quiet_reply(struct turn *turn, const struct watch_event *event)
{
    (void)turn;
    (void)event;
}

/* --- SMTP ------------------------------------------------------------------------------ */

/* The first line is a greeting, each further one a keyword (RFC 5321 §4.1.1.1). */
void ehlo_reply(struct turn *turn, const struct watch_event *event)
{
    struct span rest = event->argument;
    if (turn->found++ == 0)
        turn->list = true;
    else
        turn_add(&turn->right, ", ", next_word(&rest));
}

/* What stands between < and > in MAIL FROM:<...> and RCPT TO:<...>. */
static struct span path_of(const struct watch_event *event)
{
    const char *open = memchr(event->text.at, '<', event->text.len);
    if (!open)
        return event->argument;
    const struct span rest = { open + 1, (size_t)(event->text.at + event->text.len - open - 1) };
    const char *end = memchr(rest.at, '>', rest.len);
    return (struct span){ rest.at, end ? (size_t)(end - rest.at) : rest.len };
}

void mail_command(struct turn *turn, const struct watch_event *event)
{
    const struct span path = path_of(event);
    turn_add(&turn->left, ", ", path.len ? path : span_of("<>"));
}

void rcpt_command(struct turn *turn, const struct watch_event *event)
{
    turn_add(&turn->right, ", ", path_of(event));
}

void reset_command(struct turn *turn, const struct watch_event *event)
{
    (void)event;
    turn_word(turn->left.len ? &turn->right : &turn->left, "RSET");
}

/* --- logging in ---------------------------------------------------------------------------- */

void starttls_reply(struct turn *turn, const struct watch_event *event)
{
    if (event->kind == WATCH_TLS) {
        buf_clear(&turn->right);
        turn_word(&turn->right, _("from here on, TLS"));
    }
}

void accepted_reply(struct turn *turn, const struct watch_event *event)
{
    if (event->kind != WATCH_REPLY || !event->last_line)
        return;
    buf_clear(&turn->right);
    turn_word(&turn->right, _("accepted"));
}

static void add_user(struct turn *turn, struct span user)
{
    if (user.len > 0 && user.len < USER_MAX)
        turn_add(&turn->left, " ", user);
}

/* LOGIN (no RFC, but everywhere): the first answer is the user's name, the second the password. */
static void user_of_login(struct turn *turn, struct span base64)
{
    struct buf user;
    buf_init(&user, USER_MAX);
    if (turn->found++ == 0 && base64_decode(base64, &user) == 0)
        add_user(turn, buf_span(&user));
    buf_free(&user);
}

/* PLAIN (RFC 4616 §2): authorization identity, NUL, user, NUL, password. */
static void user_of_plain(struct turn *turn, struct span base64)
{
    struct buf plain;
    buf_init(&plain, 2 * USER_MAX);
    if (base64_decode(base64, &plain) == 0 && plain.len > 0) {
        const char *first = memchr(plain.data, '\0', plain.len);
        if (first) {
            const struct span rest = { first + 1, (size_t)(plain.data + plain.len - first - 1) };
            const char *second = memchr(rest.at, '\0', rest.len);
            if (second)
                add_user(turn, (struct span){ rest.at, (size_t)(second - rest.at) });
        }
    }
    buf_free(&plain);
}

void auth_command(struct turn *turn, const struct watch_event *event)
{
    struct span rest = event->argument;
    turn_word(&turn->left, event->word ? event->word->name : "AUTH");
    const struct span mechanism = next_word(&rest), initial = next_word(&rest);
    if (mechanism.len)
        turn_add(&turn->left, " ", mechanism);
    turn->open_mechanism = span_is_nocase(mechanism, "PLAIN") || span_is_nocase(mechanism, "LOGIN");
    turn->login = span_is_nocase(mechanism, "LOGIN");
    if (initial.len && turn->open_mechanism)
        (turn->login ? user_of_login : user_of_plain)(turn, initial);
}

void auth_data(struct turn *turn, const struct watch_event *event)
{
    if (turn->open_mechanism)
        (turn->login ? user_of_login : user_of_plain)(turn, event->text);
}

void login_command(struct turn *turn, const struct watch_event *event)
{
    struct span rest = event->argument;
    turn_word(&turn->left, event->word ? event->word->name : "LOGIN");
    struct span user = next_word(&rest);
    if (user.len >= 2 && user.at[0] == '"')
        user = (struct span){ user.at + 1, user.len - 2 };
    add_user(turn, user);
}

void password_command(struct turn *turn, const struct watch_event *event)
{
    (void)event;
    turn_word(&turn->left, "PASS");
}

/* --- POP3 --------------------------------------------------------------------------------------- */

void capa_reply(struct turn *turn, const struct watch_event *event)
{
    struct span rest = event->argument;
    if (turn->found++ > 0 && !event->last_line)
        turn_add(&turn->right, ", ", next_word(&rest));
}

void listing_reply(struct turn *turn, const struct watch_event *event)
{
    unsigned messages = 0;
    struct span rest = event->argument;
    if (!event->command || !span_is(span_of(event->command->name), "STAT"))
        return;
    const struct span count = next_word(&rest), bytes = next_word(&rest);
    for (size_t i = 0; i < count.len && count.at[i] >= '0' && count.at[i] <= '9' && messages < 100000000; i++)
        messages = messages * 10 + (unsigned)(count.at[i] - '0');
    char *text = mem_printf(ngettext("%u message, %.*s bytes", "%u messages, %.*s bytes", messages), messages,
                            (int)(bytes.len < 20 ? bytes.len : 20), bytes.at);
    turn_word(&turn->right, text);
    free(text);
}

void status_reply(struct turn *turn, const struct watch_event *event)
{
    if (event->kind == WATCH_REPLY && turn->right.len == 0)
        turn_add(&turn->right, ", ", event->text);
}

/* --- IMAP ---------------------------------------------------------------------------------------- */

static bool is_data(const struct watch_event *event, unsigned place, const char *name)
{
    return event->kind == WATCH_UNTAGGED && span_is_nocase(nth_word(event->text, place), name);
}

void capability_reply(struct turn *turn, const struct watch_event *event)
{
    if (is_data(event, 1, "CAPABILITY") || is_data(event, 1, "ENABLED") || is_data(event, 1, "ID"))
        turn_add(&turn->right, ", ", event->argument);
}

static void count_words(struct buf *side, unsigned count)
{
    char *text = mem_printf(ngettext("%u message", "%u messages", count), count);
    turn_word(side, text);
    free(text);
}

void select_reply(struct turn *turn, const struct watch_event *event)
{
    if (!is_data(event, 2, "EXISTS"))
        return;
    unsigned count = 0;
    const struct span digits = nth_word(event->text, 1);
    for (size_t i = 0; i < digits.len && digits.at[i] >= '0' && digits.at[i] <= '9' && count < 100000000; i++)
        count = count * 10 + (unsigned)(digits.at[i] - '0');
    count_words(&turn->right, count);
}

void list_reply(struct turn *turn, const struct watch_event *event)
{
    if (!is_data(event, 1, "LIST") && !is_data(event, 1, "LSUB"))
        return;
    struct span rest = event->text, last = { NULL, 0 }, word;
    while ((word = next_word(&rest)).len > 0)
        last = word;
    turn_add(&turn->right, ", ", last);
}

void fetch_reply(struct turn *turn, const struct watch_event *event)
{
    if (is_data(event, 2, "FETCH"))
        turn->found++;
    if (event->kind == WATCH_REPLY)
        count_words(&turn->right, turn->found);
}

void search_reply(struct turn *turn, const struct watch_event *event)
{
    if (is_data(event, 1, "SEARCH") || is_data(event, 1, "ESEARCH") || is_data(event, 1, "SORT") ||
        is_data(event, 1, "THREAD") || is_data(event, 1, "STATUS"))
        turn_add(&turn->right, ", ", event->argument.len ? event->argument : span_of(_("nothing found")));
}

void news_reply(struct turn *turn, const struct watch_event *event)
{
    if (event->kind == WATCH_UNTAGGED && event->text.len > 2)
        turn_add(&turn->right, ", ", (struct span){ event->text.at + 2, event->text.len - 2 });
}
