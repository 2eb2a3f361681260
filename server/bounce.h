/*
 * bounce.h - reports about letters: what became of them (RFC 3464).
 *
 * A report is a letter from nobody (the null sender, so that no report is ever
 * made about it that goes to another report) to the reverse path of the
 * letter, exactly as it was in the envelope (RFC 5321 §6.1): whoever put
 * information into it (VERP) gets it back. It has three parts (RFC 6522): text
 * for a person, fields for a program, and the letter or its header.
 *
 * What cannot be reported to the sender is reported to the postmaster, and
 * about such a report nobody gets another one.
 */
#ifndef PLI_SERVER_BOUNCE_H
#define PLI_SERVER_BOUNCE_H

#include "server/queue_envelope.h"
#include "server/session.h"

/*
 * Reports on each recipient whose `report` is not NONE; the caller clears that
 * afterwards. letter: a descriptor of the letter (LF line ends), or -1 when it
 * is lost. Where nobody is to be told, that counts as done. 0 when the reports
 * are safe, -1 when they could not be stored: try again later.
 */
int bounce_report(const struct session *session, const struct queue_envelope *about, int letter);

#endif
