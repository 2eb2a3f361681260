/*
 * values.h - the values of one dialogue, and the functions that make others.
 *
 * A value is any bytes under a name: from the command line, from a profile, or
 * captured from what the other side said. Functions are rows of a table in
 * functions.c.
 */
#ifndef PLI_LABS_DIALOGUE_VALUES_H
#define PLI_LABS_DIALOGUE_VALUES_H

#include "core/buf.h"
#include "core/sasl.h"
#include "fault.h"

struct values;

enum { VALUES_MAX = 500, VALUES_MAX_BYTES = 8 << 20 };

struct values *values_new(void);
struct values *values_copy(const struct values *values);
void values_free(struct values *values);

/* 0, or -1 when there are too many or too much. */
int values_set(struct values *values, const char *name, struct span value);
int values_set_text(struct values *values, const char *name, const char *text);
const struct span *values_get(const struct values *values, const char *name);    /* NULL: there is none */

/* The folder in which ${file ...} looks; kept as it is, not copied. */
void values_folder(struct values *values, const char *folder);
const char *values_path(const struct values *values, struct span name, char *path, size_t size);    /* NULL: too long */

/* Adds a value, or what a function makes of its arguments. 0, or -1 and a fault. */
int values_call(struct values *values, const char *name, const struct span *arguments, size_t count, struct buf *out,
                struct fault *fault);

/* The login under way: made by scram-first, driven by scram-next. */
struct values_login {
    struct sasl_client *client;
    struct sasl_credentials credentials;
    char *user, *password;
    char nonce[25];
};
struct values_login *values_login(struct values *values);
void values_login_end(struct values_login *login);

#endif
