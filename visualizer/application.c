#include "visualizer/application.h"

#include <string.h>

#include "visualizer/dns.h"

static const uint16_t dns_ports[] = { 53, 0 };

static const struct application applications[] = {
    { "DNS", PROTOCOL_DNS, dns_ports, false, &dns_stream_ops, NULL },
};

enum { COUNT = sizeof applications / sizeof applications[0] };

static bool has_port(const struct application *application, uint16_t port)
{
    if (application->ports != NULL)
        for (const uint16_t *known = application->ports; *known != 0; known++)
            if (*known == port)
                return true;
    return false;
}

const struct application *application_by_port(uint16_t port, bool tls)
{
    const struct application *found = NULL;
    for (size_t i = 0; i < COUNT; i++)
        if (has_port(&applications[i], port) && (found == NULL || applications[i].tls == tls))
            found = &applications[i];
    return found;
}

const struct application *application_by_bytes(enum direction direction, struct span first)
{
    for (size_t i = 0; i < COUNT; i++)
        if (applications[i].looks != NULL && applications[i].looks(direction, first))
            return &applications[i];
    return NULL;
}
