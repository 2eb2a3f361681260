#include "visualizer/application.h"

#include <string.h>

#include "visualizer/dns.h"
#include "visualizer/mail_stream.h"
#include "visualizer/pdu_stream.h"
#include "visualizer/tls.h"

static const uint16_t dns_ports[] = { 53, 0 };
/* The kit's own ports stand behind the standard ones. */
static const uint16_t smtp_ports[] = { 25, 587, 2525, 2587, 0 };
static const uint16_t smtps_ports[] = { 465, 2465, 0 };
static const uint16_t pop_ports[] = { 110, 2110, 0 };
static const uint16_t pops_ports[] = { 995, 2995, 0 };
static const uint16_t imap_ports[] = { 143, 2143, 0 };
static const uint16_t imaps_ports[] = { 993, 2993, 0 };
static const uint16_t http_ports[] = { 80, 3128, 8000, 8080, 0 };
static const uint16_t https_ports[] = { 443, 8443, 0 };
static const uint16_t ftp_ports[] = { 21, 2121, 0 };
static const uint16_t telnet_ports[] = { 23, 0 };
static const uint16_t tls_ports[] = { 853, 0 };

static const struct application applications[] = {
    { "DNS", PROTOCOL_DNS, dns_ports, false, &dns_stream_ops, NULL, NULL },
    { "SMTP", PROTOCOL_SMTP, smtp_ports, false, &smtp_stream_ops, smtp_looks, NULL },
    { "SMTP", PROTOCOL_SMTP, smtps_ports, true, &tls_stream_ops, NULL, &smtp_stream_ops },
    { "POP3", PROTOCOL_POP, pop_ports, false, &pop_stream_ops, pop_looks, NULL },
    { "POP3", PROTOCOL_POP, pops_ports, true, &tls_stream_ops, NULL, &pop_stream_ops },
    { "IMAP", PROTOCOL_IMAP, imap_ports, false, &imap_stream_ops, imap_looks, NULL },
    { "IMAP", PROTOCOL_IMAP, imaps_ports, true, &tls_stream_ops, NULL, &imap_stream_ops },
    { "HTTP", PROTOCOL_HTTP, http_ports, false, &http_stream_ops, http_looks, NULL },
    { "HTTP", PROTOCOL_HTTP, https_ports, true, &tls_stream_ops, NULL, &http_stream_ops },
    { "FTP", PROTOCOL_FTP, ftp_ports, false, &ftp_stream_ops, NULL, NULL },
    { "TELNET", PROTOCOL_TELNET, telnet_ports, false, &telnet_stream_ops, NULL, NULL },
    { "TLS", PROTOCOL_TLS, tls_ports, true, &tls_stream_ops, tls_looks, NULL },
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
