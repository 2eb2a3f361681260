/*
 * layers.h - which layer? The two models, and for every kind of exchange the
 * kit's answer to two questions that are usually muddled:
 *
 *   lives at:  at which layer is the protocol whose bytes these are?
 *   serves:    whose job, as the models describe the jobs, does it do?
 *
 * The answers are data: a row has one sentence that a third-semester student
 * understands, the dispute where the field has one, and the source. Nothing
 * else in the kit decides about layers. Texts are N_(): translate them when
 * they are shown.
 */
#ifndef PLI_VISUALIZER_LAYERS_H
#define PLI_VISUALIZER_LAYERS_H

#include <stddef.h>

#include "core/buf.h"
#include "core/words.h"

enum { OSI_LAYERS = 7, TCPIP_LAYERS = 4 };

/* The TCP/IP model, numbered from below like the OSI layers. */
enum tcpip_layer { TCPIP_NETWORK_ACCESS = 1, TCPIP_INTERNET, TCPIP_TRANSPORT, TCPIP_APPLICATION };

struct model_layer {
    int number;          /* from below: OSI 1..7, TCP/IP 1..4 */
    const char *name;    /* "Data link" */
    char letter;         /* OSI: its digit; TCP/IP: A T I N, as the screens draw them */
    const char *unit;    /* what its data unit is called: "frame" */
    const char *does;    /* one sentence */
    const char *source;  /* "ITU-T X.200 §7.6" */
};

const struct model_layer *layers_osi(int number);            /* 1..7, or NULL */
const struct model_layer *layers_tcpip(int number);          /* 1..4, or NULL */
int layers_tcpip_of_osi(int osi);                            /* the TCP/IP layer that covers it */

/* Kinds of exchange: the rows, in the order of the table. */
enum layer_id {
    LAYER_WIRE,
    LAYER_FRAME,
    LAYER_ARP,
    LAYER_NEIGHBOUR,
    LAYER_ROUTER,
    LAYER_IP,
    LAYER_ICMP,
    LAYER_ICMP_PORT,
    LAYER_UDP,
    LAYER_TCP_OPEN,
    LAYER_TCP_DATA,
    LAYER_TCP_CLOSE,
    LAYER_DNS_ADDRESS,      /* A, AAAA */
    LAYER_DNS_MX,
    LAYER_DNS_OTHER,        /* PTR, TXT, NS ... */
    LAYER_DHCP,
    LAYER_TLS_HANDSHAKE,
    LAYER_TLS_RECORD,       /* records and alerts */
    LAYER_DIALOGUE,         /* greeting, QUIT, LOGOUT, BYE */
    LAYER_CAPABILITIES,
    LAYER_STARTTLS,
    LAYER_AUTHENTICATION,
    LAYER_ENVELOPE,
    LAYER_CONTENT,
    LAYER_TRANSPARENCY,     /* dot-stuffing, literals, CRLF */
    LAYER_MIME,
    LAYER_SELECT,           /* IMAP SELECT, EXAMINE, CLOSE, IDLE */
    LAYER_POP3_STATES,
    LAYER_MAILBOX,          /* LIST, SEARCH, STORE, STAT, DELE ...: work on the mailbox */
    LAYER_APPLICATION,      /* HTTP, FTP, TELNET, and applications that the kit does not know */
    LAYER_ID_COUNT
};

enum { SERVES_1 = 1 << 1, SERVES_2 = 1 << 2, SERVES_3 = 1 << 3, SERVES_4 = 1 << 4,
       SERVES_5 = 1 << 5, SERVES_6 = 1 << 6, SERVES_7 = 1 << 7 };

struct layer_row {
    enum layer_id id;
    const char *key;        /* "arp": stable, for scripts and JSON */
    const char *title;      /* N_() "ARP request and reply" */
    int osi;                /* lives at, 1..7 */
    int tcpip;              /* enum tcpip_layer */
    unsigned serves;        /* SERVES_n: whose work it does */
    const char *why;        /* N_(): one sentence */
    const char *dispute;    /* N_(), or NULL where nobody disputes */
    const char *source;     /* "RFC 826; RFC 1122 §2.3.2" */
};

const struct layer_row *layers_row(enum layer_id id);   /* never NULL for an id of the enum */
const struct layer_row *layers_row_by_key(struct span key);

/* "5,6": the layers of a mask, highest first, as --print exchanges gives them. Answers out. */
enum { LAYERS_SERVES_SIZE = 16 };
char *layers_serves(unsigned serves, char out[LAYERS_SERVES_SIZE]);

#endif
