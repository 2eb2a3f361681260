#include "resolve_ask.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

int resolve_ask(const char *domain, unsigned char *answer, int room, int *problem)
{
    struct __res_state state;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) {
        *problem = TRY_AGAIN;
        return -1;
    }
    state.retrans = 3; /* seconds: a person waits */
    state.retry = 2;
    int size = res_nquery(&state, domain, ns_c_in, ns_t_mx, answer, room);
    *problem = state.res_h_errno;
    res_nclose(&state);
    return size;
}
