/*
 * tls_names.h - who is at the other end: the names in a certificate, and the
 * name a client expects there (RFC 6125, RFC 6066 §3). Used by tls.c only;
 * apart, since it knows X.509 and not records.
 */
#ifndef PLI_CORE_TLS_NAMES_H
#define PLI_CORE_TLS_NAMES_H

#include <openssl/ssl.h>

#include "tls.h"

/* Sends the name as SNI, and has the certificate checked against it; an address is checked and not sent. */
void tls_expect_name(SSL *ssl, const char *name);

/* Fills in subject, issuer, names, expires and fingerprint; NULL leaves them empty. */
void tls_describe_certificate(const X509 *certificate, struct tls_info *info);

#endif
