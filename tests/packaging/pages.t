#!/usr/bin/env bash
# The man pages and the reference pages: they say what the programs and the tables say, in both languages.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LANGUAGE LC_ALL LC_MESSAGES
export LANG=C.UTF-8
variant=release
case $bin in
*/build/*/bin) variant=${bin%/bin} variant=${variant##*/} ;;
esac
names="mailserver mailclient visualizer dialogue pli"
for name in $(scripts/pli --commands) $(scripts/pli --tree-commands); do
    names+=" pli-$name"
done

exec 8>build/pages.lock # make install writes them too, for another place
flock 8
rm -rf build/man

kit_make() {
    env -u MAKEFLAGS -u BIN make -s VARIANT="$variant" "$@"
}

help_of() {
    case $1 in
    pli*) BIN=$bin "scripts/${1#pli-}" --help ;;
    *) "$bin/$1" --help ;;
    esac
}

options() {
    grep -oE -- '(^|[^[:alnum:]-])--?[a-zA-Z][a-z-]*' | grep -oE -- '-.*' | LC_ALL=C sort -u
}

# The options of --help and those of the page, as it is read, are the same, and all that it says above them is there.
same_options() {
    local name=$1 language=$2
    LANGUAGE=$language help_of "$name" | options >"$work/help"
    sed 's/\\-/-/g' "build/man/$language/$name.1" | options >"$work/page"
    comm -23 "$work/help" "$work/page" >"$work/missing"
    cat "$work/missing"
    [ -s "$work/help" ] && [ ! -s "$work/missing" ]
}

every_page() {
    local language name
    for language in en fr; do
        for name in $names; do
            "$@" "$name" "$language" || { echo "$name, $language"; return 1; }
        done
    done
}

# The part that is written by hand has the same headings, and names the same other pages.
in_step() {
    [ "$2" = fr ] || return 0
    diff <(grep -c '^\.SH' "packaging/man/$1.en") <(grep -c '^\.SH' "packaging/man/$1.fr") &&
        diff <(grep '^\.BR .*([0-9]' "packaging/man/$1.en") <(grep '^\.BR .*([0-9]' "packaging/man/$1.fr")
}

well_formed() {
    local page said
    for page in build/man/*/*.[15]; do
        said=$(groff -man -Tutf8 -K utf8 -ww "$page" 2>&1 >/dev/null)
        [ -z "$said" ] || { printf '%s\n%s\n' "$page" "$said"; return 1; }
    done
}

linted() {
    mandoc -T lint -W warning build/man/*/*.[15]
}

# The settings that the server itself lists are those of the page.
settings() {
    diff <("$bin/mailserver" check-config --all |
        sed -n 's/^\([a-zA-Z0-9_]*\) =.*/\1/p' | LC_ALL=C sort) \
        <(sed -n '/^\.TP/{n;s/^\.B //p}' build/man/fr/mailserver.conf.5 |
            grep -v '^\(smtp\|submission\|pop3\|imap\)s\?$' | LC_ALL=C sort)
}

# Every name in a table of the source is in its page, in both languages.
words_of() {
    local page=$1 language
    shift
    sed -n "$@" | LC_ALL=C sort -u >"$work/words"
    for language in en fr; do
        # shellcheck disable=SC2016  # those of Markdown
        sed -n 's/^| `\([^`]*\)` |.*/\1/p' "build/reference/$language/$page.md" |
            awk '{ print; sub(/:$/, "", $1); print $1 }' | LC_ALL=C sort -u |
            LC_ALL=C comm -23 "$work/words" - >"$work/lacking"
        [ ! -s "$work/lacking" ] || { echo "$language, $page lacks:"; cat "$work/lacking"; return 1; }
    done
    [ "$(wc -l <"$work/words")" -gt 9 ]
}

all_words() {
    words_of smtp 's/^    { WORD_[A-Z]*, [^,]*, "\([A-Z0-9. =]*\)",.*/\1/p' core/smtp_words.c &&
        words_of pop3 's/^    { WORD_[A-Z]*, [^,]*, "\([A-Z0-9+-]*\)",.*/\1/p' core/pop3_words.c &&
        words_of fields 's/^ *\[[A-Z0-9_]*\] = { "\([a-z0-9_.]*\)", FIELD.*/\1/p' visualizer/*.c &&
        words_of dialogue 's/^    { "\([a-z0-9.-]*\)", VALUE_.*/\1/p' labs/dialogue/keywords.c &&
        words_of topologies 's/^[0-9][0-9]* [0-9][0-9]* \([a-z]*\).*/\1/p' scripts/lab/topologies.words &&
        words_of scenes 's/^[0-9][0-9]* [0-9][0-9]* \([a-z]*\).*/\1/p' scripts/lab/scenes.words &&
        words_of configuration 's/^    \[CONFIG_[A-Z0-9_]*\] = { "\([a-z0-9_]*\)",.*/\1/p' server/config_table.c
}

# Each row has as many cells as its head, and the French page as many rows as the English one.
even_tables() {
    local page
    for page in build/reference/en/*.md; do
        awk '/^\|/ { line = $0; gsub(/\\\|/, "", line); cells = gsub(/\|/, "", line)
                     if (wanted && cells != wanted) { print FILENAME ":" FNR ": " $0; bad = 1 } wanted = cells; next }
             { wanted = 0 } END { exit bad }' "$page" "${page/\/en\//\/fr\/}" || return 1
        diff <(grep -c '^|' "$page") <(grep -c '^|' "${page/\/en\//\/fr\/}") || return 1
    done
}

translated() {
    grep -q 'Le client dit qui il est' build/reference/fr/smtp.md &&
        grep -q 'The client says who' build/reference/en/smtp.md
}

again() {
    local page pages="build/man/en/mailserver.1 build/man/fr/pli-grade.1 build/man/fr/mailserver.conf.5"
    cp -r build/reference build/man "$work/" && rm -r build/reference || return
    for page in $pages; do
        rm "$page" || return
    done
    # shellcheck disable=SC2086  # several
    kit_make reference $pages && diff -r build/reference "$work/reference" && diff -r build/man "$work/man"
}

plan 11
check "make man reference" kit_make man reference
check "each option of --help is in its page, in both languages" every_page same_options
check "the French pages point where the English ones do" every_page in_step
if command -v groff >/dev/null; then
    check "groff has nothing to say against them" well_formed
else
    skip "groff has nothing to say" "groff is not installed"
fi
if command -v mandoc >/dev/null; then
    check "mandoc neither" linted
else
    skip "mandoc neither" "mandoc is not installed"
fi
check "mailserver.conf(5) has the settings that the server knows" settings
check "the reference pages have every word of the tables" all_words
check "and even tables" even_tables
check "in French too" translated
check "the state machines are drawn" test -s build/reference/fr/imap.svg
check "made again they are the same" again
