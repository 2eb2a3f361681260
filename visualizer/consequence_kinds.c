/*
 * consequence_kinds.c - the table of what can follow from a fault.
 */
#include "visualizer/consequence.h"

#include <string.h>

#include "io/i18n.h"

static const struct row {
    const char *word;
    enum consequence_role role;
    const char *sentence;       /* N_(); goes on behind "TCP at alice (OSI 4 ...):" */
    const char *rfc;
} rows[CONSEQUENCE_KIND_COUNT] = {
    [CONSEQUENCE_TIMER] = { "timer", CONSEQUENCE_NOTICED,
        N_("no acknowledgement came, its timer ran out, and it sent the same again"), "RFC 6298 §5" },
    [CONSEQUENCE_PATIENCE] = { "patience", CONSEQUENCE_NOTICED,
        N_("lost patience while the packet was kept, and sent it again; the wire kept the repetitions as one"),
        NULL },
    [CONSEQUENCE_GAP] = { "gap", CONSEQUENCE_NOTICED,
        N_("missed bytes, and said so by repeating its acknowledgement"), "RFC 5681 §3.2" },
    [CONSEQUENCE_FAST] = { "fast", CONSEQUENCE_NOTICED,
        N_("was told by repeated acknowledgements what is missing, and sent it again without waiting for its timer"),
        "RFC 5681 §3.2" },
    [CONSEQUENCE_CHECKSUM] = { "checksum", CONSEQUENCE_NOTICED,
        N_("the checksum was wrong: it threw the packet away, and told nobody"), NULL },
    [CONSEQUENCE_COPY] = { "copy", CONSEQUENCE_NOTICED,
        N_("had these bytes already: it threw the copy away, and acknowledged again"), "RFC 9293 §3.10.7.4" },
    [CONSEQUENCE_NEEDLESS] = { "needless", CONSEQUENCE_NOTICED,
        N_("missed the acknowledgement, and sent bytes again that had arrived"), "RFC 6298 §5" },
    [CONSEQUENCE_ASKED_AGAIN] = { "asked-again", CONSEQUENCE_NOTICED, N_("no answer came, and it asked again"), NULL },
    [CONSEQUENCE_ANSWERED_TWICE] = { "answered-twice", CONSEQUENCE_NOTICED,
        N_("was asked twice, and answered twice"), NULL },
    [CONSEQUENCE_NO_REPLY] = { "no-reply", CONSEQUENCE_NOTICED, N_("got no reply, and counts that"), NULL },
    [CONSEQUENCE_ICMP] = { "icmp", CONSEQUENCE_NOTICED, N_("sent an ICMP error about it"), "RFC 1122 §3.2.2" },
    [CONSEQUENCE_ALERT] = { "alert", CONSEQUENCE_NOTICED,
        N_("what came was not what had been enciphered: an alert ended the connection"), "RFC 8446 §6.2" },
    [CONSEQUENCE_REPLY] = { "reply", CONSEQUENCE_NOTICED, N_("answered with an error"), NULL },
    [CONSEQUENCE_RESET] = { "reset", CONSEQUENCE_NOTICED, N_("gave the connection up"), "RFC 9293 §3.5.2" },
    [CONSEQUENCE_TRIED_AGAIN] = { "tried-again", CONSEQUENCE_NOTICED, N_("tried again in a new connection"), NULL },
    [CONSEQUENCE_SENT_AGAIN] = { "sent-again", CONSEQUENCE_REPAIRED,
        N_("sent the same again, and that was acknowledged"), "RFC 9293 §3.8.1" },
    [CONSEQUENCE_LATER_ACK] = { "later-ack", CONSEQUENCE_REPAIRED,
        N_("a later acknowledgement said the same, for each counts all bytes so far"), "RFC 9293 §3.4" },
    [CONSEQUENCE_ORDERED] = { "ordered", CONSEQUENCE_REPAIRED,
        N_("kept what came early until the gap was filled"), "RFC 9293 §3.10.7.4" },
    [CONSEQUENCE_ANSWERED] = { "answered", CONSEQUENCE_REPAIRED, N_("asked again, and was answered"), NULL },
    [CONSEQUENCE_PASSED_ON] = { "passed-on", CONSEQUENCE_UNNOTICED,
        N_("passed it on: a router looks at its own header only"), "RFC 791 §1.4" },
    [CONSEQUENCE_LATE] = { "late", CONSEQUENCE_UNNOTICED, N_("saw all bytes, once and in order"), NULL },
    [CONSEQUENCE_OTHER_BYTES] = { "other-bytes", CONSEQUENCE_UNNOTICED,
        N_("took other bytes than were sent for the right ones"), NULL },
};

enum consequence_role consequence_role_of(enum consequence_kind kind)
{
    return rows[kind].role;
}

const char *consequence_word(enum consequence_kind kind)
{
    return rows[kind].word;
}

const char *consequence_sentence(enum consequence_kind kind)
{
    return rows[kind].sentence;
}

/* Who throws away what is damaged, and by which rule, differs from protocol to protocol. */
static const struct {
    enum consequence_kind kind;
    const char *protocol, *rfc;
} particular[] = {
    { CONSEQUENCE_CHECKSUM, "IPv4", "RFC 1122 §3.2.1.2" },
    { CONSEQUENCE_CHECKSUM, "TCP", "RFC 9293 §3.1" },
    { CONSEQUENCE_CHECKSUM, "UDP", "RFC 1122 §4.1.3.4" },
    { CONSEQUENCE_CHECKSUM, "ICMP", "RFC 792" },
    { CONSEQUENCE_CHECKSUM, "ICMPv6", "RFC 4443 §2.3" },
    { CONSEQUENCE_ASKED_AGAIN, "ARP", "RFC 1122 §2.3.2.1" },
    { CONSEQUENCE_ASKED_AGAIN, "ICMPv6", "RFC 4861 §7.2.2" },
    { CONSEQUENCE_ASKED_AGAIN, "DNS", "RFC 1035 §4.2.1" },
    { CONSEQUENCE_ASKED_AGAIN, "DHCP", "RFC 2131 §4.1" },
    { CONSEQUENCE_ANSWERED, "ARP", "RFC 826" },
    { CONSEQUENCE_ANSWERED, "ICMPv6", "RFC 4861 §7.2" },
    { CONSEQUENCE_ANSWERED, "DNS", "RFC 1035 §4.2.1" },
    { CONSEQUENCE_ANSWERED, "DHCP", "RFC 2131 §4.1" },
};

const char *consequence_rfc(const struct consequence *consequence)
{
    for (size_t i = 0; i < sizeof particular / sizeof particular[0]; i++)
        if (particular[i].kind == consequence->kind && strcmp(particular[i].protocol, consequence->protocol) == 0)
            return particular[i].rfc;
    return rows[consequence->kind].rfc;
}
