#include "visualizer/predict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/imap_words.h"
#include "core/pop3_words.h"
#include "core/smtp_words.h"
#include "io/i18n.h"
#include "visualizer/exchange.h"
#include "visualizer/packet.h"

const struct predict_row predict_rows[] = {
    { PREDICT_CODE, "smtp.response.code", N_("Reply codes of SMTP"),
      N_("Which reply code does the server answer with?"), N_("three digits, as 250") },
    { PREDICT_WORD, "smtp.req.command", N_("Commands of SMTP"), N_("Which command does the client send?"),
      N_("its word, as EHLO") },
    { PREDICT_WORD, "pop.response.indicator", N_("Replies of POP3"), N_("Does the server agree?"), N_("+OK or -ERR") },
    { PREDICT_WORD, "pop.request.command", N_("Commands of POP3"), N_("Which command does the client send?"),
      N_("its word, as STAT") },
    { PREDICT_WORD, "imap.response.status", N_("Replies of IMAP"), N_("How does the server's answer end?"),
      N_("OK, NO or BAD") },
    { PREDICT_WORD, "imap.request.command", N_("Commands of IMAP"), N_("Which command does the client send?"),
      N_("its word, as SELECT") },
    { PREDICT_FLAGS, "tcp.flags", N_("Flags of TCP"), N_("Which flags does this segment carry?"),
      N_("of SYN, ACK, FIN and RST, as SYN ACK") },
    { PREDICT_NUMBER, "arp.opcode", N_("Operations of ARP"), N_("Does it ask or answer?"), N_("1 asks, 2 answers") },
    { PREDICT_NUMBER, "icmp.type", N_("Messages of ICMP"), N_("Which message of ICMP is it?"),
      N_("its name or number: 0 echo reply, 8 echo request") },
    { PREDICT_NUMBER, "icmpv6.type", N_("Messages of ICMPv6"), N_("Which message of ICMPv6 is it?"),
      N_("its name or number: 135 asks for a neighbour, 136 answers") },
    { PREDICT_NUMBER, "dns.qry.type", N_("Questions of DNS"), N_("Which type of record is asked for?"),
      N_("A, AAAA, MX, PTR …") },
    { PREDICT_NUMBER, "dns.flags.rcode", N_("Answers of DNS"), N_("How does the name server answer?"),
      N_("0 well, 3 there is no such name") },
    { PREDICT_NUMBER, "dhcp.option.dhcp", N_("Messages of DHCP"), N_("Which message of DHCP is it?"),
      N_("its name or number: discover, offer, request, ack") },
    { PREDICT_NUMBER, "tls.handshake.type", N_("The TLS handshake"), N_("Which message of the handshake begins here?"),
      N_("its name or number: 1 client hello, 2 server hello") },
    { PREDICT_OSI, NULL, N_("Layers of OSI"), N_("At which layer of OSI does this exchange live?"), N_("1 to 7") },
    { PREDICT_TCPIP, NULL, N_("Layers of TCP/IP"), N_("At which layer of TCP/IP does this exchange live?"),
      N_("A application, T transport, I internet, N network access") },
    { PREDICT_SERVES, NULL, N_("Whose work is done"), N_("For which layers of OSI does it work?"),
      N_("one or more of 1 to 7, as 6 5") },
};

const size_t predict_row_count = sizeof predict_rows / sizeof predict_rows[0];

/* --- flags ------------------------------------------------------------------------------------- */

/* Whether the sender adds PSH is its own affair: nobody is asked to guess it. */
static const struct flag {
    const char *name, *field;
} flags[] = {
    { "SYN", "tcp.flags.syn" }, { "FIN", "tcp.flags.fin" }, { "RST", "tcp.flags.reset" }, { "ACK", "tcp.flags.ack" },
};

enum { FLAGS = sizeof flags / sizeof flags[0] };

static const struct field *find_field(const struct packet *packet, const char *name)
{
    for (size_t i = 0; i < packet->field_count; i++)
        if (strcmp(field_row(&packet->fields[i])->name, name) == 0)
            return &packet->fields[i];
    return NULL;
}

/* Data segments all look alike: what is worth asking is how connections begin and end. */
static bool ask_flags(const struct packet *packet, const struct exchange *exchange, struct predict_question *question)
{
    question->answer[0] = '\0';
    for (size_t i = 0; i < FLAGS; i++) {
        const struct field *field = find_field(packet, flags[i].field);
        if (field == NULL || field->value.number == 0)
            continue;
        size_t length = strlen(question->answer);
        snprintf(question->answer + length, sizeof question->answer - length, "%s%s", length > 0 ? " " : "",
                 flags[i].name);
    }
    question->meaning = exchange->row->why;
    return exchange->row->id == LAYER_TCP_OPEN || exchange->row->id == LAYER_TCP_CLOSE;
}

static unsigned flags_of(const char *text)
{
    static const char apart[] = " ,;+-/[]";
    unsigned set = 0;
    while (*(text += strspn(text, apart)) != '\0') {
        size_t length = strcspn(text, apart), i = 0;
        while (i < FLAGS && (length != 3 || strncasecmp(text, flags[i].name, 3) != 0))
            i++;
        if (i < FLAGS)
            set |= 1u << i;
        else if (length != 3 || strncasecmp(text, "PSH", 3) != 0)
            set |= 1u << FLAGS; /* a flag that does not exist is wrong */
        text += length;
    }
    return set;
}

/* --- what can be asked ---------------------------------------------------------------------------- */

static void explain_word(struct predict_question *question, const char *field)
{
    static const struct {
        const char *prefix;
        const struct word_table *words;
    } tables[] = { { "smtp.", &smtp_words }, { "pop.", &pop3_words }, { "imap.", &imap_words } };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (strncmp(field, tables[i].prefix, strlen(tables[i].prefix)) != 0)
            continue;
        const struct word *word = word_by_name(tables[i].words, WORD_VERB, span_of(question->answer));
        if (word == NULL)
            word = word_by_name(tables[i].words, WORD_REPLY, span_of(question->answer));
        question->meaning = word != NULL ? word->meaning : NULL;
        question->rfc = word != NULL ? word->rfc : NULL;
    }
}

static bool is_number(const struct field_row *row)
{
    return row->type == FIELD_DECIMAL || row->type == FIELD_HEX || row->type == FIELD_BOOLEAN;
}

static bool ask_field(const struct packet *packet, const struct predict_row *row, struct predict_question *question)
{
    const struct field *field = find_field(packet, row->field);
    struct buf value;
    if (field == NULL)
        return false;
    /* Of a question of DNS the reply code says nothing. */
    if (strcmp(row->field, "dns.flags.rcode") == 0 || strcmp(row->field, "dns.qry.type") == 0) {
        const struct field *response = find_field(packet, "dns.flags.response");
        bool answers = response != NULL && response->value.number != 0;
        if (answers != (strcmp(row->field, "dns.flags.rcode") == 0))
            return false;
    }
    buf_init(&value, 4096);
    field_write(field, &value);
    snprintf(question->answer, sizeof question->answer, "%s", buf_text(&value));
    buf_free(&value);
    if (is_number(field_row(field))) {
        question->label = field_label_of(field_row(field), field->value.number);
        question->labels = field_row(field)->labels;
    }
    question->meaning = field_row(field)->meaning;
    explain_word(question, row->field);
    return question->answer[0] != '\0';
}

/* Commands are compared as one word, replies of IMAP and the like without what follows. */
static void cut_word(struct predict_question *question)
{
    question->answer[strcspn(question->answer, " ")] = '\0';
}

static bool ask_layer(const struct packet *packet, const struct exchange *exchange, enum predict_kind kind,
                      struct predict_question *question)
{
    const struct layer_row *row = exchange->row;
    char serves[LAYERS_SERVES_SIZE];
    if (packet->number != exchange->first)
        return false;
    if (kind == PREDICT_OSI)
        snprintf(question->answer, sizeof question->answer, "%d", row->osi);
    else if (kind == PREDICT_TCPIP)
        snprintf(question->answer, sizeof question->answer, "%c", layers_tcpip(row->tcpip)->letter);
    else
        snprintf(question->answer, sizeof question->answer, "%s", layers_serves(row->serves, serves));
    question->label = kind == PREDICT_OSI ? layers_osi(row->osi)->name
                      : kind == PREDICT_TCPIP ? layers_tcpip(row->tcpip)->name : NULL;
    question->meaning = row->why;
    question->rfc = row->source;
    return true;
}

size_t predict_questions(const struct packet *packet, const struct exchange *exchange,
                         struct predict_question questions[PREDICT_ROWS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; packet != NULL && exchange != NULL && i < predict_row_count; i++) {
        const struct predict_row *row = &predict_rows[i];
        struct predict_question *question = &questions[count];
        *question = (struct predict_question){ .row = i };
        if (row->kind == PREDICT_FLAGS)
            count += find_field(packet, row->field) != NULL && ask_flags(packet, exchange, question);
        else if (row->field != NULL)
            count += ask_field(packet, row, question);
        else
            count += ask_layer(packet, exchange, row->kind, question);
        if (row->kind == PREDICT_WORD)
            cut_word(question);
    }
    return count;
}

/* --- what an answer is worth ------------------------------------------------------------------------ */

static enum predict_verdict judge_set(unsigned guess, unsigned right)
{
    return guess == right ? PREDICT_RIGHT : (guess & right) != 0 ? PREDICT_PARTLY : PREDICT_WRONG;
}

static unsigned layers_of(const char *text)
{
    unsigned set = 0;
    for (; *text != '\0'; text++)
        if (*text >= '0' && *text <= '9')
            set |= 1u << (*text - '0');
    return set;
}

static bool names(const char *label, const char *guess)
{
    return label != NULL && (strcasecmp(label, guess) == 0 || strcasecmp(_(label), guess) == 0 ||
                             (strlen(guess) >= 3 && (strcasestr(label, guess) != NULL ||
                                                     strcasestr(_(label), guess) != NULL)));
}

/* A name that others of the field have a part in, too, is half an answer: "echo". */
static enum predict_verdict judge_name(const struct predict_question *question, const char *guess)
{
    if (question->label == NULL || !names(question->label, guess))
        return PREDICT_WRONG;
    if (strcasecmp(question->label, guess) == 0 || strcasecmp(_(question->label), guess) == 0)
        return PREDICT_RIGHT;
    for (const struct field_label *other = question->labels; other != NULL && other->text != NULL; other++)
        if (other->text != question->label && names(other->text, guess))
            return PREDICT_PARTLY;
    return PREDICT_RIGHT;
}

static enum predict_verdict judge_number(const struct predict_question *question, const char *guess)
{
    char *end;
    unsigned long number = strtoul(guess, &end, 0);
    if (end != guess && *end == '\0')
        return number == strtoul(question->answer, NULL, 0) ? PREDICT_RIGHT : PREDICT_WRONG;
    return judge_name(question, guess);
}

enum predict_verdict predict_judge(const struct predict_question *question, const char *guess)
{
    char text[PREDICT_ANSWER];
    snprintf(text, sizeof text, "%s", guess + strspn(guess, " \t"));
    for (size_t length = strlen(text); length > 0 && text[length - 1] == ' ';)
        text[--length] = '\0';
    if (text[0] == '\0')
        return PREDICT_WRONG;
    switch (predict_rows[question->row].kind) {
    case PREDICT_CODE:
        return strcmp(text, question->answer) == 0 ? PREDICT_RIGHT
               : text[0] == question->answer[0] ? PREDICT_PARTLY : PREDICT_WRONG;
    case PREDICT_FLAGS:
        return judge_set(flags_of(text), flags_of(question->answer));
    case PREDICT_SERVES:
        return judge_set(layers_of(text), layers_of(question->answer));
    case PREDICT_NUMBER: case PREDICT_OSI:
        return judge_number(question, text);
    case PREDICT_WORD: case PREDICT_TCPIP:
        break;
    }
    if (strcasecmp(text, question->answer) == 0 ||
        (question->answer[0] == '+' && strcasecmp(text, question->answer + 1) == 0))
        return PREDICT_RIGHT;
    return judge_name(question, text);
}

/* --- the score --------------------------------------------------------------------------------------- */

void predict_note(struct predict_score *score, const struct predict_question *question, enum predict_verdict verdict)
{
    score->asked[question->row]++;
    score->right[question->row] += verdict == PREDICT_RIGHT;
    score->partly[question->row] += verdict == PREDICT_PARTLY;
    score->streak = verdict == PREDICT_RIGHT ? score->streak + 1 : 0;
    if (score->streak > score->longest)
        score->longest = score->streak;
}

void predict_total(const struct predict_score *score, unsigned *asked, unsigned *right, unsigned *partly)
{
    *asked = *right = *partly = 0;
    for (size_t i = 0; i < predict_row_count; i++) {
        *asked += score->asked[i];
        *right += score->right[i];
        *partly += score->partly[i];
    }
}

const struct predict_question *predict_choose(const struct predict_score *score,
                                              const struct predict_question *questions, size_t count)
{
    const struct predict_question *best = NULL;
    for (size_t i = 0; i < count; i++)
        if (best == NULL || score->asked[questions[i].row] < score->asked[best->row])
            best = &questions[i];
    return best;
}
