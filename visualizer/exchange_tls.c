/*
 * exchange_tls.c - TLS handshakes, session tickets, alerts, and records that
 * stay closed.
 *
 * A handshake is over when the Finished of both sides went by (in TLS 1.3 when
 * the client's did). Without keys that is seen from outside: the first
 * protected record of a side is, or holds, its Finished.
 */
#include "visualizer/exchange_tcp.h"

#include <stdio.h>
#include <string.h>

static bool carries(const struct tls_detail *tls, enum tls_message message)
{
    for (size_t i = 0; i < tls->message_count; i++)
        if (tls->messages[i] == (uint8_t)message)
            return true;
    return false;
}

static void say_messages(struct exchange_step *step, const struct tls_detail *tls)
{
    for (size_t i = 0; i < tls->message_count; i++) {
        const char *name = tls_handshake_name(tls->messages[i]);
        char *text = NULL;
        if (tls->messages[i] == TLS_CLIENT_HELLO && tls->server_name)
            text = mem_printf("Client Hello (%s)", tls->server_name);
        else if (tls->messages[i] == TLS_SERVER_HELLO && tls->retry)
            text = mem_text("Hello Retry Request");
        else if (tls->messages[i] == TLS_SERVER_HELLO && tls->version)
            text =
                mem_printf("Server Hello (%s)", tls_version_name(tls->version) ? tls_version_name(tls->version) : "?");
        else if (tls->messages[i] == TLS_CERTIFICATE && tls->direction == FROM_SERVER && tls->certificate)
            text = mem_printf("Certificate (%s)", tls->certificate);
        exchange_says_also(step, ", ", text ? text : name ? name : "Handshake");
        free(text);
    }
}

static void summarize(struct exchange *exchange, const struct tls_detail *tls)
{
    const char *version = tls->version ? tls_version_name(tls->version) : NULL;
    const char *who = tls->certificate ? tls->certificate : tls->server_name;
    char *safe = who ? exchange_text(span_of(who)) : NULL;
    if (!version)
        exchange_summary(exchange, safe ? _("offer to %s") : _("offer"), safe);
    else
        exchange_summary(exchange, "%s, %s%s%s%s", version, tls->suite ? tls->suite->name : "?", safe ? ", " : "",
                         safe ? safe : "", tls->resumed ? _(", resumed") : "");
    free(safe);
}

static void remarks(struct exchange *exchange, const struct packet *packet, const struct tls_detail *tls)
{
    if (tls->version && tls->version < TLS_1_2)
        exchange_remark(exchange, REMARK_SECURITY, packet->number,
                        N_("This version of TLS is broken and must not be used any more."), "RFC 8996");
    if (tls->renegotiation)
        exchange_remark(exchange, REMARK_NOTE, packet->number,
                        N_("A new handshake inside the session: renegotiation."), "RFC 5246 §7.4.1.1");
    if (tls->retry)
        exchange_remark(exchange, REMARK_NOTE, packet->number,
                        N_("The server wants another key share: the client's hello is repeated."), "RFC 8446 §4.1.4");
}

static void note_finished(struct connection *connection, const struct tls_detail *tls)
{
    const bool hidden = tls->enciphered && !tls->opened;
    if (carries(tls, TLS_FINISHED) || (hidden && (tls->version != TLS_1_3 || tls->direction == FROM_CLIENT)))
        connection->tls_done[tls->direction] = true;
    const bool done =
        connection->tls_done[FROM_CLIENT] && (tls->version == TLS_1_3 || connection->tls_done[FROM_SERVER]);
    if (done && connection->tls) {
        exchange_close(connection->tls);
        connection->enciphered = true;
    }
}

static struct exchange_step *tls_step(struct exchange_list *list, struct connection *connection,
                                      struct exchange *exchange, const struct packet *packet, const struct layer *layer,
                                      const struct tls_detail *tls)
{
    connection_adopt(list, connection, exchange, tls->direction);
    struct exchange_step *step =
        exchange_also(list, exchange, packet, connection_backward(connection, exchange, tls->direction));
    exchange_bytes(exchange, step, layer->length);
    return step;
}

static void handshake(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                      const struct layer *layer, const struct tls_detail *tls)
{
    if (!connection->tls || (!connection->tls->open && carries(tls, TLS_CLIENT_HELLO))) {
        connection->tls = connection_begin(list, connection, packet, LAYER_TLS_HANDSHAKE, "TLS", N_("TLS handshake"),
                                           "RFC 8446 §4", tls->direction);
        connection->tls_done[0] = connection->tls_done[1] = false;
        connection->current = connection->tls;
    }
    struct exchange *exchange = connection->tls;
    struct exchange_step *step = tls_step(list, connection, exchange, packet, layer, tls);
    if (tls->content == TLS_CHANGE_CIPHER_SPEC)
        exchange_says_also(step, ", ", "Change Cipher Spec");
    else if (tls->message_count)
        say_messages(step, tls);
    else if (tls->enciphered && !tls->opened)
        exchange_says_also(step, ", ", _("(enciphered)"));
    if (tls->version && tls->version < TLS_1_3)
        exchange->rfc = "RFC 5246 §7.3";
    summarize(exchange, tls);
    remarks(exchange, packet, tls);
    note_finished(connection, tls);
}

/* Tickets and key updates after the handshake; while nothing else was said they belong to it. */
static void after_handshake(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                            const struct layer *layer, const struct tls_detail *tls)
{
    struct exchange *exchange = connection->tls;
    if (connection->current != connection->tls) {
        if (!connection->tickets)
            connection->tickets = connection_begin(list, connection, packet, LAYER_TLS_HANDSHAKE, "TLS",
                                                   N_("session tickets"), "RFC 8446 §4.6", tls->direction);
        exchange = connection->tickets;
        exchange_summary(exchange, _("with these the session can be resumed later"));
    }
    say_messages(tls_step(list, connection, exchange, packet, layer, tls), tls);
}

static void alert(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                  const struct layer *layer, const struct tls_detail *tls)
{
    const bool hidden = tls->enciphered && !tls->opened;
    const char *name = hidden ? _("(enciphered)") : tls_alert_name(tls->alert_description);
    const bool closes = hidden || tls->alert_description == 0;
    struct exchange *exchange = connection->alerts;
    if (!exchange) {
        exchange = connection->alerts =
            connection_begin(list, connection, packet, LAYER_TLS_RECORD, "TLS",
                             closes && !hidden ? N_("TLS close") : N_("TLS alert"), "RFC 8446 §6", tls->direction);
        connection->current = exchange;
    }
    struct exchange_step *step = tls_step(list, connection, exchange, packet, layer, tls);
    exchange_says_also(step, ", ", name ? name : "?");
    exchange_summary(exchange, "%s", name ? name : "?");
    if (!closes)
        exchange_remark(exchange, REMARK_ERROR, packet->number,
                        N_("One side found a fault in the other's TLS and gives up."), "RFC 8446 §6.2");
}

static void closed_record(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                          const struct layer *layer, const struct tls_detail *tls)
{
    if (!connection->records)
        connection->records = connection_begin(list, connection, packet, LAYER_TLS_RECORD, "TLS", N_("enciphered data"),
                                               "RFC 8446 §5", tls->direction);
    struct exchange *exchange = connection->current = connection->records;
    exchange->enciphered = true;
    struct exchange_step *step = tls_step(list, connection, exchange, packet, layer, tls);
    step->kind = STEP_DATA;
    exchange_summary(exchange, _("%llu bytes sent, %llu received: without the keys only sizes and times can be seen"),
                     (unsigned long long)exchange->bytes[0], (unsigned long long)exchange->bytes[1]);
}

static void not_tls(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                    const struct layer *layer)
{
    if (!connection->current)
        connection->current = connection_begin(list, connection, packet, LAYER_TCP_DATA, "TCP", N_("data transfer"),
                                               "RFC 9293 §3.8", FROM_CLIENT);
    exchange_add(list, connection->current, packet, STEP_DATA, false);
    exchange_remark(connection->current, REMARK_ERROR, packet->number,
                    layer->error ? layer->error : N_("These bytes are no TLS record."), "RFC 8446 §5.1");
}

void tls_layer(struct exchange_list *list, struct connection *connection, const struct packet *packet,
               const struct layer *layer)
{
    const struct tls_detail *tls = layer->detail;
    if (!tls) {
        not_tls(list, connection, packet, layer);
        return;
    }
    const bool going_on = connection->tls && connection->tls->open;
    const bool hidden = tls->enciphered && !tls->opened;
    if (tls->content == TLS_ALERT)
        alert(list, connection, packet, layer, tls);
    else if (tls->content == TLS_HANDSHAKE && !going_on && connection->tls && !carries(tls, TLS_CLIENT_HELLO))
        after_handshake(list, connection, packet, layer, tls);
    else if (tls->content == TLS_HANDSHAKE || tls->content == TLS_CHANGE_CIPHER_SPEC ||
             (hidden && going_on && tls->version == TLS_1_3))
        handshake(list, connection, packet, layer, tls);
    else if (hidden)
        closed_record(list, connection, packet, layer, tls);
    else if (tls->content == TLS_APPLICATION_DATA && going_on && tls->version == TLS_1_3 &&
             tls->direction == FROM_CLIENT)
        note_finished(connection, tls); /* early data, or a Finished that the capture lost */
}
