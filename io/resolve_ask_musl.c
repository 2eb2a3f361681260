/* resolve_ask_musl.c - resolve_ask.h with musl's resolver, which waits as /etc/resolv.conf says. */
#include "resolve_ask.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

int resolve_ask(const char *domain, unsigned char *answer, int room, int *problem)
{
    int size = res_query(domain, ns_c_in, ns_t_mx, answer, room);
    *problem = h_errno;
    return size;
}
