/*
 * sasl_scram.h - SASL SCRAM-SHA-256 and -PLUS: scram_server.h and
 * scram_client.h behind the operations of every mechanism.
 */
#ifndef PLI_CORE_SASL_SCRAM_H
#define PLI_CORE_SASL_SCRAM_H

#include "sasl_ops.h"

extern const struct sasl_ops sasl_scram;

#endif
