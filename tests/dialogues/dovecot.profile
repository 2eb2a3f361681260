# What Dovecot 2.3, as tests/lib/peers.py configures it, lawfully lacks or does in its own way.
name: Dovecot 2.3
set: domain localhost
lacks: IMAP4REV2 STATUS-DELETED  -- Dovecot 2.3 speaks IMAP4rev1 (RFC 3501), which does not know these
lacks: ALL-CAPABILITIES  -- it announces others, as RFC 9051 §6.1.1 leaves to the server
lacks: SPECIAL-USE CREATE-SPECIAL-USE  -- the configuration of the test gives mailboxes no use (RFC 6154 §2: MAY)
lacks: RENAME-INBOX  -- it refuses, with [CANNOT]; RFC 9051 §6.3.6 lets RENAME fail
lacks: STRICT-CRLF  -- it is liberal: a bare LF ends a line, too
lacks: LONG-LINES  -- its limit is 64 KiB
except: imap/before-login.dialogue#20  -- it answers OK and enables nothing; RFC 5161 §3.1 and RFC 9051 §6.3.1 allow ENABLE only after the login
except: imap/code.dialogue#3  -- it says NO without a code: RFC 9051 §7.1 makes codes OPTIONAL, and RFC 3501 has none for this
except: imap/create-inbox.dialogue  -- it says OK although INBOX is there: RFC 9051 §6.3.4 calls that an error
except: imap/examine.dialogue  -- a STORE under EXAMINE is ignored and answered OK
except: imap/fetch-wrong.dialogue#8  -- a piece of no octets: an error by the grammar (nz-number), answered all the same
except: imap/long-line.dialogue  -- 100000 octets are not too long for it
except: imap/store-wrong.dialogue#1  -- a missing list of flags is taken as an empty one
except: imap/unknown-command.dialogue#4  -- NOOP with an argument is obeyed
lacks: STRICT-NUL UTF8 POP3-LOCK  -- a NUL is passed over; RFC 6856 is not known; several may read a mailbox at once (pop3_lock_session=no)
except: pop3/numbers-stay.dialogue  -- it looks into the Maildir when it is first asked, not at the login
except: pop3/user-without-name.dialogue  -- an empty name is refused only with its password
except: tls/pop3-forgets.dialogue  -- the name said before STLS counts after it: RFC 2595 §4 asks only the client to forget, RFC 3207 §4.2 both
