/*
 * Messages and what is in them: header, addresses, dates, encoded words, MIME
 * tree, transfer encodings; and what a server may say to our SMTP client.
 * Streaming decoders give the same however the bytes are cut; parts lie within
 * the message; what is made of a text is fit for the wire.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/base64.h"
#include "core/date.h"
#include "core/encoded_word.h"
#include "core/header.h"
#include "core/mime.h"
#include "core/qp.h"
#include "core/smtp_client.h"
#include "core/smtp_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* Decodes in pieces of that size. */
static void decode(struct span in, size_t step, struct buf *base64, struct buf *qp, struct buf *wire)
{
    struct base64_decoder one;
    struct qp_decoder two;
    struct smtp_content three;
    base64_decoder_start(&one);
    qp_decoder_start(&two);
    smtp_content_start(&three);
    for (size_t at = 0; at < in.len; at += step) {
        struct span piece = { in.at + at, step < in.len - at ? step : in.len - at };
        base64_decoder_feed(&one, piece, base64);
        qp_decoder_feed(&two, piece, qp);
        smtp_content_feed(&three, piece, wire);
    }
    base64_decoder_finish(&one, base64);
    qp_decoder_finish(&two, qp);
    smtp_content_finish(&three, wire);
}

static bool same(const struct buf *one, const struct buf *two)
{
    return one->len == two->len && (one->len == 0 || memcmp(one->data, two->data, one->len) == 0);
}

static void transfer_encodings(struct span in)
{
    struct buf out[2][3], coded, back;
    for (int i = 0; i < 6; i++)
        buf_init(&out[i / 3][i % 3], 3 * in.len + 10);
    decode(in, in.len + 1, &out[0][0], &out[0][1], &out[0][2]);
    decode(in, 1, &out[1][0], &out[1][1], &out[1][2]);
    for (int i = 0; i < 3; i++)
        require(same(&out[0][i], &out[1][i]));
    buf_init(&coded, 6 * in.len + 10);
    buf_init(&back, in.len + 10);
    struct qp_decoder decoder;
    qp_decoder_start(&decoder);
    require(qp_encode(in, QP_BINARY, &coded) == 0 && qp_decoder_feed(&decoder, buf_span(&coded), &back) == 0 &&
            qp_decoder_finish(&decoder, &back) == 0 && decoder.flags == 0);
    require(back.len == in.len && (in.len == 0 || memcmp(back.data, in.at, in.len) == 0));
    for (int i = 0; i < 6; i++)
        buf_free(&out[i / 3][i % 3]);
    buf_free(&coded);
    buf_free(&back);
}

static void values(struct span value)
{
    struct address_walk addresses;
    struct address address;
    struct encoded_walk words;
    struct encoded_piece piece;
    struct content_field content;
    struct date date, again;
    struct buf out;
    size_t column = 9;
    address_start(&addresses, value);
    while (address_next(&addresses, &address))
        require(address.offset + address.length <= value.len);
    address_finish(&addresses);
    encoded_start(&words, value);
    while (encoded_next(&words, &piece))
        require(piece.bytes.len <= value.len);
    encoded_finish(&words);
    content_type_parse(value, &content);
    content_free(&content);
    buf_init(&out, 20 * value.len + 100);
    if (date_parse(value, &date) == 0) {
        require(date_write(&date, &out) == 0 && date_parse(buf_span(&out), &again) == 0 &&
                date_to_unix(&again) == date_to_unix(&date));
        buf_clear(&out);
    }
    require(encoded_write(value, &column, &out) == 0);
    for (size_t i = 0; i < out.len; i++) /* every line but the first begins with white space: no field of its own */
        require(out.data[i] != '\n' || (i > 0 && out.data[i - 1] == '\r' && i + 1 < out.len && out.data[i + 1] == ' '));
    buf_free(&out);
}

static void message(struct span in)
{
    struct mime_tree tree;
    struct header_walk walk;
    struct header_field field;
    uint64_t offset = 0;
    mime_parse(in, &tree);
    for (size_t i = 0; i < tree.count; i++)
        require(tree.parts[i].body_offset + tree.parts[i].body_length <= in.len &&
                tree.parts[i].depth <= MIME_MAX_DEPTH);
    mime_free(&tree);
    header_start(&walk, in);
    while (header_next(&walk, &field)) {
        require(field.offset == offset);
        offset += field.length;
    }
}

static void smtp_server(struct span in)
{
    static const char *const recipients[] = { "a@x.test", "b@x.test" };
    struct smtp_client_options options = { .hello = "me", .starttls = SMTP_CLIENT_TLS_OFFERED };
    struct smtp_letter letter = { .sender = "c@x.test", .recipients = recipients, .count = 2 };
    struct smtp_client *client = smtp_client_new(&options);
    for (size_t at = 0; at < in.len; at++) {
        enum smtp_client_status status = smtp_client_feed(client, in.at + at, 1);
        if (status == SMTP_CLIENT_READY)
            status = smtp_client_mail(client, &letter);
        if (status == SMTP_CLIENT_START_TLS)
            smtp_client_tls_started(client, NULL);
        if (status == SMTP_CLIENT_MORE || status == SMTP_CLIENT_FAILED || status == SMTP_CLIENT_OVER)
            break;
        buf_clear(smtp_client_output(client));
    }
    smtp_client_free(client);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = { (const char *)data, size };
    transfer_encodings(in);
    values(in);
    message(in);
    smtp_server(in);
    return 0;
}
