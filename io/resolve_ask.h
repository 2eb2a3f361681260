/*
 * resolve_ask.h - asks the system's resolver for the MX records of a domain.
 *
 * Two C libraries, two files, of which the Makefile takes one: glibc's
 * resolver keeps its state where the caller says, musl's has none.
 */
#ifndef PLI_IO_RESOLVE_ASK_H
#define PLI_IO_RESOLVE_ASK_H

/*
 * Puts the answer, a DNS message (RFC 1035 §4), into answer, which holds room
 * octets. Answers its size; -1 with the reason in *problem, one of netdb.h's
 * HOST_NOT_FOUND, NO_DATA, TRY_AGAIN, NO_RECOVERY. Any thread may ask.
 */
int resolve_ask(const char *domain, unsigned char *answer, int room, int *problem);

#endif
