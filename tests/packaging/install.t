#!/usr/bin/env bash
# make install, uninstall and dist: what is installed runs from there, in French too, and nothing of it stays behind.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LANGUAGE LC_ALL LC_MESSAGES
export LANG=C.UTF-8
variant=release
case $bin in
*/build/*/bin) variant=${bin%/bin} variant=${variant##*/} ;;
esac
there=$work/there
exec 8>build/pages.lock # others read the pages that are made here for another place
flock 8
rm -rf build/man

kit_make() {
    env -u MAKEFLAGS -u BIN make -s VARIANT="$variant" DESTDIR="$there" PREFIX=/opt/some/where "$@"
}

# As a user does who has never seen the source tree.
tried() {
    mkdir -p "$work/home"
    (unset BIN && cd "$work/home" && HOME=$work/home PATH=$there/opt/some/where/bin:$PATH \
        "$kit/packaging/try-installed" --short)
}

no_trace_of_the_tree() {
    ! grep -rlF -- "$kit" "$there/opt/some/where/share" "$there/opt/some/where/bin/pli"
}

nothing_left() {
    local left
    left=$(find "$there" ! -type d -o -name pli)
    echo "$left"
    [ -z "$left" ]
}

beside_others() {
    mkdir -p "$there/opt/some/where/share/locale/fr/LC_MESSAGES" &&
        echo other >"$there/opt/some/where/share/locale/fr/LC_MESSAGES/other.mo" && kit_make uninstall &&
        rm "$there/opt/some/where/share/locale/fr/LC_MESSAGES/other.mo"
}

dist() {
    git rev-parse HEAD && kit_make dist && sha256sum <build/pli-*.tar.gz >"$work/first" && kit_make dist &&
        sha256sum <build/pli-*.tar.gz | diff "$work/first" -
}

# Every file that git knows, and no other; complete for make.
dist_complete() {
    mkdir "$work/unpacked" && tar -C "$work/unpacked" -xzf build/pli-*.tar.gz || return
    (cd "$work"/unpacked/pli-* &&
        diff <(git -C "$kit" ls-tree -r --name-only HEAD | LC_ALL=C sort) \
            <(find . ! -type d -printf '%P\n' | LC_ALL=C sort) && make -n all units >/dev/null)
}

one_version() {
    local version
    version=$("$bin/mailserver" --version)
    version=${version##* }
    grep -q "^pli ($version) " debian/changelog && [ -e "build/pli-$version.tar.gz" ]
}

# What scripts/setup installs to build, the package asks for too; what every Debian build has goes without saying.
asks_for_all() {
    local package count=0
    while IFS= read -r package; do
        case $package in
        gcc | make | libc6-dev) continue ;;
        esac
        count=$((count + 1))
        grep -qw -- "$package" debian/control || { echo "$package"; return 1; }
    done < <(sed -n 's/^build|[^|]*|\([^|]*\)|.*/\1/p' scripts/setup)
    [ "$count" -gt 4 ]
}

kit=$PWD
plan 9
check "the package asks for all that building needs" asks_for_all
check "make install" kit_make install
check "the programs and scripts run from there, in French too" tried
check "no text that is installed names the source tree" no_trace_of_the_tree
check "make uninstall takes no file of others with it" beside_others
check "and leaves nothing" nothing_left
if git rev-parse HEAD >/dev/null 2>&1; then
    check "make dist gives the same archive twice" dist
    check "it holds every file that git knows, and make finds all it needs" dist_complete
    check "the package bears the same version" one_version
else
    for what in "make dist" "its files" "its version"; do
        skip "$what" "not a clone of git"
    done
fi
