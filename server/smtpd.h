/*
 * smtpd.h - the SMTP server's side of a dialogue (RFC 5321, RFC 6409).
 *
 * core/smtp_parse reads, core/smtp_state says what is legal, and the session
 * decides: who may send to whom (policy.h), whether the letter is acceptable,
 * and when to say 250, which after the final dot means that the letter is on
 * stable storage. One struct session_ops serves the MTA's port and, with other
 * rules, the submission ports: which one it is, the listener tells.
 */
#ifndef PLI_SERVER_SMTPD_H
#define PLI_SERVER_SMTPD_H

#include "server/session.h"

extern const struct session_ops smtpd_ops;

#endif
