# Installing, and what is handed to others: included by the Makefile.

.PHONY: install uninstall dist deb

INSTALLED = $$(packaging/files $(BIN) build/locale)

install: all man reference        ## install below DESTDIR and PREFIX
	set -e; list="$(INSTALLED)"; printf '%s\n' "$$list" | while read -r mode source place; do \
	    install -D -m "$$mode" "$$source" "$(DESTDIR)$(PREFIX)/$$place"; done

uninstall:                        ## remove what install has put there
	set -e; list="$(INSTALLED)"; printf '%s\n' "$$list" | while read -r mode source place; do \
	    rm -f "$(DESTDIR)$(PREFIX)/$$place"; done
	rm -rf "$(DESTDIR)$(PREFIX)/share/pli" "$(DESTDIR)$(PREFIX)/share/doc/pli"

# The files of the last commit, with its date, so that the same commit gives the same archive.
DIST := build/pli-$(VERSION).tar.gz
dist:                             ## pack the sources into build/pli-VERSION.tar.gz
	@mkdir -p build
	git archive --format=tar --prefix=pli-$(VERSION)/ HEAD | gzip -n -9 > $(DIST).part
	mv $(DIST).part $(DIST)

deb: dist                         ## a Debian package of the last commit, in build/deb
	rm -rf build/deb
	mkdir -p build/deb
	tar -C build/deb -xzf $(DIST)
	cd build/deb/pli-$(VERSION) && dpkg-buildpackage -us -uc
