/*
 * exchange_tcp_state.c - what a segment does to its connection: opens it, closes
 * it, repeats what was lost, stops and starts the sender, asks whether anybody
 * is there.
 */
#include "visualizer/exchange_tcp.h"

/* --- handshake (RFC 9293 §3.5) --------------------------------------------------------- */

void connection_opening_summary(struct connection *connection, const char *how)
{
    exchange_summary(connection->opening, _("port %u: %s"), connection->port, how);
}

static void open_segment(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                         const struct tcp_detail *tcp)
{
    const bool answer = (tcp->flags & TCP_ACK) != 0;
    if (!connection->opening || connection->established) {
        connection->opening = connection_begin(list, connection, packet, LAYER_TCP_OPEN, "TCP",
                                               N_("TCP three-way handshake"), "RFC 9293 §3.5", FROM_CLIENT);
        connection->established = false;
        connection->current = connection->opening;
    }
    struct exchange *exchange = connection->opening;
    struct exchange_step *step = connection_add(list, connection, exchange, packet, tcp, STEP_SAYS);
    exchange_says(step, answer ? _("SYN ACK seq %u") : _("SYN seq %u"), tcp->sequence);
    if (answer)
        exchange_states(exchange, step, "LISTEN", "SYN-RECEIVED");
    else
        exchange_states(exchange, step, "CLOSED", "SYN-SENT");
    connection_opening_summary(connection, answer ? "SYN, SYN-ACK" : "SYN");
    if (tcp->notes & NOTE_RETRANSMISSION)
        exchange_remark(exchange, REMARK_LOSS, packet->number,
                        N_("The segment was sent again: no answer came in time."), "RFC 9293 §3.8.1");
}

void connection_opened(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                   const struct tcp_detail *tcp)
{
    struct exchange *exchange = connection->opening;
    struct exchange_step *step = connection_add(list, connection, exchange, packet, tcp, STEP_SAYS);
    exchange_says(step, "ACK");
    exchange_states(exchange, step, "SYN-SENT", "ESTABLISHED");
    connection_opening_summary(connection, exchange->both_ways ? "SYN, SYN-ACK, ACK"
                    : _("SYN, ACK; the answer is missing in the capture"));
    connection->established = true;
    exchange_close(exchange);
}

bool connection_completes_opening(const struct exchange_list *list, const struct connection *connection,
                              const struct tcp_detail *tcp)
{
    return connection->opening && !connection->established && tcp->direction == FROM_CLIENT &&
        (tcp->flags & (TCP_ACK | TCP_SYN | TCP_RST)) == TCP_ACK &&
           (tcp->acknowledges == 0 || exchange_last_of(list, tcp->acknowledges) == connection->opening);
}

/* --- close (RFC 9293 §3.6) and reset (§3.5.2) --------------------------------------------- */

static void fin_segment(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                        const struct tcp_detail *tcp)
{
    const bool client = tcp->direction == FROM_CLIENT;
    const struct host *who = client ? connection->client : connection->server;
    if (!connection->closing) {
        connection->closing = connection_begin(list, connection, packet, LAYER_TCP_CLOSE, "TCP", N_("TCP close"),
                                               "RFC 9293 §3.6", tcp->direction);
        connection->closer = tcp->direction;
    }
    struct exchange *exchange = connection->closing;
    struct exchange_step *step = connection_add(list, connection, exchange, packet, tcp, STEP_SAYS);
    exchange_says(step, "FIN ACK seq %u", tcp->sequence);
    const bool again = connection->fin[tcp->direction];
    connection->fin[tcp->direction] = true;
    if (tcp->direction == connection->closer)
        exchange_states(exchange, step, "ESTABLISHED", "FIN-WAIT-1");
    else
        exchange_states(exchange, step, "CLOSE-WAIT", "LAST-ACK");
    if (again)
        exchange_remark(exchange, REMARK_LOSS, packet->number,
                        N_("The FIN was sent again: it was not acknowledged in time."),
                        "RFC 9293 §3.8.1");
    else if (tcp->direction == connection->closer)
        exchange_summary(exchange, _("%s has no more to say"), who->shown);
    else
        exchange_summary(exchange, _("%s ends its direction, then %s"),
                         (client ? connection->server : connection->client)->shown, who->shown);
}

void connection_closing_ack(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                        const struct tcp_detail *tcp)
{
    struct exchange *exchange = connection->closing;
    struct exchange_step *step = connection_add(list, connection, exchange, packet, tcp, STEP_ACK);
    if (tcp->direction != connection->closer) {
        exchange_states(exchange, step, "ESTABLISHED", "CLOSE-WAIT");
    } else if (connection->fin[FROM_CLIENT] && connection->fin[FROM_SERVER]) {
        exchange_states(exchange, step, "FIN-WAIT-2", "TIME-WAIT");
        exchange_close(exchange);
    }
}

static void reset_segment(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                          const struct tcp_detail *tcp)
{
    const bool refused = connection->opening && !connection->established && tcp->direction == FROM_SERVER;
    struct exchange *exchange = refused ? connection->opening : connection->reset;
    if (!exchange)
        exchange = connection->reset = connection_begin(list, connection, packet, LAYER_TCP_CLOSE, "TCP",
                                                        N_("TCP reset"),
                                                        "RFC 9293 §3.5.2", tcp->direction);
    struct exchange_step *step = connection_add(list, connection, exchange, packet, tcp, STEP_SAYS);
    exchange_says(step, tcp->flags & TCP_ACK ? "RST ACK" : "RST");
    const struct host *who = tcp->direction == FROM_CLIENT ? connection->client : connection->server;
    if (refused) {
        exchange_states(exchange, step, "SYN-SENT", "CLOSED");
        connection_opening_summary(connection, _("SYN, RST: refused"));
        exchange_remark(exchange, REMARK_NOTE, packet->number,
                        N_("Nobody listens on this port, or a firewall says so: the host answers with a reset."),
                        "RFC 9293 §3.10.7.1");
        exchange_close(exchange);
        return;
    }
    exchange_states(exchange, step, connection->closing ? "CLOSING" : "ESTABLISHED", "CLOSED");
    exchange_summary(exchange, _("%s ends the connection at once"), who->shown);
}

/* --- loss, window, keep-alive ----------------------------------------------------------------- */

enum { REPEATED = NOTE_RETRANSMISSION | NOTE_FAST_RETRANSMISSION | NOTE_SPURIOUS_RETRANSMISSION,
       WINDOW_NOTES = NOTE_ZERO_WINDOW | NOTE_ZERO_WINDOW_PROBE | NOTE_ZERO_WINDOW_PROBE_ACK,
       PROBE_NOTES = NOTE_KEEP_ALIVE | NOTE_KEEP_ALIVE_ACK };

static void repeated(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                     const struct tcp_detail *tcp)
{
    if (!connection->repair || connection->repair_of != connection->current) {
        connection->repair = connection_begin(list, connection, packet, LAYER_TCP_DATA, "TCP", N_("retransmission"),
                                              "RFC 9293 §3.8.1", tcp->direction);
        connection->repair_of = connection->current;
    }
    struct exchange *exchange = connection->repair;
    struct exchange_step *step = connection_add(list, connection, exchange, packet, tcp, STEP_SAYS);
    exchange_bytes(exchange, step, tcp->length);
    if (tcp->notes & NOTE_FAST_RETRANSMISSION) {
        exchange_says(step, _("fast retransmission, seq %u, %u bytes"), tcp->sequence, tcp->length);
        exchange_remark(exchange, REMARK_LOSS, packet->number,
                        N_("Three acknowledgements of the same byte told the sender what was missing; it did not wait "
                           "for its timer."),
                        "RFC 5681 §3.2");
    } else if (tcp->notes & NOTE_SPURIOUS_RETRANSMISSION) {
        exchange_says(step, _("needless retransmission, seq %u, %u bytes"), tcp->sequence, tcp->length);
        exchange_remark(exchange, REMARK_LOSS, packet->number,
                        N_("These bytes had been acknowledged already: the acknowledgement was late or lost."),
                            "RFC 9293 §3.8.1");
    } else {
        exchange_says(step, _("retransmission, seq %u, %u bytes"), tcp->sequence, tcp->length);
        exchange_remark(exchange, REMARK_LOSS, packet->number,
                        N_("The sender lost patience: no acknowledgement came in time."), "RFC 6298 §5");
    }
    const unsigned count = exchange->packets[0] + exchange->packets[1];
    exchange_summary(exchange, ngettext("%u segment sent again, %llu bytes", "%u segments sent again, %llu bytes",
                                        count), count,
                     (unsigned long long)(exchange->bytes[0] + exchange->bytes[1]));
}

static void window_segment(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                           const struct tcp_detail *tcp)
{
    if (!connection->window) {
        connection->window = connection_begin(list, connection, packet, LAYER_TCP_DATA, "TCP", N_("zero window"),
                                              "RFC 9293 §3.8.6.1", tcp->direction);
        connection->window_of = tcp->notes & NOTE_ZERO_WINDOW_PROBE ? (enum direction)!tcp->direction : tcp->direction;
    }
    struct exchange *exchange = connection->window;
    const struct host *full = connection->window_of == FROM_CLIENT ? connection->client : connection->server;
    struct exchange_step *step = connection_add(list, connection, exchange, packet, tcp, STEP_SAYS);
    exchange_bytes(exchange, step, tcp->length);
    const bool opens = (tcp->flags & TCP_ACK) && tcp->direction == connection->window_of && tcp->window > 0;
    const double seconds = (double)(exchange->end - exchange->start) / 1e9;
    if (opens) {
        exchange_says(step, _("window %u: go on"), tcp->window);
        exchange_summary(exchange, _("%s could not take more for %.3f s, then opened its window again"), full->shown,
                         seconds);
        exchange_close(exchange);
        connection->window = NULL;
        return;
    }
    if (tcp->direction == connection->window_of)
        exchange_says(step, _("window 0: stop"));
    else
        exchange_says(step, _("probe: is the window still closed?"));
    exchange_summary(exchange, _("%s can take no more"), full->shown);
}

static void probe_segment(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                          const struct tcp_detail *tcp)
{
    if (!connection->probe || connection->probe_of != connection->current) {
        connection->probe_of = connection->current;
        connection->probe = connection_begin(list, connection, packet, LAYER_TCP_DATA, "TCP", N_("keep-alive"),
                                             "RFC 9293 §3.8.4", tcp->direction);
    }
    struct exchange *exchange = connection->probe;
    struct exchange_step *step = connection_add(list, connection, exchange, packet, tcp, STEP_SAYS);
    exchange_says(step, tcp->notes & NOTE_KEEP_ALIVE ? _("keep-alive") : _("keep-alive answer"));
    exchange_summary(exchange, ngettext("are you still there? asked %u time", "are you still there? asked %u times",
                                        exchange->packets[0]), exchange->packets[0]);
}

void connection_notes(struct connection *connection, const struct packet *packet, const struct tcp_detail *tcp)
{
    struct exchange *exchange = connection->current;
    if (!exchange)
        return;
    if (tcp->notes & (NOTE_LOST_SEGMENT | NOTE_ACK_LOST_SEGMENT))
        exchange_remark(exchange, REMARK_LOSS, packet->number,
                        N_("A segment is missing before this one: lost on the way or by the capture."), NULL);
    if (tcp->notes & NOTE_OUT_OF_ORDER)
        exchange_remark(exchange, REMARK_LOSS, packet->number, N_("A segment arrived out of order."),
                        "RFC 9293 §3.10.7.4");
    if (tcp->notes & NOTE_DUPLICATE_ACK)
        exchange_remark(exchange, REMARK_LOSS, packet->number,
                        N_("The same acknowledgement again: the receiver misses a segment."), "RFC 5681 §3.2");
    if (tcp->notes & NOTE_OVERLAP_CONFLICT)
        exchange_remark(exchange, REMARK_SECURITY, packet->number,
                        N_("These bytes were sent before with other content: what counts depends on the receiver."),
                            NULL);
    if (tcp->notes & NOTE_WINDOW_FULL)
        exchange_remark(exchange, REMARK_NOTE, packet->number,
                        N_("The sender has filled the receiver's window and has to wait."), "RFC 9293 §3.8.6");
}

bool connection_business(struct exchange_list *list, struct connection *connection, const struct packet *packet,
                               const struct tcp_detail *tcp)
{
    const bool opens_window = connection->window && tcp->direction == connection->window_of && tcp->window > 0;
    if (tcp->flags & TCP_RST)
        reset_segment(list, connection, packet, tcp);
    else if (tcp->flags & TCP_SYN)
        open_segment(list, connection, packet, tcp);
    else if (tcp->flags & TCP_FIN)
        fin_segment(list, connection, packet, tcp);
    else if (tcp->notes & WINDOW_NOTES || (connection->window && tcp->notes & PROBE_NOTES) ||
             (opens_window && tcp->length == 0))
        window_segment(list, connection, packet, tcp);
    else if (tcp->notes & PROBE_NOTES)
        probe_segment(list, connection, packet, tcp);
    else if (tcp->notes & REPEATED)
        repeated(list, connection, packet, tcp);
    else
        return false;
    return true;
}
