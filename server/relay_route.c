/*
 * relay_route.c - from a destination to the servers that take its letters
 * (RFC 5321 §5): MX hosts by preference, their addresses, and none that are
 * as far from the destination as we are.
 */
#include "server/relay_parts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/words.h"
#include "server/network.h"

int relay_split(const char *destination, char host[RESOLVE_NAME], char port[16], bool *literal)
{
    const char *end;
    size_t length;
    *literal = destination[0] == '[';
    if (*literal) {
        destination++;
        end = strchr(destination, ']');
        if (end == NULL)
            return -1;
        if (strncasecmp(destination, "IPv6:", 5) == 0)
            destination += 5;
        length = (size_t)(end - destination);
        end++;
    } else {
        length = strcspn(destination, ":");
        end = destination + length;
    }
    if (length == 0 || length >= RESOLVE_NAME || (*end != '\0' && *end != ':'))
        return -1;
    memcpy(host, destination, length);
    host[length] = '\0';
    snprintf(port, 16, "%s", *end == ':' ? end + 1 : "25");
    return *port != '\0' && strlen(port) < 15 ? 0 : -1;
}

struct routing {
    struct relay *relay;
    const struct config *config;
    const char *port;
    struct relay_target *targets;
    unsigned preferences[RELAY_TARGETS];
    size_t count;
    bool try_again;          /* the address of one could not be looked up now */
};

static bool family_is_used(const struct config *config, int family)
{
    const char *word;
    for (size_t i = 0; (word = config_word(config, CONFIG_INET_PROTOCOLS, i)) != NULL; i++)
        if (strcmp(word, "all") == 0 || strcmp(word, family == AF_INET ? "ipv4" : "ipv6") == 0)
            return true;
    return false;
}

static bool is_own(const struct relay *relay, const struct net_address *address)
{
    const struct sockaddr *peer = (const struct sockaddr *)&address->storage;
    char text[48];
    unsigned short port;
    size_t count;
    const struct listener_socket *sockets = relay_own(relay, &count);
    network_text(peer, text, sizeof text, &port);
    for (size_t i = 0; i < count; i++) {
        const struct listener_socket *own = &sockets[i];
        if (!listener_is_smtp(&listener_table[own->listener]) || own->port != port)
            continue;
        bool any = strcmp(own->address, "0.0.0.0") == 0 || strcmp(own->address, "::") == 0;
        if (any ? net_is_ours(address) : strcmp(own->address, text) == 0)
            return true;
    }
    return false;
}

/* The addresses of one host join the list. Answers true when the host is ourselves. */
static bool add_host(struct routing *routing, const struct mail_host *host)
{
    struct net_address addresses[8];
    size_t count;
    struct buf unheard;
    const char *ourselves = config_text(routing->config, CONFIG_MYHOSTNAME);
    if (strcasecmp(host->name, ourselves) == 0 && strcmp(routing->port, "25") == 0)
        return true;
    buf_init(&unheard, 600);
    enum resolve_status status = resolve_host(host->name, routing->port, addresses, 8, &count, &unheard);
    buf_free(&unheard);
    routing->try_again |= status == RESOLVE_TRY_AGAIN;
    for (size_t i = 0; i < count; i++)
        if (is_own(routing->relay, &addresses[i]))
            return true;
    for (size_t i = 0; i < count && routing->count < RELAY_TARGETS; i++) {
        if (!family_is_used(routing->config, addresses[i].storage.ss_family))
            continue;
        struct relay_target *target = &routing->targets[routing->count];
        *target = (struct relay_target){ .address = addresses[i], .wrapped = strcmp(routing->port, "465") == 0 };
        snprintf(target->host, sizeof target->host, "%s", host->name);
        routing->preferences[routing->count++] = host->preference;
    }
    return false;
}

/* RFC 5321 §5.1: a server that finds itself in the list drops what is not nearer to the destination than itself. */
static bool add_hosts(struct routing *routing, const struct mail_host *hosts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!add_host(routing, &hosts[i]))
            continue;
        while (routing->count > 0 && routing->preferences[routing->count - 1] >= hosts[i].preference)
            routing->count--;
        return true;
    }
    return false;
}

/* RFC 3463 and RFC 7505 §4.2 have the codes. */
static const struct {
    enum relay_result result;
    const char *status;
} failures[] = {
    [RESOLVE_OK] = { RELAY_LATER, "4.4.0" },
    [RESOLVE_NO_NAME] = { RELAY_NEVER, "5.1.2" },
    [RESOLVE_NO_ADDRESS] = { RELAY_NEVER, "5.1.2" },
    [RESOLVE_NULL_MX] = { RELAY_NEVER, "5.1.10" },
    [RESOLVE_TRY_AGAIN] = { RELAY_LATER, "4.4.3" },
};

size_t relay_route(struct relay *relay, const struct config *config, const char *destination,
                   struct relay_target targets[RELAY_TARGETS], struct relay_outcome *outcome)
{
    struct mail_host hosts[RESOLVE_MAX_MX] = { { .implicit = true } };
    char host[RESOLVE_NAME], port[16];
    bool literal;
    size_t count = 1;
    struct buf error;
    struct routing routing = { .relay = relay, .config = config, .port = port, .targets = targets };
    if (relay_split(destination, host, port, &literal) != 0) {
        relay_outcome_set(outcome, RELAY_NEVER, 0, "5.1.2", NULL, N_("the destination is not the name of a host"));
        return 0;
    }
    snprintf(hosts[0].name, sizeof hosts[0].name, "%s", host);
    buf_init(&error, 1000);
    enum resolve_status status = RESOLVE_OK;
    if (!literal)
        status = resolve_mail(host, hosts, RESOLVE_MAX_MX, &count, &error);
    if (status != RESOLVE_OK)
        relay_outcome_set(outcome, failures[status].result, 0, failures[status].status, NULL, buf_text(&error));
    else if (add_hosts(&routing, hosts, count) && routing.count == 0)
        relay_outcome_set(outcome, RELAY_NEVER, 0, "5.4.6", NULL,
                          N_("the DNS (or relayhost) says that this very server takes the letters of that domain, "
                             "which it does not know as its own (mydestination): they would go round in circles"));
    else if (routing.count == 0 && routing.try_again)
        relay_outcome_set(outcome, RELAY_LATER, 0, "4.4.3", NULL,
                          N_("the address of the mail server could not be looked up now"));
    else if (routing.count == 0)
        relay_outcome_set(outcome, RELAY_NEVER, 0, "5.4.4", NULL,
                          N_("the mail server of that domain has no address that can be used"));
    buf_free(&error);
    return routing.count;
}
