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

PACKAGES := openssl ncursesw libpcap jansson
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
OPTIMIZE := -O1 -g
SANITIZE := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
endif
ifneq ($(VARIANT),release)
BIN      := build/$(VARIANT)/bin
endif

OUT     := build/$(VARIANT)
CFLAGS  ?= $(OPTIMIZE)
ALL_CFLAGS  = -std=c11 -D_GNU_SOURCE -D_FORTIFY_SOURCE=0 -I. $(WARNINGS) $(CFLAGS) $(SANITIZE) -pthread \
              $(shell pkg-config --cflags $(PACKAGES)) -DPLI_VERSION='"$(VERSION)"' \
              -DPLI_LOCALEDIR='"$(PREFIX)/share/locale"' $(EXTRA)
ALL_LDFLAGS = $(LDFLAGS) $(SANITIZE) -pthread
LIBS        = $(shell pkg-config --libs $(PACKAGES)) -lresolv

CORE       := $(wildcard core/*.c)
IO         := $(wildcard io/*.c)
SERVER     := $(wildcard server/*.c)
CLIENT     := $(wildcard client/*.c)
VISUALIZER := $(wildcard visualizer/*.c)

objects = $(patsubst %.c,$(OUT)/%.o,$(1))
without_main = $(filter-out %/main.c,$(1))

PROGRAMS := $(if $(wildcard server/main.c),$(BIN)/mailserver) \
            $(if $(wildcard client/main.c),$(BIN)/mailclient) \
            $(if $(wildcard visualizer/main.c),$(BIN)/visualizer)
AREAS := $(foreach area,core io server client visualizer,$(if $(wildcard tests/unit/$(area)/*.c),$(area)))
UNITS := $(foreach area,$(AREAS),$(OUT)/unit-$(area))

.PHONY: all check asan tsan bench fuzz fuzzers clean install help units locale
.SECONDARY:

all: $(PROGRAMS) locale           ## build the programs into bin/
units: $(UNITS)                   ## build the unit test programs of this variant

$(BIN)/mailserver: $(call objects,$(CORE) $(IO) $(SERVER))
$(BIN)/mailclient: $(call objects,$(CORE) $(IO) $(CLIENT))
$(BIN)/visualizer: $(call objects,$(CORE) $(IO) $(VISUALIZER))

$(BIN)/%:
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# Unit tests: tests/unit/AREA/*.c become one program, with what that area may use.
unit_needs_core       :=
unit_needs_io         := $(IO)
unit_needs_server     := $(IO) $(SERVER)
unit_needs_client     := $(IO) $(CLIENT)
unit_needs_visualizer := $(IO) $(VISUALIZER)

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

install: all                      ## install below DESTDIR and PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin
	set -e; for mo in $(LOCALES); do \
	    install -D -m 644 $$mo $(DESTDIR)$(PREFIX)/share/locale/$${mo#build/locale/}; done

check:                            ## all tests (what scripts/check does after installing what it needs)
	scripts/check

clean:                            ## remove all that was built
	rm -rf build bin

help:                             ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
