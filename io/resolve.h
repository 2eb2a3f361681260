/*
 * resolve.h - from names to addresses, and from mail domains to mail servers.
 *
 * resolve_host asks the system (files and DNS, in the order that RFC 6724
 * gives). resolve_mail finds who takes mail for a domain, as RFC 5321 §5.1
 * says: its MX hosts, by preference; the domain itself when it has no MX; and
 * nobody at all when its MX is "." (RFC 7505).
 */
#ifndef PLI_IO_RESOLVE_H
#define PLI_IO_RESOLVE_H

#include <stddef.h>

#include "core/buf.h"
#include "net.h"

enum resolve_status {
    RESOLVE_OK,
    RESOLVE_NO_NAME,      /* no such host or domain: permanent */
    RESOLVE_NO_ADDRESS,   /* the name exists, without an address (or MX) */
    RESOLVE_NULL_MX,      /* the domain takes no mail */
    RESOLVE_TRY_AGAIN,    /* no answer, or a failing name server: temporary */
};

/* port: a number or a service name. On failure a sentence is added to error. */
enum resolve_status resolve_host(const char *host, const char *port, struct net_address *addresses, size_t max,
                                 size_t *count, struct buf *error);

enum { RESOLVE_MAX_MX = 32, RESOLVE_NAME = 256 };

struct mail_host {
    unsigned preference;          /* the lowest is tried first */
    char name[RESOLVE_NAME];
    bool implicit;                /* no MX: the domain itself */
};

/* domain: a name, or an address without brackets. On failure a sentence is added to error. */
enum resolve_status resolve_mail(const char *domain, struct mail_host *hosts, size_t max, size_t *count,
                                 struct buf *error);

/* What resolve_mail does with the DNS answer; random decides the order of equals. NO_ADDRESS: there is no MX in it. */
enum resolve_status resolve_mail_answer(const unsigned char *answer, size_t size, unsigned random,
                                        struct mail_host *hosts, size_t max, size_t *count);

#endif
