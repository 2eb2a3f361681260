/*
 * sasl_login.h - SASL LOGIN: the server asks "Username:", then "Password:".
 * Never a standard (draft-murchison-sasl-login), yet what the deck's Dovecot
 * line "auth_mechanisms = plain login" is about; some clients know no other.
 */
#ifndef PLI_CORE_SASL_LOGIN_H
#define PLI_CORE_SASL_LOGIN_H

#include "sasl_ops.h"

extern const struct sasl_ops sasl_login;

#endif
