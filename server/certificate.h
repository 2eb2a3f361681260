/*
 * certificate.h - the certificate that a server makes for itself, so that TLS
 * works without any preparation.
 *
 * It is self-signed: nobody vouches for it, and clients say so until they are
 * given the file to trust (curl --cacert, tls_trust_file ...). It names
 * localhost, the loopback addresses and the host, so that with this trust the
 * check of the name succeeds.
 */
#ifndef PLI_SERVER_CERTIFICATE_H
#define PLI_SERVER_CERTIFICATE_H

#include "core/buf.h"
#include "server/config.h"

/*
 * Makes certificate and key where the settings expect them, unless there are
 * some already, or the settings name files of the user's own. One that we made and that has
 * expired is replaced. 0, or -1 with a line in errors.
 */
int certificate_ensure(const struct config *config, struct buf *errors);

#endif
