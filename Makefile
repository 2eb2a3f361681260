# Pli: follow a letter through the seven layers. `make help` lists the targets.
#
# One Makefile for the whole kit. Objects go to build/VARIANT, programs of the
# release variant to bin/, those of the others to build/VARIANT/bin.

PREFIX  ?= /usr/local
DESTDIR ?=
ifeq ($(origin CC),default)
CC      := gcc
endif
VARIANT ?= release
VERSION := 0.1
FORTIFY ?= 0

PACKAGES := openssl ncursesw libpcap jansson libpcre2-8
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
OPTIMIZE := -O2 -g
SANITIZE :=
BIN      := bin

ifeq ($(VARIANT),asan)
OPTIMIZE := -O1 -g -fno-omit-frame-pointer
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined
else ifeq ($(VARIANT),tsan)
OPTIMIZE := -O1 -g
SANITIZE := -fsanitize=thread
else ifeq ($(VARIANT),fuzz)
CC       := clang
OPTIMIZE := -O1 -gline-tables-only
SANITIZE := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
endif
ifneq ($(VARIANT),release)
BIN      := build/$(VARIANT)/bin
endif

PACKAGE_CFLAGS := $(shell pkg-config --cflags $(PACKAGES))
PACKAGE_LIBS   := $(shell pkg-config --libs $(PACKAGES))

OUT     := build/$(VARIANT)
CFLAGS  ?= $(OPTIMIZE)
ALL_CFLAGS  = -std=c11 -D_GNU_SOURCE -D_FORTIFY_SOURCE=$(FORTIFY) -I. -Ibuild $(WARNINGS) $(CFLAGS) $(SANITIZE) \
              -pthread $(PACKAGE_CFLAGS) -DPLI_VERSION='"$(VERSION)"' \
              -DPLI_LOCALEDIR='"$(PREFIX)/share/locale"' $(EXTRA)
ALL_LDFLAGS = $(LDFLAGS) $(SANITIZE) -pthread
LIBS        = $(PACKAGE_LIBS) -lunistring -lresolv

# The resolver of the C library, which is glibc unless the compiler says musl.
RESOLVE_ASK := io/resolve_ask$(if $(findstring musl,$(CC) $(shell $(CC) -dumpmachine)),_musl).c

CORE       := \
    core/address.c core/arena.c core/base64.c core/buf.c core/content.c core/conversation.c core/date.c \
    core/encoded_word.c core/header.c core/html_text.c core/imap_command.c core/imap_lexer.c core/imap_name.c \
    core/imap_parse.c core/imap_response.c core/imap_set.c core/imap_state.c core/imap_thread.c \
    core/imap_thread_ids.c core/imap_tree.c core/imap_words.c core/line.c core/machine.c core/mailto.c core/mem.c \
    core/mime.c core/pop3_parse.c core/pop3_state.c core/pop3_words.c core/qp.c core/sasl.c core/sasl_login.c \
    core/sasl_plain.c core/sasl_scram.c core/scram.c core/scram_client.c core/scram_server.c core/scram_verifier.c \
    core/smtp_client.c core/smtp_client_letter.c core/smtp_client_login.c core/smtp_content.c core/smtp_offer.c \
    core/smtp_parse.c core/smtp_path.c core/smtp_state.c core/smtp_words.c core/subject.c core/tls.c \
    core/tls_names.c core/utf8.c core/watch.c core/watch_imap.c core/watch_pop3.c core/watch_smtp.c core/words.c
IO         := \
    io/area.c io/bind.c io/casemap.c io/catalogue.c io/channel.c io/charset.c io/command_line.c io/diagram.c \
    io/dialog.c io/durable.c io/edit.c io/help.c io/i18n.c io/keys.c io/list.c io/log.c io/menu.c io/net.c \
    io/page.c io/paint.c io/palette.c io/program.c io/prompt.c io/reader.c io/resolve.c $(RESOLVE_ASK) \
    io/restore.c io/screen.c io/socket.c io/terminfo.c io/text.c io/view.c io/work.c io/writer.c
SERVER     := \
    server/admission.c server/alias.c server/append.c server/arguments.c server/auth.c server/bounce.c \
    server/certificate.c server/config.c server/config_check.c server/config_table.c server/config_value.c \
    server/connection.c server/connection_speech.c server/delivery.c server/folder.c server/folder_headers.c \
    server/folder_index.c server/folder_scan.c server/handle_queue.c server/imapd.c server/imapd_append.c \
    server/imapd_copy.c server/imapd_fetch.c server/imapd_folders.c server/imapd_idle.c server/imapd_list.c \
    server/imapd_login.c server/imapd_news.c server/imapd_quota.c server/imapd_read.c server/imapd_search.c \
    server/imapd_search_keys.c server/imapd_search_text.c server/imapd_section.c server/imapd_select.c \
    server/imapd_sort.c server/imapd_store.c server/imapd_structure.c server/imapd_table.c server/imapd_thread.c \
    server/imapd_write.c server/letter.c server/listener.c server/login.c server/loop.c server/mailbox.c \
    server/mailbox_copy.c server/mailbox_header.c server/mailbox_share.c server/maildir.c server/main.c \
    server/narrate.c server/network.c server/notify.c server/policy.c server/pop3d.c server/pop3d_login.c \
    server/pop3d_maildrop.c server/queue.c \
    server/queue_command.c server/queue_envelope.c server/quota.c server/relay.c server/relay_dialogue.c \
    server/relay_job.c server/relay_route.c server/reply_text.c server/runtime.c server/serve.c server/session.c \
    server/smtpd.c server/smtpd_auth.c server/smtpd_commands.c server/smtpd_letter.c server/store.c \
    server/store_role.c server/user_command.c server/users.c
CLIENT     := \
    client/account.c client/accounts.c client/address_book.c client/body.c client/cache.c client/command_act.c \
    client/command_fetch.c client/command_read.c client/command_screen.c client/command_send.c client/commands.c \
    client/compose.c client/draft.c client/hops.c client/imap_dialogue.c client/imap_login.c client/letter.c \
    client/link.c client/mail_source.c client/main.c client/mua.c client/mua_act.c client/mua_call.c \
    client/mua_compose.c client/mua_consent.c client/mua_folders.c client/mua_index.c client/mua_list.c \
    client/mua_pager.c client/mua_parts.c client/mua_step.c client/mua_teach.c client/mua_wire.c client/options.c \
    client/order.c client/outbox.c client/outbox_send.c client/password.c client/pattern.c client/pattern_match.c \
    client/pattern_search.c client/people.c client/pop3_dialogue.c client/raw.c client/run.c client/send.c \
    client/source_imap.c client/source_imap_act.c client/source_imap_list.c client/source_maildir.c \
    client/source_maildir_folders.c client/source_pop3.c client/summary.c client/transcript.c client/wizard.c
VISUALIZER := \
    visualizer/consequence.c visualizer/consequence_kinds.c visualizer/consequence_other.c \
    visualizer/consequence_tcp.c visualizer/print_consequences.c \
    visualizer/application.c visualizer/arp.c visualizer/capture.c visualizer/capture_pcap.c \
    visualizer/capture_pcapng.c visualizer/chains.c \
    visualizer/checksum.c visualizer/cooked.c visualizer/data.c visualizer/dhcp.c \
    visualizer/dhcp_rows.c visualizer/dhcpv6.c visualizer/dhcpv6_rows.c visualizer/dns.c \
    visualizer/dns_name.c visualizer/dns_records.c visualizer/dns_rows.c \
    visualizer/ethernet.c visualizer/exchange.c visualizer/exchange_host.c visualizer/exchange_icmp.c \
    visualizer/exchange_letter.c visualizer/exchange_link.c visualizer/exchange_mail.c \
    visualizer/exchange_mail_tables.c visualizer/exchange_mail_words.c visualizer/exchange_name.c \
    visualizer/exchange_pending.c visualizer/exchange_tcp.c visualizer/exchange_tcp_state.c \
    visualizer/exchange_tls.c visualizer/exchange_wants.c visualizer/export.c visualizer/export_envelope.c \
    visualizer/export_html.c visualizer/export_machine.c visualizer/export_models.c visualizer/export_pcapng.c \
    visualizer/export_roles.c visualizer/export_svg.c visualizer/face.c visualizer/fields.c visualizer/filter.c \
    visualizer/filter_complete.c visualizer/filter_eval.c visualizer/filter_lex.c visualizer/filter_literal.c \
    visualizer/filter_operand.c visualizer/filter_own.c visualizer/filter_parse.c visualizer/filter_pattern.c \
    visualizer/filter_set.c visualizer/filter_slice.c visualizer/filter_time.c visualizer/filter_type.c \
    visualizer/filter_value.c \
    visualizer/filter_values.c visualizer/flow.c visualizer/ftp.c \
    visualizer/fragment.c visualizer/frame.c visualizer/http.c visualizer/http_rows.c \
    visualizer/icmpv4.c visualizer/icmpv6.c visualizer/icmpv6_options.c \
    visualizer/imap.c visualizer/ip.c visualizer/ipv4.c visualizer/ipv6.c visualizer/ipv6_extension.c \
    visualizer/layers.c visualizer/live.c visualizer/live_pcap.c visualizer/live_wire.c visualizer/llc.c \
    visualizer/loopback.c visualizer/mail_stream.c visualizer/main.c \
    visualizer/message.c visualizer/message_fields.c visualizer/nesting.c visualizer/notes.c visualizer/options.c \
    visualizer/packet.c \
    visualizer/path.c visualizer/pcapng_write.c visualizer/pdu_stream.c visualizer/pipeline.c visualizer/pop.c \
    visualizer/predict.c visualizer/print_exchanges.c \
    visualizer/print_fields.c visualizer/print_json.c visualizer/print_ladder.c visualizer/print_layers.c \
    visualizer/print_letter.c visualizer/print_machines.c visualizer/print_models.c visualizer/print_packets.c \
    visualizer/print_shares.c visualizer/protocols.c visualizer/secret.c visualizer/selection.c \
    visualizer/shares.c visualizer/smtp.c visualizer/stream.c visualizer/svg.c visualizer/tcp.c \
    visualizer/tcp_analysis.c visualizer/tcp_connection.c visualizer/tcp_options.c visualizer/tcp_rows.c \
    visualizer/telnet.c visualizer/text_line.c \
    visualizer/tls.c visualizer/tls_certificate.c visualizer/tls_crypto.c visualizer/tls_extensions.c \
    visualizer/tls_fields.c visualizer/tls_handshake.c visualizer/tls_ja3.c visualizer/tls_keys.c \
    visualizer/tls_state.c visualizer/tls_suites.c visualizer/trace.c \
    visualizer/tui.c visualizer/tui_bits.c visualizer/tui_bytes.c visualizer/tui_dialogue.c visualizer/tui_envelope.c \
    visualizer/tui_fields.c visualizer/tui_ladder.c visualizer/tui_lanes.c visualizer/tui_letter.c \
    visualizer/tui_limit.c visualizer/tui_live.c visualizer/tui_machine.c visualizer/tui_main.c \
    visualizer/tui_notes.c visualizer/tui_predict.c visualizer/tui_stack.c \
    visualizer/statistics.c visualizer/tui_state.c visualizer/tui_statistics.c \
    visualizer/tui_tls.c visualizer/tui_why.c visualizer/udp.c visualizer/vlan.c \
    visualizer/wire.c visualizer/wire_change.c visualizer/wire_control.c visualizer/wire_core.c \
    visualizer/wire_debug.c visualizer/wire_dissect.c visualizer/wire_fault.c visualizer/wire_note.c \
    visualizer/wire_options.c visualizer/wire_port.c visualizer/wire_record.c visualizer/wire_screen.c \
    visualizer/wire_switch.c \
    visualizer/wire_view.c visualizer/wire_watch.c
DIALOGUE   := \
    labs/dialogue/fault.c labs/dialogue/files.c labs/dialogue/functions.c labs/dialogue/headers.c \
    labs/dialogue/jobs.c labs/dialogue/keywords.c labs/dialogue/maildir.c labs/dialogue/main.c \
    labs/dialogue/options.c labs/dialogue/packets.c labs/dialogue/pattern.c labs/dialogue/profile.c \
    labs/dialogue/report.c labs/dialogue/report_json.c labs/dialogue/result.c labs/dialogue/run.c \
    labs/dialogue/script.c labs/dialogue/session.c labs/dialogue/settings.c labs/dialogue/speech.c \
    labs/dialogue/step_tls.c labs/dialogue/steps.c labs/dialogue/template.c labs/dialogue/values.c \
    labs/dialogue/wire.c

objects = $(patsubst %.c,$(OUT)/%.o,$(1))
without_main = $(filter-out %/main.c,$(1))

PROGRAMS := $(BIN)/mailserver $(BIN)/mailclient $(BIN)/visualizer $(BIN)/dialogue
AREAS    := core io server client visualizer dialogue
UNITS := $(foreach area,$(AREAS),$(OUT)/unit-$(area))

.PHONY: all lab-kit scenes hold same check asan tsan bench fuzz malformed fuzzers clean help units locale warnings
.SECONDARY:

all: $(PROGRAMS) locale           ## build the programs into bin/
units: $(UNITS)                   ## build the unit test programs of this variant

$(BIN)/mailserver: $(call objects,$(CORE) $(IO) $(SERVER))
$(BIN)/mailclient: $(call objects,$(CORE) $(IO) $(CLIENT))
$(BIN)/visualizer: $(call objects,$(CORE) $(IO) $(VISUALIZER))
$(BIN)/dialogue: $(call objects,$(CORE) $(IO) $(DIALOGUE))

# The page of --export html, as a string that export_html.c includes.
$(OUT)/visualizer/export_html.o: build/page.inc
build/page.inc: visualizer/page.html
	@mkdir -p $(@D)
	sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' $< > $@

$(BIN)/%:
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# What the labs that write a part of a program are built with: headers, objects and flags, no sources.
LAB_KIT := build/labs/kit
lab-kit: all $(LAB_KIT)/mailserver.a  ## what labs/grader builds submissions with
$(LAB_KIT)/mailserver.a: $(call objects,$(CORE) $(IO) $(SERVER))
	rm -rf $(LAB_KIT)
	mkdir -p $(LAB_KIT)/include
	cp --parents core/*.h io/*.h server/*.h $(LAB_KIT)/include
	echo $(filter-out -I% -DPLI%,$(ALL_CFLAGS)) > $(LAB_KIT)/cflags
	echo $(LIBS) > $(LAB_KIT)/libs
	ar rcs $@ $^

# Unit tests: tests/unit/AREA/*.c become one program, with what that area may use.
unit_needs_core       :=
unit_needs_io         := $(IO)
unit_needs_server     := $(IO) $(SERVER)
unit_needs_client     := $(IO) $(CLIENT)
unit_needs_visualizer := $(IO) $(VISUALIZER)
unit_needs_dialogue   := $(IO) $(DIALOGUE)

define unit_program
$(OUT)/unit-$(1): $$(call objects,$$(CORE) $$(call without_main,$$(unit_needs_$(1))) tests/unit/unit.c \
                  $$(wildcard tests/unit/$(1)/*.c))
	$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $$(shell pkg-config --libs check) $$(LIBS)
endef
$(foreach area,$(AREAS),$(eval $(call unit_program,$(area))))

$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

LOCALES := $(patsubst po/%.po,build/locale/%/LC_MESSAGES/pli.mo,$(wildcard po/*.po))
locale: $(LOCALES)                ## compile the translations
build/locale/%/LC_MESSAGES/pli.mo: po/%.po
	@mkdir -p $(@D)
	msgfmt --check-format -o $@ $<

asan:                             ## everything again under AddressSanitizer and UBSan, in build/asan
	$(MAKE) VARIANT=asan all units
tsan:                             ## the same under ThreadSanitizer, in build/tsan
	$(MAKE) VARIANT=tsan all units

SOURCES = $(CORE) $(IO) $(SERVER) $(CLIENT) $(VISUALIZER) $(DIALOGUE) $(REFERENCE) \
          $(wildcard tests/unit/*.c tests/unit/*/*.c)
warnings: build/page.inc          ## what the compiler CC has to say, without building
	printf '%s\n' $(SOURCES) | xargs -P $$(nproc) -n 8 $(CC) $(ALL_CFLAGS) -fsyntax-only

# Fuzzers: tests/fuzz/fuzz_NAME.c holds one LLVMFuzzerTestOneInput; what is found stays in build/fuzz/corpus.
FUZZERS      := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 600
fuzzers:                          ## build the fuzzers (clang) into build/fuzz
	$(MAKE) VARIANT=fuzz $(FUZZERS)
build/fuzz/fuzz_%: $(call objects,$(CORE) $(IO) $(call without_main,$(SERVER) $(VISUALIZER))) \
                   $(OUT)/tests/fuzz/fuzz_%.o
	$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)
fuzz: fuzzers                     ## fuzz every parser, FUZZ_SECONDS (600) each
	tests/fuzz/run $(FUZZ_SECONDS)
malformed: asan                   ## damage every recording in many more ways than the tests do
	BIN=build/asan/bin tests/visualizer/malformed.t --long

scenes: all                       ## play all scenes, in both languages
	ALL_SCENES=1 tests/run -t 900 tests/lab/scenes.t

include slides/slides.mk

hold: all                         ## hold packets for ten minutes: do the connections survive?
	HOLD=600 tests/run -t 1000 tests/lab/hold.t

same: all                         ## a script of faults ten times: is the list of exchanges the same?
	RUNS=10 PLACES=1 tests/run -t 900 tests/lab/same.t

check-labs: all                   ## prove the labs' grading: references, starters, every mutant
	scripts/check-labs

bench: all                        ## measure, beside peers in the same run
	tests/bench/wire
	scripts/bench

include tests/tests.mk
include packaging/install.mk
include reference/reference.mk
include packaging/man.mk

check:                            ## all tests (what scripts/check does after installing what it needs)
	scripts/check

clean:                            ## remove all that was built
	rm -rf build bin

help:                             ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(filter Makefile %.mk,$(MAKEFILE_LIST))

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
