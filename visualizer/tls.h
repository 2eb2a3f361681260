/*
 * tls.h - TLS: records, handshake messages, alerts, and what is inside.
 *
 * A tls_reader follows one connection from its ClientHello, on a port that
 * begins with TLS or after STARTTLS. Each record becomes a layer of its own on
 * the packet that completes it. With keys (tls_keys.h) the records are opened
 * and the plaintext of application data is handed on, as if TCP had carried
 * it, in a buffer of kind BUFFER_PLAINTEXT.
 *
 * What the exchange engine wants to know of a record stands in a tls_detail,
 * the layer's detail.
 */
#ifndef PLI_VISUALIZER_TLS_H
#define PLI_VISUALIZER_TLS_H

#include "visualizer/packet.h"
#include "visualizer/stream.h"
#include "visualizer/tls_suites.h"

enum { TLS_CHANGE_CIPHER_SPEC = 20, TLS_ALERT = 21, TLS_HANDSHAKE = 22, TLS_APPLICATION_DATA = 23,
       TLS_HEARTBEAT = 24 };

enum tls_message {
    TLS_HELLO_REQUEST = 0,
    TLS_CLIENT_HELLO = 1,
    TLS_SERVER_HELLO = 2,
    TLS_NEW_SESSION_TICKET = 4,
    TLS_END_OF_EARLY_DATA = 5,
    TLS_ENCRYPTED_EXTENSIONS = 8,
    TLS_CERTIFICATE = 11,
    TLS_SERVER_KEY_EXCHANGE = 12,
    TLS_CERTIFICATE_REQUEST = 13,
    TLS_SERVER_HELLO_DONE = 14,
    TLS_CERTIFICATE_VERIFY = 15,
    TLS_CLIENT_KEY_EXCHANGE = 16,
    TLS_FINISHED = 20,
    TLS_KEY_UPDATE = 24,
};

enum { TLS_MESSAGES_NOTED = 8 };

/* One record, and what is known of the connection by then. Texts are in the packet's arena. */
struct tls_detail {
    enum direction direction;
    uint8_t content;            /* TLS_HANDSHAKE ...: the true one if the record could be opened */
    bool enciphered;            /* the record is protected */
    bool opened;                /* and we have the key */
    uint8_t messages[TLS_MESSAGES_NOTED]; /* enum tls_message, in order */
    size_t message_count;
    uint8_t alert_level, alert_description; /* of an alert that can be read */
    uint16_t version;           /* agreed; 0 before the server's hello */
    const struct tls_suite *suite; /* agreed; NULL before, or unknown */
    const char *server_name;    /* the client asked for (SNI); NULL */
    const char *application;    /* ALPN that was agreed; NULL */
    const char *certificate;    /* the server's name in its certificate; NULL when it is not readable */
    bool resumed;               /* an earlier session goes on */
    bool retry;                 /* the hello is a HelloRetryRequest */
    bool renegotiation;         /* a handshake inside an established session */
};

/* Opened application data: as stream_ops.data, with positions that count plaintext. */
typedef void tls_plain(void *context, struct packet *packet, const struct stream_data *data);

struct tls_reader;

/* The stream's keys are used, if there are any. */
struct tls_reader *tls_reader_new(struct stream *stream, tls_plain *plain, void *context);
void tls_reader_free(struct tls_reader *reader);
void tls_reader_data(struct tls_reader *reader, struct packet *packet, const struct stream_data *data);
void tls_reader_gap(struct tls_reader *reader, struct packet *packet, enum direction direction, uint64_t length);
/* Was any plaintext handed on? */
bool tls_reader_opened(const struct tls_reader *reader);

/* A connection that begins with TLS; its plaintext goes to the application of the port, or to one it looks like. */
extern const struct stream_ops tls_stream_ops;

/* Do the first bytes look like a TLS record? */
bool tls_looks(enum direction direction, struct span first);

#endif
