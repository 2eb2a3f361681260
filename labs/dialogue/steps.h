/*
 * steps.h - what the lines of a dialogue do: one function for each keyword.
 * Each answers an enum step_outcome.
 */
#ifndef PLI_LABS_DIALOGUE_STEPS_H
#define PLI_LABS_DIALOGUE_STEPS_H

#include "run.h"

int step_speech(struct run *run, const struct step *step);       /* speech.c */
int step_any_order(struct run *run, const struct step *step);
int step_connect(struct run *run, const struct step *step);      /* steps.c */
int step_close(struct run *run, const struct step *step);
int step_closed(struct run *run, const struct step *step);
int step_state(struct run *run, const struct step *step);
int step_pause(struct run *run, const struct step *step);
int step_silence(struct run *run, const struct step *step);
int step_within(struct run *run, const struct step *step);
int step_set(struct run *run, const struct step *step);
int step_same(struct run *run, const struct step *step);
int step_differ(struct run *run, const struct step *step);
int step_less(struct run *run, const struct step *step);
int step_tls(struct run *run, const struct step *step);          /* step_tls.c */
int step_tls_is(struct run *run, const struct step *step);
int step_deliver(struct run *run, const struct step *step);      /* maildir.c */
int step_maildir(struct run *run, const struct step *step);
int step_packets(struct run *run, const struct step *step);      /* packets.c */

/* TLS from the first byte on, as the ports for it want it. */
int step_tls_at_once(struct run *run, const struct step *step, struct session *session, const char *host);

#endif
