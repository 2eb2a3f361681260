/*
 * password.h - asks for a password, without showing it, or reads it from a
 * file. Never from standard input: there the letter comes in.
 */
#ifndef PLI_CLIENT_PASSWORD_H
#define PLI_CLIENT_PASSWORD_H

#include "client/account.h"
#include "core/buf.h"

/* The first line of the file; NULL with a sentence in error. password_free() it. */
char *password_read(const char *path, struct buf *error);

/* From the person at the terminal; NULL with a sentence in error. */
char *password_ask(const struct account *account, struct buf *error);

/* Wipes it first. */
void password_free(char *password);

#endif
