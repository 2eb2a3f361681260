/*
 * content.h - the structured MIME fields: Content-Type (RFC 2045 §5.1),
 * Content-Disposition (RFC 2183), Content-Transfer-Encoding (RFC 2045 §6),
 * with parameters that continue, carry a charset or are percent-coded
 * (RFC 2231).
 *
 * A content_field is owned by the caller: names and values are decoded
 * copies, so that the header may go. Parameters in the pieces of RFC 2231
 * (name*0*=, name*1=) are put together; the result has the plain name.
 */
#ifndef PLI_CORE_CONTENT_H
#define PLI_CORE_CONTENT_H

#include <stdbool.h>

#include "buf.h"

enum {
    CONTENT_MAX_PARAMETERS = 64, /* more are dropped, and said by a flag */
    CONTENT_MAX_VALUE = 8192,    /* a value that is put together may not exceed this */
};

enum content_flag {
    CONTENT_BAD = 1,        /* the value or a parameter could not be read; what could, is there */
    CONTENT_DUPLICATE = 2,  /* a parameter given twice; the first holds */
    CONTENT_TOO_MANY = 4,
    CONTENT_MISSING = 8,    /* there was no such field: defaults */
};

struct content_parameter {
    char *name;       /* lower case, without * and number */
    char *value;      /* with NUL bytes taken out */
    size_t length;
    char *charset;    /* RFC 2231, else NULL */
    char *language;
};

struct content_field {
    char *type;       /* lower case: "text", "multipart"; of a disposition: "attachment" */
    char *subtype;    /* lower case: "plain"; NULL for a disposition */
    struct content_parameter *parameters;
    size_t count;
    unsigned flags;
};

/* Fills field whatever the value is; free it. An unreadable type becomes text/plain (RFC 2045 §5.2). */
void content_type_parse(struct span value, struct content_field *field);
void content_disposition_parse(struct span value, struct content_field *field);
void content_free(struct content_field *field);

const struct content_parameter *content_parameter(const struct content_field *field, const char *name);
bool content_is(const struct content_field *field, const char *type, const char *subtype); /* subtype NULL: any */

enum content_encoding { CONTENT_7BIT, CONTENT_8BIT, CONTENT_BINARY, CONTENT_QP, CONTENT_BASE64, CONTENT_UNKNOWN };

enum content_encoding content_encoding_parse(struct span value);
const char *content_encoding_name(enum content_encoding encoding);

/* Decodes a body as a whole. Never fails but for out being full: unknown encodings are copied. */
int content_decode(enum content_encoding encoding, struct span body, struct buf *out);

/* Writes `; name=value`, quoted or percent-coded in UTF-8 and cut into pieces as needed (RFC 2231). */
int content_write_parameter(const char *name, struct span value, struct buf *out);

#endif
