#include "visualizer/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "visualizer/capture_format.h"

/* Address space for a file to grow into without being moved: pointers into the map stay good. */
static const uint64_t ROOM_TO_GROW = (uint64_t)1 << 36;
static const uint64_t RELEASE_STEP = (uint64_t)1 << 20;

uint16_t capture_u16(const struct capture *capture, uint64_t offset, bool swapped)
{
    uint16_t value;
    memcpy(&value, capture->map + offset, sizeof value);
    return swapped ? __builtin_bswap16(value) : value;
}

int64_t capture_nanoseconds(uint64_t ticks, uint64_t per_second, int64_t offset_seconds)
{
    if (per_second == 0)
        return 0;
    uint64_t fraction = (uint64_t)((unsigned __int128)(ticks % per_second) * 1000000000 / per_second);
    __int128 time = ((__int128)(ticks / per_second) + offset_seconds) * 1000000000 + fraction;
    return time > INT64_MAX ? INT64_MAX : time < INT64_MIN ? INT64_MIN : (int64_t)time;
}

struct interface *capture_add_interface(struct capture *capture)
{
    capture->interfaces = mem_grow(capture->interfaces, capture->interface_count + 1, sizeof *capture->interfaces);
    struct interface *interface = &capture->interfaces[capture->interface_count++];
    *interface = (struct interface){ .ticks = 1000000 };
    return interface;
}

void capture_break(struct capture *capture, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char text[512];
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    buf_clear(&capture->error);
    buf_add_text(&capture->error, text);
    buf_text(&capture->error); /* puts the NUL behind it that capture_error() promises */
    capture->broken = true;
}

/* A pipe cannot be mapped: its bytes go to a file in memory first. */
static int into_memory(int pipe)
{
    int file = memfd_create("capture", MFD_CLOEXEC);
    static const size_t CHUNK = 1 << 16;
    char *chunk = mem_alloc(CHUNK);
    ssize_t got = file < 0 ? -1 : 1;
    while (got > 0) {
        got = read(pipe, chunk, CHUNK);
        for (ssize_t done = 0, wrote; got > 0 && done < got; done += wrote)
            if ((wrote = write(file, chunk + done, (size_t)(got - done))) < 0) {
                got = -1;
                break;
            }
    }
    free(chunk);
    if (got < 0 && file >= 0) {
        int saved = errno;
        close(file);
        errno = saved;
        return -1;
    }
    return file;
}

static int open_file(const char *path, struct buf *error)
{
    bool standard_input = strcmp(path, "-") == 0;
    int file = standard_input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        buf_printf(error, _("%s cannot be opened: %s."), path, strerror(errno));
        return -1;
    }
    struct stat status;
    if (fstat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
        buf_printf(error, _("%s is a folder, not a capture file: give the name of a file in it."), path);
        close(file);
        return -1;
    }
    if (S_ISREG(status.st_mode) && !standard_input)
        return file;
    int copy = into_memory(file);
    if (copy < 0)
        buf_printf(error, _("%s cannot be read: %s."), path, strerror(errno));
    close(file);
    return copy;
}

static int look_at_size(struct capture *capture)
{
    struct stat status;
    if (fstat(capture->descriptor, &status) != 0 || status.st_size < 0)
        return -1;
    uint64_t size = (uint64_t)status.st_size;
    capture->size = capture->reserved > 0 && size > capture->reserved ? capture->reserved : size;
    return 0;
}

static int map_file(struct capture *capture)
{
    if (look_at_size(capture) != 0)
        return -1;
    if (capture->size == 0)
        return 0;
    uint64_t wishes[] = { capture->size + ROOM_TO_GROW, capture->size };
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        void *map = mmap(NULL, wishes[i], PROT_READ, MAP_SHARED | MAP_NORESERVE, capture->descriptor, 0);
        if (map == MAP_FAILED)
            continue;
        capture->map = map;
        capture->reserved = wishes[i];
        return 0;
    }
    return -1;
}

/* What the bytes at the start are, when they are no capture: people open the wrong file. */
static void explain_wrong_type(const struct capture *capture, struct buf *error)
{
    static const struct {
        const char *magic;
        size_t size;
        const char *message;
    } known[] = {
        { "\x1f\x8b", 2, N_("%s is compressed by gzip: unpack it with gunzip first.") },
        { "\x28\xb5\x2f\xfd", 4, N_("%s is compressed by zstd: unpack it with unzstd first.") },
        { "\xfd" "7zXZ", 5, N_("%s is compressed by xz: unpack it with unxz first.") },
        { "PK\x03\x04", 4, N_("%s is a zip archive: unpack it first.") },
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (capture->size >= known[i].size && memcmp(capture->map, known[i].magic, known[i].size) == 0) {
            buf_printf(error, _(known[i].message), capture->path);
            return;
        }
    buf_printf(error, _("%s is not a capture file: it begins neither like pcap nor like pcapng. "
                        "Record one with tcpdump -w, Wireshark or visualizer --wire."), capture->path);
}

static int start_format(struct capture *capture, struct buf *error)
{
    if (capture->size == 0) {
        buf_printf(error, _("%s is empty: a capture file has a header, even without packets."), capture->path);
        return -1;
    }
    int found = capture_pcap_start(capture);
    if (found == 0)
        found = capture_pcapng_start(capture);
    if (found > 0)
        return 0;
    if (found == 0)
        explain_wrong_type(capture, error);
    else if (capture->broken)
        buf_add_span(error, buf_span(&capture->error));
    else
        buf_printf(error, _("%s is cut short within the header of the file, after %llu bytes: "
                            "there are no packets to show."),
                   capture->path, (unsigned long long)capture->size);
    return -1;
}

struct capture *capture_open(const char *path, struct buf *error)
{
    int descriptor = open_file(path, error);
    return descriptor < 0 ? NULL : capture_open_descriptor(descriptor, path, error);
}

struct capture *capture_open_descriptor(int descriptor, const char *path, struct buf *error)
{
    struct capture *capture = mem_alloc(sizeof *capture);
    buf_init(&capture->error, 1024);
    capture->path = mem_text(path);
    capture->descriptor = descriptor;
    if (map_file(capture) != 0) {
        buf_printf(error, _("%s cannot be mapped into memory: %s."), path, strerror(errno));
        capture_free(capture);
        return NULL;
    }
    if (start_format(capture, error) != 0) {
        capture_free(capture);
        return NULL;
    }
    return capture;
}

void capture_free(struct capture *capture)
{
    if (capture == NULL)
        return;
    if (capture->map != NULL)
        munmap((void *)(uintptr_t)capture->map, capture->reserved);
    close(capture->descriptor);
    for (size_t i = 0; i < capture->interface_count; i++) {
        free(capture->interfaces[i].name);
        free(capture->interfaces[i].description);
    }
    free(capture->interfaces);
    free(capture->sections);
    free(capture->bases);
    free(capture->steps);
    buf_free(&capture->error);
    free(capture->path);
    free(capture);
}

void capture_set_hooks(struct capture *capture, const struct capture_hooks *hooks)
{
    capture->hooks = *hooks;
}

static uint64_t offset_of(const struct capture *capture, size_t number)
{
    const size_t index = number - 1 - capture->forgotten;
    return capture->bases[index / OFFSET_GROUP] + capture->steps[index];
}

/* false: so much else lies between two packets that this is no sensible capture. */
static bool keep_offset(struct capture *capture, uint64_t offset)
{
    const size_t kept = capture->count - capture->forgotten;
    if (kept == capture->room) {
        /* Guess the rest from the average so far, so that the list is not twice as long as needed. */
        uint64_t guess = capture->scan > 0 ? kept * capture->size / capture->scan : 0;
        capture->room = kept + kept / 4 + 256;
        if (guess > capture->room && guess < kept * 8 && !capture->forgetful)
            capture->room = (size_t)guess + 64;
        capture->room -= capture->room % OFFSET_GROUP;
        capture->bases = mem_grow(capture->bases, capture->room / OFFSET_GROUP, sizeof *capture->bases);
        capture->steps = mem_grow(capture->steps, capture->room, sizeof *capture->steps);
    }
    uint64_t *base = &capture->bases[kept / OFFSET_GROUP];
    if (kept % OFFSET_GROUP == 0)
        *base = offset;
    if (offset - *base > UINT32_MAX)
        return false;
    capture->steps[kept] = (uint32_t)(offset - *base);
    capture->count++;
    return true;
}

enum capture_state capture_index(struct capture *capture, size_t limit)
{
    if (capture->broken)
        return CAPTURE_BROKEN;
    look_at_size(capture);
    size_t until = limit > 0 ? capture->count + limit : SIZE_MAX;
    while (capture->count < until && capture->count < UINT32_MAX) {
        uint64_t found;
        enum scan_result result = capture->format->next(capture, &found);
        if (result == SCAN_PACKET && !keep_offset(capture, found))
            result = SCAN_SHORT;
        if (result == SCAN_END) {
            buf_clear(&capture->error);
            return CAPTURE_END;
        } else if (result == SCAN_SHORT) {
            /* A file that is being written to ends like this, too: so it is looked at again next time. */
            capture_break(capture, _("%s ends in the middle of what follows packet %zu, at byte %llu: "
                                     "everything before is shown."),
                          capture->path, capture->count, (unsigned long long)capture->scan);
            capture->broken = false;
            return CAPTURE_BROKEN;
        } else if (result == SCAN_BROKEN)
            return CAPTURE_BROKEN;
    }
    return CAPTURE_MORE;
}

size_t capture_count(const struct capture *capture)
{
    return capture->count;
}

const char *capture_error(const struct capture *capture)
{
    return capture->error.len > 0 ? capture->error.data : NULL;
}

bool capture_record(struct capture *capture, uint32_t number, struct record *record)
{
    if (number <= capture->forgotten || number > capture->count)
        return false;
    *record = (struct record){ .data = NULL };
    capture->format->read(capture, offset_of(capture, number), record);
    return true;
}

int64_t capture_time(struct capture *capture, uint32_t number)
{
    if (number <= capture->forgotten || number > capture->count)
        return 0;
    return capture->format->time(capture, offset_of(capture, number));
}

bool capture_forget(struct capture *capture)
{
    if (capture->format != &capture_pcap)
        return false;
    capture->forgetful = true;
    capture->forgotten = capture->count;
    return true;
}

void capture_soon(const struct capture *capture, uint32_t number)
{
    if (number > capture->count)
        return;
    const uint8_t *at = capture->map + offset_of(capture, number);
    __builtin_prefetch(at);
    __builtin_prefetch(at + 64);
}

void capture_done_with(struct capture *capture, uint32_t number)
{
    if (number <= capture->forgotten || number > capture->count)
        return;
    uint64_t offset = offset_of(capture, number);
    if (offset < capture->done + RELEASE_STEP)
        return;
    /* A step behind: another thread may still be at the last packets, and would bring their pages back for good. */
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t until = capture->done / page * page;
    capture->done = offset;
    madvise((void *)(uintptr_t)(capture->map + capture->released), until - capture->released, MADV_DONTNEED);
    capture->released = until;
}

void capture_rewound(struct capture *capture, uint32_t number)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    const bool known = number > capture->forgotten && number <= capture->count;
    uint64_t offset = known ? offset_of(capture, number) : capture->scan;
    if (capture->released > offset)
        capture->released = capture->done = offset / page * page;
}

const char *capture_format(const struct capture *capture)
{
    return capture->format->name;
}

uint64_t capture_bytes(const struct capture *capture)
{
    return capture->size;
}

const struct interface *capture_interface(const struct capture *capture, size_t index)
{
    return index < capture->interface_count ? &capture->interfaces[index] : NULL;
}
