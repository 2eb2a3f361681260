#include "pcapng_write.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"

/* Block types and option codes of draft-ietf-opsawg-pcapng. */
enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_NAMES = 4,
    BLOCK_STATISTICS = 5,
    BLOCK_PACKET = 6,
    BLOCK_SECRETS = 10,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    SECRETS_TLS = 0x544c534b,

    OPTION_END = 0,
    OPTION_COMMENT = 1,
    SECTION_APPLICATION = 4,
    INTERFACE_NAME = 2,
    INTERFACE_DESCRIPTION = 3,
    INTERFACE_RESOLUTION = 9,
    PACKET_FLAGS = 2,
    STATISTICS_RECEIVED = 4,
    STATISTICS_DROPPED = 5,
    NAME_IPV4 = 1,
    NAME_IPV6 = 2,

    BUFFER = 256 * 1024,        /* written to the file when this much waits */
    MAX_BLOCK = 16 * 1024 * 1024,
};

struct pcapng_writer {
    int fd;
    char *path;
    struct buf out;     /* whole blocks that wait to be written, and the one that is being made */
    size_t block;       /* where that one begins */
    struct buf names;   /* records of the names block to come */
    uint32_t interfaces;
    uint64_t written;
    int error;          /* errno of the first failure */
};

/* Everything in this machine's byte order: the magic number in the header tells readers which. */
static void put32(struct buf *buf, uint32_t value)
{
    buf_add(buf, &value, sizeof value);
}

static void put16(struct buf *buf, uint16_t value)
{
    buf_add(buf, &value, sizeof value);
}

/* Adds bytes and zeros up to the next multiple of four. */
static void put_padded(struct buf *buf, const void *data, size_t size)
{
    static const char zeros[4];
    if (size > 0)
        buf_add(buf, data, size);
    buf_add(buf, zeros, (4 - size % 4) % 4);
}

static void put_option(struct buf *buf, uint16_t code, const void *data, size_t size)
{
    if (size > UINT16_MAX)
        size = UINT16_MAX;
    put16(buf, code);
    put16(buf, (uint16_t)size);
    put_padded(buf, data, size);
}

/* Times are given as two halves, the upper first. */
static void put_time(struct buf *buf, int64_t time)
{
    put32(buf, (uint32_t)((uint64_t)time >> 32));
    put32(buf, (uint32_t)((uint64_t)time & UINT32_MAX));
}

static void write_out(struct pcapng_writer *writer)
{
    size_t done = 0;
    while (done < writer->out.len && writer->error == 0) {
        ssize_t wrote = write(writer->fd, writer->out.data + done, writer->out.len - done);
        if (wrote < 0 && errno != EINTR)
            writer->error = errno;
        else if (wrote > 0)
            done += (size_t)wrote;
    }
    writer->written += done;
    buf_clear(&writer->out);
}

/* A block: its type, its length (filled in by end_block), its body, its length again for readers going backwards. */
static struct buf *begin_block(struct pcapng_writer *writer, uint32_t type)
{
    if (writer->out.len > BUFFER)
        write_out(writer);
    writer->block = writer->out.len;
    put32(&writer->out, type);
    put32(&writer->out, 0);
    return &writer->out;
}

static void end_block(struct pcapng_writer *writer)
{
    uint32_t length = (uint32_t)(writer->out.len - writer->block) + 4;
    memcpy(writer->out.data + writer->block + 4, &length, sizeof length);
    put32(&writer->out, length);
}

static void write_section(struct pcapng_writer *writer, const char *application)
{
    struct buf *block = begin_block(writer, BLOCK_SECTION);
    put32(block, BYTE_ORDER_MAGIC);
    put16(block, 1);            /* version 1.0 */
    put16(block, 0);
    put32(block, UINT32_MAX);   /* length of the section: not known, two halves of -1 */
    put32(block, UINT32_MAX);
    put_option(block, SECTION_APPLICATION, application, strlen(application));
    put_option(block, OPTION_END, NULL, 0);
    end_block(writer);
}

struct pcapng_writer *pcapng_write_open(const char *path, const char *application, struct buf *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) {
        buf_printf(error, _("The recording %s cannot be written: %s."), path, strerror(errno));
        return NULL;
    }
    struct pcapng_writer *writer = mem_alloc(sizeof *writer);
    writer->fd = fd;
    writer->path = mem_text(path);
    buf_init(&writer->out, BUFFER + MAX_BLOCK);
    buf_init(&writer->names, MAX_BLOCK / 2);
    write_section(writer, application);
    return writer;
}

uint32_t pcapng_write_interface(struct pcapng_writer *writer, uint16_t link, const char *name,
                                const char *description)
{
    static const uint8_t nanoseconds = 9;
    struct buf *block = begin_block(writer, BLOCK_INTERFACE);
    put16(block, link);
    put16(block, 0);
    put32(block, 0);           /* packets are kept whole */
    if (name != NULL)
        put_option(block, INTERFACE_NAME, name, strlen(name));
    if (description != NULL)
        put_option(block, INTERFACE_DESCRIPTION, description, strlen(description));
    put_option(block, INTERFACE_RESOLUTION, &nanoseconds, sizeof nanoseconds);
    put_option(block, OPTION_END, NULL, 0);
    end_block(writer);
    return writer->interfaces++;
}

void pcapng_write_name(struct pcapng_writer *writer, const uint8_t *address, size_t size, const char *name)
{
    char record[16 + 256];
    size_t length = strlen(name) + 1;
    if ((size != 4 && size != 16) || length > 256)
        return;
    memcpy(record, address, size);
    memcpy(record + size, name, length);
    put_option(&writer->names, size == 4 ? NAME_IPV4 : NAME_IPV6, record, size + length);
}

void pcapng_write_names_end(struct pcapng_writer *writer)
{
    if (writer->names.len == 0)
        return;
    struct buf *block = begin_block(writer, BLOCK_NAMES);
    buf_add_span(block, buf_span(&writer->names));
    put_option(block, OPTION_END, NULL, 0);
    end_block(writer);
    buf_clear(&writer->names);
}

static void write_host(struct pcapng_writer *writer, char *line)
{
    char *rest = NULL;
    line[strcspn(line, "#\r\n")] = '\0';
    char *address = strtok_r(line, " \t", &rest);
    char *name = strtok_r(NULL, " \t", &rest);
    uint8_t bytes[16];
    if (address == NULL || name == NULL)
        return;
    if (inet_pton(AF_INET, address, bytes) == 1)
        pcapng_write_name(writer, bytes, 4, name);
    else if (inet_pton(AF_INET6, address, bytes) == 1)
        pcapng_write_name(writer, bytes, 16, name);
}

int pcapng_write_hosts(struct pcapng_writer *writer, const char *path)
{
    char line[1024];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -1;
    while (fgets(line, sizeof line, file) != NULL)
        write_host(writer, line);
    fclose(file);
    pcapng_write_names_end(writer);
    return 0;
}

void pcapng_write_tls_keys(struct pcapng_writer *writer, struct span lines)
{
    if (lines.len == 0 || lines.len > MAX_BLOCK / 2)
        return;
    struct buf *block = begin_block(writer, BLOCK_SECRETS);
    put32(block, SECRETS_TLS);
    put32(block, (uint32_t)lines.len);
    put_padded(block, lines.at, lines.len);
    end_block(writer);
}

void pcapng_write_packet(struct pcapng_writer *writer, const struct pcapng_packet *packet)
{
    if (packet->data.len > MAX_BLOCK / 2)
        return;
    struct buf *block = begin_block(writer, BLOCK_PACKET);
    put32(block, packet->interface);
    put_time(block, packet->time);
    put32(block, (uint32_t)packet->data.len);
    put32(block, packet->length != 0 ? packet->length : (uint32_t)packet->data.len);
    put_padded(block, packet->data.at, packet->data.len);
    if (packet->comment != NULL)
        put_option(block, OPTION_COMMENT, packet->comment, strlen(packet->comment));
    if (packet->direction != PCAPNG_UNKNOWN) {
        uint32_t flags = (uint32_t)packet->direction;
        put_option(block, PACKET_FLAGS, &flags, sizeof flags);
    }
    if (packet->comment != NULL || packet->direction != PCAPNG_UNKNOWN)
        put_option(block, OPTION_END, NULL, 0);
    end_block(writer);
}

void pcapng_write_counts(struct pcapng_writer *writer, uint32_t interface, int64_t time, uint64_t received,
                         uint64_t dropped)
{
    struct buf *block = begin_block(writer, BLOCK_STATISTICS);
    put32(block, interface);
    put_time(block, time);
    put_option(block, STATISTICS_RECEIVED, &received, sizeof received);
    put_option(block, STATISTICS_DROPPED, &dropped, sizeof dropped);
    put_option(block, OPTION_END, NULL, 0);
    end_block(writer);
}

void pcapng_write_note(struct pcapng_writer *writer, uint32_t interface, int64_t time, const char *text)
{
    struct buf *block = begin_block(writer, BLOCK_STATISTICS);
    put32(block, interface);
    put_time(block, time);
    put_option(block, OPTION_COMMENT, text, strlen(text));
    put_option(block, OPTION_END, NULL, 0);
    end_block(writer);
}

uint64_t pcapng_write_size(const struct pcapng_writer *writer)
{
    return writer->written + writer->out.len;
}

int pcapng_write_flush(struct pcapng_writer *writer)
{
    write_out(writer);
    return writer->error == 0 ? 0 : -1;
}

int pcapng_write_close(struct pcapng_writer *writer, struct buf *error)
{
    if (writer == NULL)
        return 0;
    pcapng_write_names_end(writer);
    write_out(writer);
    if (close(writer->fd) != 0 && writer->error == 0)
        writer->error = errno;
    int failed = writer->error;
    if (failed != 0)
        buf_printf(error, _("The recording %s is incomplete: %s."), writer->path, strerror(failed));
    buf_free(&writer->out);
    buf_free(&writer->names);
    free(writer->path);
    free(writer);
    return failed == 0 ? 0 : -1;
}
