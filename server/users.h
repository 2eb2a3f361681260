/*
 * users.h - the people who have a mailbox here.
 *
 * A text file, one user a line:
 *
 *     rachida:SCRAM-SHA-256$4096:SALT$STORED-KEY:SERVER-KEY
 *
 * The password itself is nowhere: the keys are those of RFC 5802 §3, so that
 * PLAIN, LOGIN, USER/PASS and SCRAM all verify against the same line. The
 * file is replaced as a whole, never changed in place, and read again when it
 * has changed. All functions may be called from several threads, and by
 * several programs (mailserver user add, while the server runs).
 *
 * A verifier costs thousands of HMACs by design; a password that was found
 * right is remembered as a keyed hash (never stored), so the next login costs
 * one. Wrong ones always pay in full.
 */
#ifndef PLI_SERVER_USERS_H
#define PLI_SERVER_USERS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/scram_verifier.h"

enum {
    USERS_NAME_MAX = 64,
    USERS_PASSWORD_MAX = 1024,
};

struct users;

/* The file need not exist yet. 0, or -1 with a full sentence in `error`. */
int users_open(struct users **users, const char *file, struct buf *error);
void users_close(struct users *users);

/* Is there such a user? Names are kept in lower case and found in any. */
bool users_exists(struct users *users, struct span name);

/* Is this the user's password? An unknown user takes as long as a wrong password. */
bool users_check(struct users *users, struct span name, struct span password);

/*
 * The verifier for SCRAM. 0; -1 for an unknown user, with a verifier that no
 * password fits and that is the same each time (RFC 5802 §9: do not tell).
 */
int users_verifier(struct users *users, struct span name, struct scram_verifier *verifier);

/* Why a new user's name or password is not acceptable: a full sentence N_(), or NULL when it is. */
const char *users_name_fault(struct span name);
const char *users_password_fault(struct span name, struct span password);

/* Durable when they answer 0; otherwise -1 with a full sentence in `error`. */
int users_add(struct users *users, struct span name, struct span password, struct buf *error);
int users_set_password(struct users *users, struct span name, struct span password, struct buf *error);
int users_remove(struct users *users, struct span name, struct buf *error);

/* The names, one a line, sorted. */
int users_list(struct users *users, struct buf *out);

#endif
