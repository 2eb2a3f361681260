/*
 * sasl_plain.h - SASL PLAIN (RFC 4616): one message, authzid NUL user NUL password.
 * The password crosses the wire as it is, so it belongs under TLS.
 */
#ifndef PLI_CORE_SASL_PLAIN_H
#define PLI_CORE_SASL_PLAIN_H

#include "sasl_ops.h"

extern const struct sasl_ops sasl_plain;

#endif
