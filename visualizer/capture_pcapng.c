/*
 * capture_pcapng.c - pcapng: a file of blocks, each with its type and, before
 * and after its body, its length (draft-ietf-opsawg-pcapng §3.1). A section
 * header begins a section, says its byte order and forgets the interfaces
 * before it; interface blocks say how the packets that name them are to be
 * read; unknown blocks are passed over.
 *
 * Besides packets we read what libpcap does not give: TLS secrets, names of
 * hosts, comments.
 */
#include "visualizer/capture_format.h"

#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"

enum block_type {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_OLD_PACKET = 2,
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_NAMES = 4,
    BLOCK_STATISTICS = 5,
    BLOCK_ENHANCED_PACKET = 6,
    BLOCK_SECRETS = 10,
};

enum { BYTE_ORDER_MAGIC = 0x1a2b3c4d };

enum option_code {
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_NAME = 2,
    OPTION_DESCRIPTION = 3,
    OPTION_RESOLUTION = 9,
    OPTION_OFFSET = 14,
};

/* Bytes of the body of a packet block before the packet. */
enum { ENHANCED_HEADER = 20, OLD_HEADER = 20, SIMPLE_HEADER = 4 };

struct block {
    uint32_t type;
    uint64_t body;      /* where it begins */
    uint32_t size;      /* of the body */
    bool swapped;
};

struct option {
    uint16_t code;
    uint16_t size;
    uint64_t at;
};

static uint32_t padded(uint32_t size)
{
    return (size + 3) & ~(uint32_t)3;
}

static struct span text_at(const struct capture *capture, uint64_t offset, size_t size)
{
    return (struct span){ (const char *)capture->map + offset, size };
}

/* Walks over the options from *at on, up to end. */
static bool next_option(const struct capture *capture, uint64_t *at, uint64_t end, bool swapped, struct option *option)
{
    if (end < 4 || *at > end - 4)
        return false;
    option->code = capture_u16(capture, *at, swapped);
    option->size = capture_u16(capture, *at + 2, swapped);
    option->at = *at + 4;
    if (option->code == OPTION_END || option->size > end - option->at)
        return false;
    *at = option->at + padded(option->size);
    return true;
}

static void comments(struct capture *capture, uint64_t at, uint64_t end, bool swapped)
{
    struct option option;
    if (capture->hooks.comment == NULL)
        return;
    while (next_option(capture, &at, end, swapped, &option))
        if (option.code == OPTION_COMMENT)
            capture->hooks.comment(capture->hooks.context, text_at(capture, option.at, option.size));
}

static struct section *section_at(struct capture *capture, uint64_t offset)
{
    size_t index = capture->section_count - 1;
    while (index > 0 && capture->sections[index].start > offset)
        index--;
    return &capture->sections[index];
}

static const struct interface *interface_of(struct capture *capture, uint64_t offset, uint32_t id, uint32_t *index)
{
    struct section *section = section_at(capture, offset);
    *index = (uint32_t)section->first_interface + id;
    return id < section->interface_count ? &capture->interfaces[section->first_interface + id] : NULL;
}

static void begin_section(struct capture *capture, uint64_t start, bool swapped)
{
    capture->sections = mem_grow(capture->sections, capture->section_count + 1, sizeof *capture->sections);
    capture->sections[capture->section_count++] =
        (struct section){ .start = start, .first_interface = capture->interface_count, .swapped = swapped };
}

/* if_tsresol: a power of 10, or of 2 with the highest bit set (§4.2). */
static uint64_t ticks_of(uint8_t resolution)
{
    uint8_t power = resolution & 0x7f;
    if (resolution & 0x80)
        return power < 63 ? (uint64_t)1 << power : 0;
    uint64_t ticks = 1;
    while (power-- > 0 && ticks <= UINT64_MAX / 10)
        ticks *= 10;
    return power == UINT8_MAX ? ticks : 0;
}

static void interface_block(struct capture *capture, const struct block *block)
{
    if (block->size < 8)
        return;
    struct interface *interface = capture_add_interface(capture);
    capture->sections[capture->section_count - 1].interface_count++;
    interface->link = capture_u16(capture, block->body, block->swapped);
    interface->snap = capture_u32(capture, block->body + 4, block->swapped);
    uint64_t at = block->body + 8;
    struct option option;
    while (next_option(capture, &at, block->body + block->size, block->swapped, &option)) {
        const char *value = (const char *)capture->map + option.at;
        if (option.code == OPTION_NAME && interface->name == NULL)
            interface->name = mem_copy(value, strnlen(value, option.size));
        else if (option.code == OPTION_DESCRIPTION && interface->description == NULL)
            interface->description = mem_copy(value, strnlen(value, option.size));
        else if (option.code == OPTION_RESOLUTION && option.size >= 1)
            interface->ticks = ticks_of((uint8_t)value[0]);
        else if (option.code == OPTION_OFFSET && option.size >= 8) {
            uint64_t first = capture_u32(capture, option.at, block->swapped);
            uint64_t second = capture_u32(capture, option.at + 4, block->swapped);
            bool big = block->swapped != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
            interface->offset = (int64_t)(big ? first << 32 | second : second << 32 | first);
        }
    }
    comments(capture, block->body + 8, block->body + block->size, block->swapped);
}

/* Records of {type, size, address, names each with a NUL after it} (§4.5). */
static void names_block(struct capture *capture, const struct block *block)
{
    if (capture->hooks.name == NULL)
        return;
    uint64_t at = block->body;
    struct option record;
    while (next_option(capture, &at, block->body + block->size, block->swapped, &record)) {
        size_t address = record.code == 1 ? 4 : record.code == 2 ? 16 : 0;
        if (address == 0 || record.size <= address)
            continue;
        const char *name = (const char *)capture->map + record.at + address;
        capture->hooks.name(capture->hooks.context, capture->map + record.at, address,
                            (struct span){ name, strnlen(name, record.size - address) });
    }
}

static void secrets_block(struct capture *capture, const struct block *block)
{
    if (capture->hooks.secrets == NULL || block->size < 8)
        return;
    uint32_t type = capture_u32(capture, block->body, block->swapped);
    uint32_t size = capture_u32(capture, block->body + 4, block->swapped);
    if (size > block->size - 8)
        size = block->size - 8;
    capture->hooks.secrets(capture->hooks.context, type, text_at(capture, block->body + 8, size));
}

static uint32_t packet_header_size(uint32_t type)
{
    return type == BLOCK_SIMPLE_PACKET ? SIMPLE_HEADER : ENHANCED_HEADER;
}

/* Bytes of the packet that the block has. */
static uint32_t captured_in(struct capture *capture, const struct block *block)
{
    if (block->type != BLOCK_SIMPLE_PACKET)
        return capture_u32(capture, block->body + 12, block->swapped);
    uint32_t index, captured = capture_u32(capture, block->body, block->swapped);
    const struct interface *interface = interface_of(capture, block->body, 0, &index);
    if (interface != NULL && interface->snap > 0 && captured > interface->snap)
        captured = interface->snap;
    return captured > block->size - SIMPLE_HEADER ? block->size - SIMPLE_HEADER : captured;
}

static uint32_t interface_in(struct capture *capture, const struct block *block)
{
    return block->type == BLOCK_SIMPLE_PACKET ? 0
           : block->type == BLOCK_OLD_PACKET  ? capture_u16(capture, block->body, block->swapped)
                                              : capture_u32(capture, block->body, block->swapped);
}

static enum scan_result packet_block(struct capture *capture, const struct block *block, uint64_t *found)
{
    const char *what = NULL;
    uint32_t index, header = packet_header_size(block->type);
    if (block->size < header)
        what = _("its block is too short for its header");
    else if (captured_in(capture, block) > block->size - header || captured_in(capture, block) > CAPTURE_LONGEST)
        what = _("its length does not fit into its block");
    else if (interface_of(capture, block->body, interface_in(capture, block), &index) == NULL)
        what = _("it names an interface that the file does not describe");
    if (what != NULL) {
        capture_break(capture, _("%s is damaged at byte %llu, in packet %zu: %s. Everything before is shown."),
                      capture->path, (unsigned long long)capture->scan, capture->count + 1, what);
        return SCAN_BROKEN;
    }
    *found = block->body - 8;
    if (block->type != BLOCK_SIMPLE_PACKET)
        comments(capture, block->body + header + padded(captured_in(capture, block)), block->body + block->size,
                 block->swapped);
    return SCAN_PACKET;
}

/* Reads the frame of the block at offset; the byte order is the section's. */
static struct block block_at(const struct capture *capture, uint64_t offset, bool swapped)
{
    return (struct block){ capture_u32(capture, offset, swapped), offset + 8,
                           capture_u32(capture, offset + 4, swapped) - 12, swapped };
}

static enum scan_result whole_block(struct capture *capture, uint64_t left, bool *swapped)
{
    if (capture_u32(capture, capture->scan, false) == BLOCK_SECTION) {
        if (left < 28)
            return SCAN_SHORT;
        uint32_t magic = capture_u32(capture, capture->scan + 8, false);
        *swapped = magic != BYTE_ORDER_MAGIC;
        if (*swapped && magic != __builtin_bswap32(BYTE_ORDER_MAGIC)) {
            capture_break(capture, _("%s is damaged at byte %llu: a section header without byte order. "
                                     "Everything before is shown."),
                          capture->path, (unsigned long long)capture->scan);
            return SCAN_BROKEN;
        }
    }
    uint32_t size = capture_u32(capture, capture->scan + 4, *swapped);
    if (size < 12 || size % 4 != 0 || size > CAPTURE_LONGEST_BLOCK) {
        capture_break(capture, _("%s is damaged at byte %llu, after packet %zu: a block claims a length of %u bytes. "
                                 "Everything before is shown."),
                      capture->path, (unsigned long long)capture->scan, capture->count, size);
        return SCAN_BROKEN;
    }
    if (left < size)
        return SCAN_SHORT;
    if (capture_u32(capture, capture->scan + size - 4, *swapped) != size) {
        capture_break(capture, _("%s is damaged at byte %llu, after packet %zu: a block ends with another length "
                                 "than it begins with. Everything before is shown."),
                      capture->path, (unsigned long long)capture->scan, capture->count);
        return SCAN_BROKEN;
    }
    return SCAN_OTHER;
}

static enum scan_result next(struct capture *capture, uint64_t *found)
{
    uint64_t left = capture->size - capture->scan;
    if (left == 0)
        return SCAN_END;
    if (left < 12)
        return SCAN_SHORT;
    bool swapped = capture->section_count > 0 && capture->sections[capture->section_count - 1].swapped;
    enum scan_result result = whole_block(capture, left, &swapped);
    if (result != SCAN_OTHER)
        return result;
    struct block block = block_at(capture, capture->scan, swapped);
    switch (block.type) {
    case BLOCK_SECTION:
        begin_section(capture, capture->scan, swapped);
        if (block.size >= 16)
            comments(capture, block.body + 16, block.body + block.size, swapped);
        break;
    case BLOCK_INTERFACE:
        interface_block(capture, &block);
        break;
    case BLOCK_STATISTICS:      /* of an interface: its number and a time, then options */
        if (block.size >= 12)
            comments(capture, block.body + 12, block.body + block.size, swapped);
        break;
    case BLOCK_NAMES:
        names_block(capture, &block);
        break;
    case BLOCK_SECRETS:
        secrets_block(capture, &block);
        break;
    case BLOCK_ENHANCED_PACKET:
    case BLOCK_OLD_PACKET:
    case BLOCK_SIMPLE_PACKET:
        result = packet_block(capture, &block, found);
        break;
    default:
        break;
    }
    if (result != SCAN_BROKEN)
        capture->scan += (uint64_t)block.size + 12;
    return result;
}

int capture_pcapng_start(struct capture *capture)
{
    if (capture->size < 4 || capture_u32(capture, 0, false) != BLOCK_SECTION)
        return 0;
    capture->format = &capture_pcapng;
    bool swapped;
    return capture->size >= 12 && whole_block(capture, capture->size, &swapped) == SCAN_OTHER ? 1 : -1;
}

static int64_t time_of(struct capture *capture, const struct block *block, const struct interface *interface)
{
    if (block->type == BLOCK_SIMPLE_PACKET || interface == NULL)
        return 0;
    uint64_t ticks = (uint64_t)capture_u32(capture, block->body + 4, block->swapped) << 32 |
                     capture_u32(capture, block->body + 8, block->swapped);
    return capture_nanoseconds(ticks, interface->ticks, interface->offset);
}

static int64_t time_at(struct capture *capture, uint64_t offset)
{
    struct block block = block_at(capture, offset, section_at(capture, offset)->swapped);
    uint32_t index;
    return time_of(capture, &block, interface_of(capture, offset, interface_in(capture, &block), &index));
}

static void read_record(struct capture *capture, uint64_t offset, struct record *record)
{
    struct block block = block_at(capture, offset, section_at(capture, offset)->swapped);
    uint32_t header = packet_header_size(block.type);
    const struct interface *interface =
        interface_of(capture, offset, interface_in(capture, &block), &record->interface);
    record->data = capture->map + block.body + header;
    record->captured = captured_in(capture, &block);
    record->length = capture_u32(capture, block.type == BLOCK_SIMPLE_PACKET ? block.body : block.body + 16,
                                 block.swapped);
    record->interface_in_section = interface_in(capture, &block);
    record->section = (uint32_t)(section_at(capture, offset) - capture->sections) + 1;
    record->link = interface != NULL ? interface->link : UINT16_MAX;
    record->time = time_of(capture, &block, interface);
    uint64_t at = block.body + header + padded(record->captured), end = block.body + block.size;
    struct option option;
    while (block.type != BLOCK_SIMPLE_PACKET && next_option(capture, &at, end, block.swapped, &option))
        if (option.code == OPTION_COMMENT) {
            record->comment = text_at(capture, option.at, option.size);
            break;
        }
}

const struct capture_format capture_pcapng = { "pcapng", next, read_record, time_at };
