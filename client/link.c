#include "link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/i18n.h"
#include "io/net.h"
#include "io/resolve.h"
#include "io/text.h"

/* One host: its addresses in turn. */
static int connect_host(struct link *link, const char *host, const struct channel_options *options, struct buf *error)
{
    struct net_address addresses[NET_MAX_ADDRESSES];
    size_t count;
    if (resolve_host(host, link->account->port, addresses, NET_MAX_ADDRESSES, &count, error) != RESOLVE_OK)
        return -1;
    link->channel = channel_connect(host, addresses, count, options, error);
    return link->channel != NULL ? 0 : -1;
}

/* The mail servers of a domain, the preferred one first, until one answers. */
static int connect_domain(struct link *link, const struct channel_options *options, struct buf *error)
{
    struct mail_host hosts[RESOLVE_MAX_MX];
    size_t count;
    int status = -1;
    if (resolve_mail(link->account->host, hosts, RESOLVE_MAX_MX, &count, error) != RESOLVE_OK)
        return -1;
    for (size_t i = 0; i < count && status != 0; i++) {
        buf_clear(error);
        status = connect_host(link, hosts[i].name, options, error);
    }
    return status;
}

int link_open(struct link *link, const struct account *account, enum watch_protocol protocol,
              const struct mail_watcher *watcher, int cancel_fd, struct buf *error)
{
    struct channel_options options = { .timeout = account->timeout, .cancel_fd = cancel_fd };
    *link = (struct link){ .account = account, .watcher = watcher };
    snprintf(link->security, sizeof link->security, "%s", _("in the clear"));
    if (watcher != NULL && watcher->line != NULL) {
        link->transcript = transcript_new(protocol, watcher);
        options.watch = transcript_saw;
        options.watch_context = link->transcript;
    }
    bool domain = account->protocol == ACCOUNT_SMTP && !account->port_given && strcmp(account->port, "25") == 0;
    int status = domain ? connect_domain(link, &options, error) : connect_host(link, account->host, &options, error);
    if (status == 0 && account->tls == ACCOUNT_TLS_IMPLICIT)
        status = link_start_tls(link, error);
    return status;
}

/* Is nothing lost when it is not known who ciphers? */
static bool may_be_unverified(const struct link *link)
{
    if (link->account->tls != ACCOUNT_TLS_OFFERED)
        return false;
    return link->account->user == NULL || link->account->clear_password || net_is_private(channel_peer(link->channel));
}

static void explain_certificate(const struct link *link, const char *problem, struct buf *error)
{
    struct tls_info info;
    tls_describe(channel_tls(link->channel), &info);
    char *subject = text_safe_copy(span_of(info.subject));
    buf_printf(error, _("the certificate of %s does not hold: %s (it is of %s, SHA-256 %s). If it is the right one, "
                        "trust it with --ca-file FILE, or take any with --accept-any-certificate"),
               channel_host(link->channel), problem, subject, info.fingerprint);
    free(subject);
}

static bool agrees(struct link *link, enum mail_consent what, const struct tls_info *info, const char *problem)
{
    const struct mail_watcher *watcher = link->watcher;
    return watcher != NULL && watcher->consent != NULL &&
           watcher->consent(watcher->context, what, channel_host(link->channel), info, problem);
}

static int judge(struct link *link, struct buf *error)
{
    struct tls_info info;
    const char *problem = tls_verified(channel_tls(link->channel)), *known = link->account->fingerprint;
    tls_describe(channel_tls(link->channel), &info);
    if (problem == NULL) {
        snprintf(link->security, sizeof link->security, _("%s, certificate verified"), info.version);
        return 0;
    }
    if (known != NULL && strcasecmp(known, info.fingerprint) == 0) {
        snprintf(link->security, sizeof link->security, _("%s, certificate trusted by you"), info.version);
        return 0;
    }
    if (link->account->accept_any || (known == NULL && may_be_unverified(link)) ||
        agrees(link, MAIL_CONSENT_CERTIFICATE, &info, problem)) {
        snprintf(link->security, sizeof link->security, _("%s, certificate not verified: %s"), info.version, problem);
        return 0;
    }
    explain_certificate(link, problem, error);
    return -1;
}

int link_start_tls(struct link *link, struct buf *error)
{
    link->context = net_client_tls(link->account->ca_file, error);
    if (link->context == NULL)
        return -1;
    if (channel_start_tls(link->channel, link->context) != 0) {
        buf_add_text(error, channel_error(link->channel));
        return -1;
    }
    if (link->transcript != NULL && link->account->tls != ACCOUNT_TLS_IMPLICIT)
        transcript_tls_started(link->transcript);
    return judge(link, error);
}

void link_close(struct link *link)
{
    channel_close(link->channel);
    tls_context_free(link->context);
    transcript_free(link->transcript);
    *link = (struct link){ .channel = NULL };
}

bool link_in_tls(const struct link *link)
{
    return channel_tls(link->channel) != NULL;
}

bool link_password_allowed(struct link *link)
{
    if (link_in_tls(link) || link->account->clear_password || net_is_private(channel_peer(link->channel)))
        return true;
    if (!link->asked)
        link->agreed = agrees(link, MAIL_CONSENT_CLEAR_PASSWORD, NULL, NULL);
    link->asked = true;
    return link->agreed;
}

void link_explain_clear(const struct link *link, struct buf *error)
{
    buf_printf(error, _("%s offers no TLS here, so the password would cross the network in the clear: use a port with "
                        "TLS (imaps:, pop3s:, smtps:), or allow it with --clear-password"),
               channel_host(link->channel));
}

bool link_lists(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; at != NULL && (at = strcasestr(at, word)) != NULL; at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

bool link_hides(const struct link *link, const char *capability)
{
    return link->watcher != NULL && link_lists(link->watcher->hide, capability);
}

int link_say(struct link *link, const char *verb, struct buf *text, struct buf *error)
{
    const struct mail_watcher *watcher = link->watcher;
    if (watcher != NULL && watcher->step != NULL && watcher->step(watcher->context, verb, text) == MAIL_STEP_DROP)
        return 1;
    return link_write(link, text->data, text->len, error);
}

int link_write(struct link *link, const void *data, size_t size, struct buf *error)
{
    if (channel_write(link->channel, data, size) == 0)
        return 0;
    buf_add_text(error, channel_error(link->channel));
    return -1;
}

long link_read(struct link *link, void *data, size_t size, struct buf *error)
{
    long got = channel_read(link->channel, data, size);
    if (got == 0)
        buf_printf(error, _("%s closed the connection"), channel_host(link->channel));
    else if (got < 0)
        buf_add_text(error, channel_error(link->channel));
    return got;
}
