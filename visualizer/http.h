/*
 * http.h - the fields of HTTP/1 (RFC 9110, 9112), and between which files its decoder is shared:
 * http.c finds where messages end and reads their first lines, http_rows.c explains the fields and
 * knows the header fields.
 */
#ifndef PLI_VISUALIZER_HTTP_H
#define PLI_VISUALIZER_HTTP_H

#include "visualizer/packet.h"

enum {
    HTTP_REQUEST, HTTP_REQUEST_NUMBER, HTTP_METHOD, HTTP_URI, HTTP_PATH, HTTP_QUERY, HTTP_PARAMETER,
    HTTP_REQUEST_VERSION, HTTP_FULL_URI, HTTP_REQUEST_LINE, HTTP_RESPONSE, HTTP_RESPONSE_NUMBER, HTTP_RESPONSE_VERSION,
    HTTP_CODE, HTTP_CODE_TEXT, HTTP_PHRASE, HTTP_RESPONSE_LINE, HTTP_REQUEST_IN, HTTP_TIME, HTTP_RESPONSE_FOR,
    HTTP_HOST, HTTP_USER_AGENT, HTTP_ACCEPT, HTTP_ACCEPT_LANGUAGE, HTTP_ACCEPT_ENCODING, HTTP_CONNECTION,
    HTTP_CONTENT_TYPE, HTTP_CONTENT_LENGTH_HEADER, HTTP_CONTENT_LENGTH, HTTP_CONTENT_ENCODING, HTTP_TRANSFER_ENCODING,
    HTTP_COOKIE, HTTP_SET_COOKIE, HTTP_REFERER, HTTP_DATE, HTTP_SERVER, HTTP_LOCATION, HTTP_LAST_MODIFIED,
    HTTP_CACHE_CONTROL, HTTP_AUTHORIZATION, HTTP_WWW_AUTHENTICATE, HTTP_PROXY_AUTHORIZATION, HTTP_PROXY_AUTHENTICATE,
    HTTP_UPGRADE, HTTP_FORWARDED_FOR, HTTP_FIELDS
};

struct http_header {
    const char *name;       /* "Host" */
    unsigned row;
    bool secret;
};

extern const struct http_header http_headers[]; /* ends with a NULL name */
extern const struct field_row http_rows[HTTP_FIELDS];
const char *http_code_text(unsigned code);      /* "Not Found" (RFC 9110 §15); NULL */

#endif
