/*
 * config_table.c - every parameter: its name, whose it is, its type, its
 * default and what it means. The order is that of enum config_id.
 *
 * "Postfix" rows mean what postconf(5) says, "Dovecot" rows what Dovecot's
 * settings reference says, "Pli" rows exist only here. Where the default
 * differs from theirs, it is so that a server starts without any file,
 * on the loopback interface, for an ordinary user.
 */
#include "server/config.h"

#include "core/words.h"

#define RESTRICTION_WORDS                                                             \
    "permit_mynetworks permit_auth_destination permit_sasl_authenticated "            \
    "reject_unauth_destination defer_unauth_destination permit reject defer"

const struct config_row config_table[CONFIG_COUNT] = {
    [CONFIG_MYHOSTNAME] = { "myhostname", CONFIG_POSTFIX, CONFIG_TEXT, "", NULL,
        N_("The name of this machine on the Internet; by default what the system calls it.") },
    [CONFIG_MYDOMAIN] = { "mydomain", CONFIG_POSTFIX, CONFIG_TEXT, "", NULL,
        N_("The domain of this machine; by default myhostname without its first part.") },
    [CONFIG_MYORIGIN] = { "myorigin", CONFIG_POSTFIX, CONFIG_TEXT, "$myhostname", NULL,
        N_("The domain that is added to addresses that have none.") },
    [CONFIG_INET_INTERFACES] = { "inet_interfaces", CONFIG_POSTFIX, CONFIG_LIST, "loopback-only", NULL,
        N_("The addresses on which mail is received by SMTP: all, loopback-only, or addresses; "
           "by default all with standard ports.") },
    [CONFIG_INET_PROTOCOLS] = { "inet_protocols", CONFIG_POSTFIX, CONFIG_LIST, "all", "all ipv4 ipv6",
        N_("Which versions of IP are used: all, ipv4, ipv6.") },
    [CONFIG_MYDESTINATION] = { "mydestination", CONFIG_POSTFIX, CONFIG_LIST,
        "$myhostname, localhost.$mydomain, localhost", NULL,
        N_("The domains whose letters are delivered to users of this machine.") },
    [CONFIG_MYNETWORKS] = { "mynetworks", CONFIG_POSTFIX, CONFIG_NETWORKS, "127.0.0.0/8 [::1]/128", NULL,
        N_("The networks whose machines are trusted: they may send letters anywhere.") },
    [CONFIG_MAIL_NAME] = { "mail_name", CONFIG_POSTFIX, CONFIG_TEXT, "Pli", NULL,
        N_("The name of the mail system, for the greeting and Received lines.") },
    [CONFIG_HOME_MAILBOX] = { "home_mailbox", CONFIG_POSTFIX, CONFIG_TEXT, "Maildir/", NULL,
        N_("Where letters are delivered, in the user's home; the slash at its end says Maildir.") },
    [CONFIG_SMTPD_BANNER] = { "smtpd_banner", CONFIG_POSTFIX, CONFIG_TEXT, "$myhostname ESMTP $mail_name", NULL,
        N_("The text after 220 in the greeting; it must begin with the host's name.") },
    [CONFIG_MESSAGE_SIZE_LIMIT] = { "message_size_limit", CONFIG_POSTFIX, CONFIG_NUMBER, "10485760", NULL,
        N_("The largest letter that is accepted, in octets; 0 for no limit.") },
    [CONFIG_SMTPD_SASL_AUTH_ENABLE] = { "smtpd_sasl_auth_enable", CONFIG_POSTFIX, CONFIG_FLAG, "yes", NULL,
        N_("Whether SMTP clients may log in.") },
    [CONFIG_SMTPD_SASL_TYPE] = { "smtpd_sasl_type", CONFIG_POSTFIX, CONFIG_CHOICE, "dovecot", "dovecot cyrus",
        N_("Whose users log in by SMTP; here they are always those of POP3 and IMAP, as with dovecot.") },
    [CONFIG_SMTPD_SASL_PATH] = { "smtpd_sasl_path", CONFIG_POSTFIX, CONFIG_TEXT, "private/auth", NULL,
        N_("Where Postfix asks Dovecot about passwords; not needed here, where both are one program.") },
    [CONFIG_SMTPD_SASL_LOCAL_DOMAIN] = { "smtpd_sasl_local_domain", CONFIG_POSTFIX, CONFIG_TEXT, "", NULL,
        N_("The domain of users who log in with a name without a domain.") },
    [CONFIG_SMTPD_SASL_SECURITY_OPTIONS] = { "smtpd_sasl_security_options", CONFIG_POSTFIX, CONFIG_LIST,
        "noanonymous", "noanonymous noplaintext",
        N_("Which ways to log in are not offered by SMTP: noplaintext leaves out PLAIN and LOGIN.") },
    [CONFIG_BROKEN_SASL_AUTH_CLIENTS] = { "broken_sasl_auth_clients", CONFIG_POSTFIX, CONFIG_FLAG, "no", NULL,
        N_("Whether AUTH is announced a second time, as AUTH=, for very old clients.") },
    [CONFIG_SMTPD_RECIPIENT_RESTRICTIONS] = { "smtpd_recipient_restrictions", CONFIG_POSTFIX, CONFIG_LIST,
        "permit_mynetworks, permit_auth_destination, permit_sasl_authenticated, reject", RESTRICTION_WORDS,
        N_("The rules that decide on each recipient, in order; the first that applies wins.") },
    [CONFIG_SMTPD_RECIPIENT_LIMIT] = { "smtpd_recipient_limit", CONFIG_POSTFIX, CONFIG_NUMBER, "1000", NULL,
        N_("How many recipients one letter may have.") },
    [CONFIG_SMTPD_TLS_CERT_FILE] = { "smtpd_tls_cert_file", CONFIG_POSTFIX, CONFIG_FILE, "tls/certificate.pem", NULL,
        N_("The certificate shown by SMTP, with its chain, as PEM; a self-made one is put there if there is none.") },
    [CONFIG_SMTPD_TLS_KEY_FILE] = { "smtpd_tls_key_file", CONFIG_POSTFIX, CONFIG_FILE, "tls/key.pem", NULL,
        N_("The private key of that certificate, as PEM.") },
    [CONFIG_RECIPIENT_DELIMITER] = { "recipient_delimiter", CONFIG_POSTFIX, CONFIG_TEXT, "+", NULL,
        N_("What separates a user's name from an extension: rachida+list is delivered to rachida.") },
    [CONFIG_ALIAS_MAPS] = { "alias_maps", CONFIG_POSTFIX, CONFIG_FILE, "aliases", NULL,
        N_("A file of lines `name: address, address` that names groups of recipients.") },
    [CONFIG_SMTPD_CLIENT_CONNECTION_COUNT_LIMIT] = { "smtpd_client_connection_count_limit", CONFIG_POSTFIX,
        CONFIG_NUMBER, "50", NULL,
        N_("How many SMTP connections one address may have at once; mynetworks are exempt; 0 for no limit.") },

    [CONFIG_LISTEN] = { "listen", CONFIG_DOVECOT, CONFIG_LIST, "127.0.0.1, ::1", NULL,
        N_("The addresses on which POP3 and IMAP are served: * is all of IPv4, :: all of IPv6; "
           "by default both with standard ports.") },
    [CONFIG_PROTOCOLS] = { "protocols", CONFIG_DOVECOT, CONFIG_LIST, "imap pop3", "imap pop3 lmtp",
        N_("Which protocols are served to readers.") },
    [CONFIG_DISABLE_PLAINTEXT_AUTH] = { "disable_plaintext_auth", CONFIG_DOVECOT, CONFIG_FLAG, "yes", NULL,
        N_("Whether a password may only be sent under TLS; within the machine it may always be sent, "
           "and by default from private networks, where labs are.") },
    [CONFIG_AUTH_MECHANISMS] = { "auth_mechanisms", CONFIG_DOVECOT, CONFIG_LIST, "plain login scram-sha-256",
        "plain login scram-sha-256 scram-sha-256-plus",
        N_("The ways to log in that are offered.") },
    [CONFIG_MAIL_LOCATION] = { "mail_location", CONFIG_DOVECOT, CONFIG_TEXT, "maildir:~/$home_mailbox", NULL,
        N_("Where POP3 and IMAP find a user's letters: maildir: and a path; ~ is the user's home, %u the name.") },
    [CONFIG_SSL] = { "ssl", CONFIG_DOVECOT, CONFIG_CHOICE, "yes", "yes no required",
        N_("Whether POP3 and IMAP offer TLS; required: nobody logs in without it.") },
    [CONFIG_SSL_CERT] = { "ssl_cert", CONFIG_DOVECOT, CONFIG_FILE, "$smtpd_tls_cert_file", NULL,
        N_("The certificate shown by POP3 and IMAP, as PEM; Dovecot wants < before the path.") },
    [CONFIG_SSL_KEY] = { "ssl_key", CONFIG_DOVECOT, CONFIG_FILE, "$smtpd_tls_key_file", NULL,
        N_("The private key of that certificate, as PEM.") },

    [CONFIG_PORTS] = { "ports", CONFIG_PLI, CONFIG_LIST, "user", NULL,
        N_("user: 2525 2587 2465 2110 2995 2143 2993; standard: 25 587 465 110 995 143 993; "
           "free: any; or name=number.") },
    [CONFIG_WORKERS] = { "workers", CONFIG_PLI, CONFIG_NUMBER, "64", NULL,
        N_("How many threads work for the connections; more of them can wait for the disk at once.") },
    [CONFIG_CONNECTIONS] = { "connections", CONFIG_PLI, CONFIG_NUMBER, "20000", NULL,
        N_("How many connections there may be at once, as far as the system has file descriptors.") },
};
