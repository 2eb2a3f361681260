/*
 * wizard.h - the first start: who are you, and where is your mail? What is
 * answered becomes the first account of the accounts file.
 */
#ifndef PLI_CLIENT_WIZARD_H
#define PLI_CLIENT_WIZARD_H

#include "client/accounts.h"
#include "io/view.h"

/* Asks, adds an account and writes the file. 0; -1: the user gave up. That the file cannot be written is said. */
int wizard_run(struct views *views, const char *path, struct accounts *accounts);

#endif
