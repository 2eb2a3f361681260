# The reference pages, written from the tables that the programs read: included by the Makefile.
#
# The writer is linked with what it needs of all areas, out of an archive: siblings know nothing of each other and
# may use the same names.

.PHONY: reference

REFERENCE := reference/main.c reference/markdown.c reference/protocol.c reference/tables.c reference/dialogue.c
REFERENCE_WRITER := $(OUT)/tools/reference
REFERENCE_PAGES  := index smtp pop3 imap layers fields keys configuration dialogue topologies scenes

$(OUT)/tools/tables.a: $(call objects,$(CORE) $(IO) $(call without_main,$(SERVER) $(CLIENT) $(VISUALIZER) $(DIALOGUE)))
	@mkdir -p $(@D)
	rm -f $@
	ar rcs $@ $^
$(REFERENCE_WRITER): $(call objects,$(REFERENCE)) $(OUT)/tools/tables.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

reference: $(foreach language,en fr,$(REFERENCE_PAGES:%=build/reference/$(language)/%.md)) \
           $(foreach language,en fr,$(patsubst %,build/reference/$(language)/%.svg,smtp pop3 imap)) ## the pages

build/reference/%.md: $(REFERENCE_WRITER) $(LOCALES) $(wildcard scripts/lab/*.words) reference/words
	@mkdir -p $(@D)
	LANGUAGE=$(notdir $(@D)) $(REFERENCE_WRITER) $(notdir $*) > $@.whole
	test ! -e scripts/lab/$(notdir $*).words || LANGUAGE=$(notdir $(@D)) reference/words $(notdir $*) >> $@.whole
	cat -s $@.whole > $@.part
	rm $@.whole
	mv $@.part $@
build/reference/%.svg: $(BIN)/visualizer $(LOCALES)
	@mkdir -p $(@D)
	LANGUAGE=$(notdir $(@D)) $(BIN)/visualizer --export machine $@ $(notdir $*)
