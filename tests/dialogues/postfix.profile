# What Postfix 3.7, as tests/lib/peers.py configures it, lawfully lacks or does in its own way.
name: Postfix 3.7
set: domain peer.test
lacks: HELP  -- it has no HELP, which RFC 5321 §4.5.1 does not ask for
lacks: ALL-EXTENSIONS  -- it has no HELP to announce
lacks: KNOWN-USERS  -- local_recipient_maps is empty in this configuration: every user is accepted, and bounced later
lacks: NO-RELAY  -- mynetworks has loopback in it: who comes from there may send anywhere
lacks: SMALL-LIMIT  -- its limit of size is larger than the letter
lacks: STRICT-CRLF  -- smtpd_forbid_bare_newline is off in this version: the hole of SMTP smuggling
lacks: STRICT-NUL  -- a NUL ends the command, and is taken out of letters
lacks: STRICT-ASCII  -- with smtputf8_enable it accepts UTF-8 without being asked
lacks: LONG-LINES  -- a long line is cut at 2048 octets, and the rest is read as a command
except: smtp/mail-before-ehlo.dialogue#1  -- smtpd_helo_required is off: EHLO may be left out, though RFC 5321 §4.1.4 says MUST of a session with mail
except: smtp/bdat-syntax.dialogue  -- 521 and the end: it no longer knows where the chunk ends
except: smtp/mail-syntax.dialogue#6  -- two dots in a local part are accepted (strict_rfc821_envelopes is off)
except: smtp/no-argument.dialogue#2  -- QUIT is obeyed, whatever follows
except: smtp/unknown-command.dialogue#5  -- a line with a colon looks like a header to it (smtpd_forbidden_commands): 221 and the end
except: smtp/unknown-command.dialogue#6  -- bytes beyond ASCII are no command to it: 221 and the end
except: tls/smtp-forgets.dialogue#1  -- smtpd_helo_required is off
except: tls/old-version.dialogue  -- smtpd_tls_protocols allows TLS 1.0 and 1.1 in this version
