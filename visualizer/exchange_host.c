/*
 * exchange_host.c - the hosts of a capture and their names: from its name
 * resolution block, otherwise from the DNS answers that went by.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "io/text.h"
#include "visualizer/exchange_build.h"
#include "visualizer/trace.h"

struct host *host_of_text(struct exchange_list *list, const char *address)
{
    struct host *host = NULL;
    HASH_FIND_STR(list->hosts, address, host);
    if (host)
        return host;
    host = mem_alloc(sizeof *host);
    snprintf(host->address, sizeof host->address, "%s", address);
    snprintf(host->shown, sizeof host->shown, "%s", address);
    HASH_ADD_STR(list->hosts, address, host);
    return host;
}

static void write_address(const struct net_address *address, char out[HOST_ADDRESS])
{
    struct buf text;
    buf_init(&text, HOST_ADDRESS);
    net_address_write(address, &text);
    snprintf(out, HOST_ADDRESS, "%s", buf_text(&text));
    buf_free(&text);
}

struct host *host_of(struct exchange_list *list, const struct net_address *address)
{
    char text[HOST_ADDRESS];
    write_address(address, text);
    struct host *host = host_of_text(list, text);
    if (list->trace && host->rank != NAME_GIVEN && !host->asked) {
        host->asked = true;
        const char *name = trace_name(list->trace, address);
        if (name)
            host_name(list, address, span_of(name), NAME_GIVEN);
    }
    return host;
}

void exchange_names(struct exchange_list *list, const struct trace *trace)
{
    list->trace = trace;
}

void host_name(struct exchange_list *list, const struct net_address *address, struct span name, int rank)
{
    struct host *host = host_of(list, address);
    struct buf safe;
    if (name.len > 1 && name.at[name.len - 1] == '.')
        name.len--;
    if (rank <= host->rank || name.len == 0)
        return;
    buf_init(&safe, HOST_SHOWN - 1);
    text_safe(&safe, name.at, name.len);
    snprintf(host->shown, sizeof host->shown, "%s", buf_text(&safe));
    host->rank = rank;
    buf_free(&safe);
}

void hosts_free(struct exchange_list *list)
{
    struct host *host, *next;
    HASH_ITER(hh, list->hosts, host, next) {
        HASH_DEL(list->hosts, host);
        free(host);
    }
}
