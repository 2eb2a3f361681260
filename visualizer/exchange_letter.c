#include "visualizer/exchange_letter.h"

#include <stdlib.h>

#include "visualizer/exchange_build.h"

enum { LETTERS_MAX = 100000 };

struct letter_part {
    struct letter_passage *all;
    size_t count, room;
};

struct letter_part *letter_part_new(void)
{
    return mem_alloc(sizeof(struct letter_part));
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

void letter_part_free(struct letter_part *part)
{
    for (size_t i = 0; i < part->count; i++) {
        struct letter_passage *letter = &part->all[i];
        free(letter->message_id);
        free(letter->from);
        free(letter->to);
        free(letter->subject);
        free(letter->date);
        free(letter->answer);
        free_texts(letter->received, letter->received_count);
        free_texts(letter->parts, letter->part_count);
    }
    free(part->all);
    free(part);
}

static char **copy_texts(const char *const *texts, size_t count)
{
    char **copies = mem_alloc((count + 1) * sizeof *copies);
    for (size_t i = 0; i < count; i++)
        copies[i] = mem_text(texts[i]);
    return copies;
}

void letter_seen(struct exchange_list *list, const struct exchange *exchange, const struct exchange *envelope,
                 const struct packet *packet, const struct message_detail *message)
{
    struct letter_part *part = list->letter;
    if (part->count >= LETTERS_MAX)
        return;
    if (part->count == part->room) {
        part->room = part->room ? part->room * 2 : 8;
        part->all = mem_grow(part->all, part->room, sizeof *part->all);
    }
    part->all[part->count++] = (struct letter_passage){
        .exchange = exchange,
        .envelope = envelope,
        .packet = packet->number,
        .time = packet->time,
        .size = message->size,
        .header_only = message->header_only,
        .message_id = mem_text(message->message_id),
        .from = mem_text(message->from),
        .to = mem_text(message->to),
        .subject = mem_text(message->subject),
        .date = mem_text(message->date),
        .received = copy_texts(message->received, message->received_count),
        .received_count = message->received_count,
        .parts = copy_texts(message->parts, message->part_count),
        .part_count = message->part_count,
    };
}

void letter_answered(struct exchange_list *list, const struct exchange *exchange, struct span text)
{
    struct letter_part *part = list->letter;
    struct letter_passage *last = part->count ? &part->all[part->count - 1] : NULL;
    if (last && last->exchange == exchange && !last->answer)
        last->answer = exchange_text(text);
}

size_t letter_count(const struct exchange_list *list)
{
    return list->letter->count;
}

const struct letter_passage *letter_at(const struct exchange_list *list, size_t index)
{
    return index < list->letter->count ? &list->letter->all[index] : NULL;
}
