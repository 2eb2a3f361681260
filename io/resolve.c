#include "resolve.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "core/mem.h"
#include "i18n.h"
#include "resolve_ask.h"

enum { MAX_ANSWER = 65535 };

enum resolve_status resolve_host(const char *host, const char *port, struct net_address *addresses, size_t max,
                                 size_t *count, struct buf *error)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    struct addrinfo *list = NULL;
    *count = 0;
    /* This name is the loopback's, whatever files know (RFC 6761 §6.3): some systems have no /etc/hosts. */
    int status = getaddrinfo(strcasecmp(host, "localhost") == 0 ? NULL : host, port, &hints, &list);
    if (status == EAI_SERVICE) {
        buf_printf(error, _("there is no port \"%s\""), port);
        return RESOLVE_NO_NAME;
    }
    if (status == EAI_AGAIN || status == EAI_SYSTEM || status == EAI_MEMORY) {
        buf_printf(error, _("the name %s could not be looked up now: no name server answers"), host);
        return RESOLVE_TRY_AGAIN;
    }
    if (status != 0) {
        buf_printf(error, _("there is no host named %s"), host);
        return status == EAI_NODATA ? RESOLVE_NO_ADDRESS : RESOLVE_NO_NAME;
    }
    for (const struct addrinfo *info = list; info != NULL && *count < max; info = info->ai_next) {
        if (info->ai_addrlen > sizeof addresses->storage)
            continue;
        struct net_address *address = &addresses[(*count)++];
        *address = (struct net_address){ .length = info->ai_addrlen };
        memcpy(&address->storage, info->ai_addr, info->ai_addrlen);
    }
    freeaddrinfo(list);
    return RESOLVE_OK;
}

/* A little randomness for hosts of equal preference: the sender MUST spread the load (RFC 5321 §5.1). */
static unsigned mix(unsigned random, unsigned salt)
{
    unsigned value = random ^ salt * 2654435761u;
    value ^= value >> 15;
    value *= 2246822519u;
    return value ^ value >> 13;
}

static void sort_hosts(struct mail_host *hosts, size_t count, unsigned random)
{
    for (size_t i = 1; i < count; i++) {
        struct mail_host host = hosts[i];
        size_t at = i;
        while (at > 0 && hosts[at - 1].preference > host.preference) {
            hosts[at] = hosts[at - 1];
            at--;
        }
        hosts[at] = host;
    }
    for (size_t begin = 0; begin < count;) {
        size_t end = begin;
        while (end < count && hosts[end].preference == hosts[begin].preference)
            end++;
        for (size_t i = end - 1; i > begin; i--) {
            size_t other = begin + mix(random, (unsigned)i) % (i - begin + 1);
            struct mail_host host = hosts[i];
            hosts[i] = hosts[other];
            hosts[other] = host;
        }
        begin = end;
    }
}

enum resolve_status resolve_mail_answer(const unsigned char *answer, size_t size, unsigned random,
                                        struct mail_host *hosts, size_t max, size_t *count)
{
    ns_msg message;
    size_t found = 0;
    bool null_mx = false;
    *count = 0;
    if (size > MAX_ANSWER || ns_initparse(answer, (int)size, &message) != 0)
        return RESOLVE_TRY_AGAIN;
    for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
        ns_rr record;
        struct mail_host host = { .implicit = false };
        if (ns_parserr(&message, ns_s_an, i, &record) != 0)
            return RESOLVE_TRY_AGAIN;
        if (ns_rr_type(record) != ns_t_mx || ns_rr_rdlen(record) < 3)
            continue;
        host.preference = ns_get16(ns_rr_rdata(record));
        if (ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), ns_rr_rdata(record) + 2, host.name,
                               sizeof host.name) < 0)
            return RESOLVE_TRY_AGAIN;
        if (host.name[0] == '\0' || strcmp(host.name, ".") == 0)
            null_mx = true;
        else if (found < max)
            hosts[found++] = host;
    }
    *count = found;
    if (found == 0)
        return null_mx ? RESOLVE_NULL_MX : RESOLVE_NO_ADDRESS;
    sort_hosts(hosts, found, random);
    return RESOLVE_OK;
}

static enum resolve_status implicit(const char *name, struct mail_host *hosts, size_t *count)
{
    hosts[0] = (struct mail_host){ .implicit = true };
    snprintf(hosts[0].name, sizeof hosts[0].name, "%s", name);
    *count = 1;
    return RESOLVE_OK;
}

/* RFC 6761 §6.3: "localhost" is never asked of a name server. */
static bool is_local(const char *domain)
{
    size_t length = strlen(domain);
    return strcasecmp(domain, "localhost") == 0 || (length > 10 && strcasecmp(domain + length - 10, ".localhost") == 0);
}

static bool is_address(const char *text)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* No MX was found: does the domain itself have an address? hosts(5) counts, too. */
static enum resolve_status by_address(const char *domain, struct mail_host *hosts, size_t *count, struct buf *error)
{
    struct net_address address;
    size_t found;
    enum resolve_status status = resolve_host(domain, "25", &address, 1, &found, error);
    return status == RESOLVE_OK ? implicit(domain, hosts, count) : status;
}

enum resolve_status resolve_mail(const char *domain, struct mail_host *hosts, size_t max, size_t *count,
                                 struct buf *error)
{
    int problem = 0;
    unsigned random = 0;
    *count = 0;
    if (max == 0)
        return RESOLVE_TRY_AGAIN;
    if (is_local(domain) || is_address(domain))
        return implicit(domain, hosts, count);
    unsigned char *answer = mem_alloc(MAX_ANSWER);
    int size = resolve_ask(domain, answer, MAX_ANSWER, &problem);
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
        random = 1;
    enum resolve_status status = RESOLVE_NO_ADDRESS;
    if (size >= 0)
        status = resolve_mail_answer(answer, (size_t)size, random, hosts, max, count);
    else if (problem != HOST_NOT_FOUND && problem != NO_DATA)
        status = RESOLVE_TRY_AGAIN;
    free(answer);
    if (status == RESOLVE_NULL_MX)
        buf_printf(error, _("%s takes no mail: its MX record says so (RFC 7505)"), domain);
    else if (status == RESOLVE_TRY_AGAIN)
        buf_printf(error, _("the mail server of %s could not be looked up now: no name server answers"), domain);
    else if (status == RESOLVE_NO_ADDRESS) /* RFC 5321 §5.1: the implicit MX */
        status = by_address(domain, hosts, count, error);
    return status;
}
