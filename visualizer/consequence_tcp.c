/*
 * consequence_tcp.c - what became of a TCP segment that the wire lost, kept,
 * doubled or changed: a walk over the segments of its connection that came
 * after it, until some time after its bytes were acknowledged.
 */
#include <string.h>

#include "visualizer/consequence_build.h"
#include "visualizer/tcp.h"

/* How far is looked: after the acknowledgement, and at all. */
enum { BEHIND = 64, FURTHEST = 20000 };

/* What was seen behind the segment; moments are NULL where there was none. */
struct walk {
    const struct moment *again;         /* its bytes, sent once more: the first and the last time */
    const struct moment *last_again;
    const struct moment *fast;          /* ... because of repeated acknowledgements */
    const struct moment *held_again;    /* ... while it was held, and kept as one */
    const struct moment *acknowledged;  /* by the receiver, up to its end */
    const struct moment *gap;           /* the receiver repeats what it acknowledged before */
    const struct moment *copy;          /* ... or what it acknowledges now */
    const struct moment *needless;      /* the other side repeats what this segment had acknowledged */
    const struct moment *later;         /* the sender acknowledges as much once more */
    const struct moment *reset;
    unsigned again_count, held_count, gap_count, needless_count, copy_count;
};

/* No timer runs out sooner: RFC 6298 §2.4 asks for a second, Linux waits 200 ms. */
static const int64_t SHORTEST_TIMER = 200000000;

static bool before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static void count(const struct moment **first, unsigned *number, const struct moment *moment)
{
    if (*first == NULL)
        *first = moment;
    (*number)++;
}

static void see_sender(struct walk *walk, const struct told *told, const struct moment *moment)
{
    const uint32_t end = told->sequence + told->length, its_end = moment->sequence + moment->length;
    const bool overlaps = told->length > 0 && moment->length > 0 && before(moment->sequence, end)
        && before(told->sequence, its_end);
    if (overlaps && moment->repeats_held)
        count(&walk->held_again, &walk->held_count, moment);
    if (overlaps && walk->acknowledged == NULL) {
        count(&walk->again, &walk->again_count, moment);
        walk->last_again = moment;
        const bool asked = walk->gap != NULL && moment->time - told->story.time < SHORTEST_TIMER;
        if (((moment->notes & NOTE_FAST_RETRANSMISSION) || asked) && walk->fast == NULL)
            walk->fast = moment;
    }
    if ((moment->flags & WIRE_ACK) && !before(moment->acknowledgement, told->acknowledgement) && walk->later == NULL
        && !moment->repeats_held)
        walk->later = moment;
}

/* A block below the acknowledgement tells of bytes that came twice; who offers no SACK only repeats itself. */
static bool reports_copy(const struct told *told, const struct moment *moment)
{
    if (moment->sack_left == moment->sack_right)
        return moment->notes & NOTE_DUPLICATE_ACK;
    return before(moment->sack_left, told->sequence + told->length) && before(told->sequence, moment->sack_right)
        && !before(moment->acknowledgement, moment->sack_right);
}

static void see_receiver(struct walk *walk, const struct told *told, const struct moment *moment)
{
    const uint32_t end = told->sequence + told->length;
    const bool has_sack = moment->sack_left != moment->sack_right;
    if ((moment->flags & WIRE_ACK) && told->length > 0) {
        const bool all = !before(moment->acknowledgement, end);
        if (all && walk->acknowledged == NULL)
            walk->acknowledged = moment;
        else if (all && reports_copy(told, moment))
            count(&walk->copy, &walk->copy_count, moment);
        else if (moment->acknowledgement == told->sequence && (has_sack || (moment->notes & NOTE_DUPLICATE_ACK)))
            count(&walk->gap, &walk->gap_count, moment);
    }
    const uint32_t its_end = moment->sequence + moment->length;
    /* Data acknowledges, too: what the segment had acknowledged comes again. */
    if ((told->flags & WIRE_ACK) && moment->length > 0 && before(moment->sequence, told->acknowledgement)
        && !before(told->acknowledgement, its_end) && walk->later == NULL)
        count(&walk->needless, &walk->needless_count, moment);
}

static struct walk walk_behind(const struct consequences *all, const struct told *told)
{
    struct walk walk = { .again = NULL };
    unsigned seen = 0, behind = 0;
    uint32_t next = told->way != NULL ? told->way->first : 0;
    for (; next != 0 && seen < FURTHEST && behind < BEHIND; next = all->moments[next - 1].next) {
        const struct moment *moment = &all->moments[next - 1];
        /* The same ports may be used again: a SYN of the client's with another number is another connection. */
        const bool anew = (moment->flags & (WIRE_SYN | WIRE_ACK)) == WIRE_SYN
            && (moment->backward != told->backward || moment->sequence != told->sequence);
        if (moment->packet <= told->number)
            continue;
        if (anew)
            break;
        seen++;
        behind += told->length > 0 ? walk.acknowledged != NULL : walk.later != NULL;
        if ((moment->flags & WIRE_RST) && walk.reset == NULL)
            walk.reset = moment;
        if (moment->backward == told->backward)
            see_sender(&walk, told, moment);
        else
            see_receiver(&walk, told, moment);
    }
    return walk;
}

static enum layer_id row_of(const struct told *told)
{
    if (told->flags & WIRE_SYN)
        return LAYER_TCP_OPEN;
    return told->flags & (WIRE_FIN | WIRE_RST) ? LAYER_TCP_CLOSE : LAYER_TCP_DATA;
}

static void add(struct told *told, enum consequence_kind kind, const char *host, const struct moment *moment,
                unsigned number)
{
    if (moment == NULL)
        return;
    struct consequence *consequence = consequence_add(told, kind, host, "TCP", row_of(told));
    consequence_when(consequence, told, moment->packet, moment->time);
    consequence->count = number;
}

/* A segment with a wrong checksum is no segment to who receives it. */
static void judge_checksum(struct told *told, const struct walk *walk)
{
    const bool thrown_away = walk->again != NULL || walk->acknowledged == NULL;
    if (!told->changed || told->lost || told->wrong == NULL || !thrown_away)
        return;
    const bool network = strncmp(told->wrong, "IP", 2) == 0;
    /* A wrong IP header is thrown away by the next one that reads it, whoever that is. */
    consequence_add(told, CONSEQUENCE_CHECKSUM, network ? NULL : told->story.to, told->wrong,
                    network ? LAYER_IP : row_of(told));
}

static void judge_data(struct told *told, const struct walk *walk)
{
    struct consequence_story *story = &told->story;
    const bool missing = told->lost || (told->changed && (told->wrong != NULL || walk->again != NULL));
    const unsigned own = walk->again_count - walk->held_count;
    if (walk->held_again != NULL)
        add(told, CONSEQUENCE_PATIENCE, story->from, walk->held_again, walk->held_count);
    if (walk->fast != NULL)
        add(told, CONSEQUENCE_FAST, story->from, walk->fast, 1);
    if (walk->fast == NULL && own > 0 && walk->again != walk->held_again)
        add(told, CONSEQUENCE_TIMER, story->from, walk->again, own);
    add(told, CONSEQUENCE_GAP, story->to, walk->gap, walk->gap_count);
    if (walk->acknowledged != NULL && missing && walk->last_again != NULL) {
        add(told, CONSEQUENCE_SENT_AGAIN, story->from, walk->acknowledged, 1);
    } else if (walk->acknowledged != NULL && told->late && walk->gap != NULL) {
        add(told, CONSEQUENCE_ORDERED, story->to, walk->acknowledged, 1);
    }
    if (told->twice || (told->late && walk->again != NULL && walk->held_again == NULL))
        add(told, CONSEQUENCE_COPY, story->to, walk->copy, told->twice ? 1 : walk->copy_count);
}

/* Nothing but an acknowledgement: it is missed only when no other follows. */
static void judge_acknowledgement(struct told *told, const struct walk *walk)
{
    const bool missing = told->lost || (told->changed && told->wrong != NULL);
    if (missing && walk->later != NULL)
        add(told, CONSEQUENCE_LATER_ACK, told->story.from, walk->later, 1);
}

/* Any packet of the connection that the exchange engine knows by it. */
static uint32_t packet_of_way(const struct consequences *all, const struct told *told)
{
    const struct exchange *of;
    uint32_t next = told->way != NULL ? told->way->first : 0;
    unsigned tries = 0;
    for (; next != 0 && tries < 100; next = all->moments[next - 1].next, tries++) {
        const struct moment *moment = &all->moments[next - 1];
        if (moment->packet != told->story.packet && exchange_of_packet(all->list, moment->packet, &of, 1) > 0
            && of->connection != 0)
            return moment->packet;
    }
    return told->story.packet;
}

void consequence_judge_tcp(struct consequences *all, struct told *told)
{
    const struct walk walk = walk_behind(all, told);
    struct consequence_story *story = &told->story;
    bool delivered;
    int64_t waited = story->went_on ? story->kept : 0;
    story->again = told->length > 0 ? walk.again_count : walk.needless_count;
    judge_checksum(told, &walk);
    if (told->lost || told->changed || told->late)
        add(told, CONSEQUENCE_NEEDLESS, story->to, walk.needless, walk.needless_count);
    if (told->length > 0) {
        judge_data(told, &walk);
        delivered = walk.acknowledged != NULL;
        const bool missing = told->lost || walk.again != NULL;
        if (delivered && missing)
            waited = walk.acknowledged->time - story->time;
    } else {
        judge_acknowledgement(told, &walk);
        delivered = !told->lost || walk.later != NULL;
    }
    if (walk.reset != NULL && !delivered)
        add(told, CONSEQUENCE_RESET, walk.reset->backward == told->backward ? story->from : story->to, walk.reset, 1);
    const bool other_bytes = told->changed && told->length > 0 && story->bytes > 0 && walk.again == NULL && delivered;
    if (other_bytes)
        add(told, CONSEQUENCE_OTHER_BYTES, story->to, walk.acknowledged, 1);
    consequence_judge_application(all, told, packet_of_way(all, told),
                                  other_bytes ? DELIVERED_WRONG : delivered ? DELIVERED : DELIVERED_NOT, waited);
}
