# The man pages, in English and French: included by the Makefile. Options are taken from --help as the programs print
# it, so that a page cannot tell anything else. Pages of commands that want the source tree are not installed:
# scripts/pli man COMMAND shows them.

.PHONY: man
RELEASED := 2026-11-24
MAN_NAMES := mailserver mailclient visualizer dialogue pli \
             $(addprefix pli-,$(shell scripts/pli --commands; scripts/pli --tree-commands))

man: $(foreach language,en fr,$(MAN_NAMES:%=build/man/$(language)/%.1) \
     build/man/$(language)/mailserver.conf.5) ## write the man pages into build/man

build/man/%.1: $(PROGRAMS) $(LOCALES) packaging/man-page packaging/help-to-man.awk $(wildcard packaging/man/* scripts/* labs/grader/*.py)
	@mkdir -p $(@D)
	packaging/man-page $(BIN) $(PREFIX) $(VERSION) $(RELEASED) $(notdir $(@D)) $(notdir $*) > $@.part
	mv $@.part $@
build/man/%/mailserver.conf.5: build/reference/%/configuration.md packaging/settings-page
	@mkdir -p $(@D)
	packaging/settings-page $(VERSION) $(RELEASED) $* $< > $@.part
	mv $@.part $@
