#include "visualizer/pcapng_write.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "visualizer/capture.h"

/* What our own reader finds in a recording that was just written. */
struct found {
    struct buf keys, names, comments;
};

static void on_secrets(void *context, uint32_t type, struct span data)
{
    ck_assert_uint_eq(type, CAPTURE_SECRETS_TLS);
    buf_add_span(&((struct found *)context)->keys, data);
}

static void on_comment(void *context, struct span text)
{
    buf_add_span(&((struct found *)context)->comments, text);
}

static void on_name(void *context, const uint8_t *address, size_t size, struct span name)
{
    buf_printf(&((struct found *)context)->names, "%zu:%u=%.*s ", size, address[size - 1], (int)name.len, name.at);
}

static void write_all(const char *path)
{
    static const uint8_t four[4] = { 10, 0, 0, 25 }, sixteen[16] = { 0xfd, [15] = 0x25 };
    struct buf error;
    buf_init(&error, 1024);
    struct pcapng_writer *writer = pcapng_write_open(path, "a test", &error);
    ck_assert_ptr_nonnull(writer);
    ck_assert_uint_eq(pcapng_write_interface(writer, LINK_ETHERNET, "alice", NULL), 0);
    ck_assert_uint_eq(pcapng_write_interface(writer, LINK_ETHERNET, "mail", "the mail server"), 1);
    pcapng_write_name(writer, four, 4, "mail");
    pcapng_write_name(writer, sixteen, 16, "mail");
    pcapng_write_names_end(writer);
    pcapng_write_tls_keys(writer, span_of("CLIENT_RANDOM 00 11\n"));
    for (uint32_t i = 0; i < 40; i++) {
        struct pcapng_packet packet = {
            .interface = i % 2,
            .time = INT64_C(1790000000123456789) + i,
            .data = { "0123456789012345678901234567890123456789", i },
            .length = i + 5,
            .direction = i % 3 == 0 ? PCAPNG_UNKNOWN : PCAPNG_INBOUND,
            .comment = i == 7 ? "seven" : NULL,
        };
        pcapng_write_packet(writer, &packet);
    }
    pcapng_write_counts(writer, 0, 5, 20, 1);
    ck_assert_int_eq(pcapng_write_flush(writer), 0);
    uint64_t size = pcapng_write_size(writer);
    ck_assert_int_eq(pcapng_write_close(writer, &error), 0);
    struct capture *capture = capture_open(path, &error);
    ck_assert_msg(capture != NULL, "%s", buf_text(&error));
    ck_assert_uint_eq(capture_bytes(capture), size);
    capture_free(capture);
    buf_free(&error);
}

START_TEST(our_own_reader_reads_it)
{
    char path[] = "/tmp/pli-test-XXXXXX";
    close(mkstemp(path));
    write_all(path);
    struct found found;
    buf_init(&found.keys, 1024);
    buf_init(&found.names, 1024);
    buf_init(&found.comments, 1024);
    struct buf error;
    buf_init(&error, 1024);
    struct capture *capture = capture_open(path, &error);
    unlink(path);
    struct capture_hooks hooks = { &found, on_secrets, on_comment, on_name };
    capture_set_hooks(capture, &hooks);
    ck_assert_int_eq(capture_index(capture, 0), CAPTURE_END);
    ck_assert_ptr_null(capture_error(capture));
    ck_assert_uint_eq(capture_count(capture), 40);
    ck_assert_str_eq(buf_text(&found.keys), "CLIENT_RANDOM 00 11\n");
    ck_assert_str_eq(buf_text(&found.names), "4:25=mail 16:37=mail ");
    ck_assert_str_eq(buf_text(&found.comments), "seven");
    for (uint32_t i = 0; i < 40; i++) {
        struct record record;
        ck_assert(capture_record(capture, i + 1, &record));
        ck_assert_uint_eq(record.captured, i);
        ck_assert_uint_eq(record.length, i + 5);
        ck_assert_int_eq(record.time, INT64_C(1790000000123456789) + i);
        ck_assert_uint_eq(record.interface, i % 2);
    }
    ck_assert_str_eq(capture_interface(capture, 1)->name, "mail");
    ck_assert_str_eq(capture_interface(capture, 1)->description, "the mail server");
    capture_free(capture);
    buf_free(&found.keys);
    buf_free(&found.names);
    buf_free(&found.comments);
    buf_free(&error);
}
END_TEST

START_TEST(a_full_disk_is_told)
{
    struct buf error;
    buf_init(&error, 1024);
    struct pcapng_writer *writer = pcapng_write_open("/dev/full", "a test", &error);
    ck_assert_ptr_nonnull(writer);
    ck_assert_int_eq(pcapng_write_flush(writer), -1);
    ck_assert_int_eq(pcapng_write_close(writer, &error), -1);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "/dev/full"));
    buf_clear(&error);
    ck_assert_ptr_null(pcapng_write_open("/nowhere/at/all", "a test", &error));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "/nowhere/at/all"));
    buf_free(&error);
}
END_TEST

UNIT_SUITE(pcapng_write, { our_own_reader_reads_it, 0 }, { a_full_disk_is_told, 0 })
