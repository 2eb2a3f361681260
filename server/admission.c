#include "admission.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/log.h"
#include "server/connection.h"
#include "server/listener.h"
#include "server/network.h"
#include "server/policy.h"

struct crowd {
    const struct sockaddr *peer;
    size_t count;
};

static void count_same_peer(void *context, const struct loop_entry *entry)
{
    struct crowd *crowd = context;
    crowd->count += network_same_address(connection_peer(entry), crowd->peer);
}

bool admission_allows(struct runtime *runtime, const struct config *config, const struct listener *listener,
                      const struct sockaddr *peer)
{
    long long limit = config_number(config, CONFIG_SMTPD_CLIENT_CONNECTION_COUNT_LIMIT);
    if (!listener_is_smtp(listener) || limit == 0 || policy_trusts(config, peer))
        return true;
    struct crowd crowd = { peer, 0 };
    loop_each(runtime->loop, count_same_peer, &crowd);
    return crowd.count < (size_t)limit;
}

void admission_turn_away(struct runtime *runtime, const struct listener *listener, int fd, const char *peer)
{
    const char *text = listener_busy(listener);
    log_line(runtime->server.log, listener->name, "too many connections, %s was turned away", peer);
    if (!listener->implicit_tls && send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
        shutdown(fd, SHUT_WR);
    close(fd);
}
