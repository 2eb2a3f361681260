#!/usr/bin/env bash
# scripts/typography: finds each kind of offence, lets good texts pass, and mends what it says it mends.
# shellcheck source=tests/lab/tap.sh disable=SC2016,SC1112  # backquotes and curly apostrophes are what is tested
. tests/lab/tap.sh

mkdir -p "$work/scripts" "$work/slides" "$work/po" "$work/docs"
cp scripts/typography scripts/words.* "$work/scripts/"

python=$(python3 -c 'import sys; print(sys.executable)')

looks() {
    "$python" "$work/scripts/typography" "${marks[@]}" "$@"
}

# finds WHAT FILE TEXT: the text, as that file, has this offence and no other.
finds() {
    local file=$work/$2
    printf '%b' "$3" >"$file"
    looks "$2" >"$work/found"
    local status=$?
    cat "$work/found"
    [ $status = 1 ] && grep -qF -- "$1" "$work/found" && [ "$(grep -vc '^typography:' "$work/found")" = 1 ]
}

passes() {
    printf '%b' "$2" >"$work/$1"
    looks "$1"
}

mends() {
    printf '%b' "$2" >"$work/$1"
    looks --fix "$1" && [ "$(cat "$work/$1")" = "$(printf '%b' "$3")" ]
}

without_hunspell() {
    printf 'Un mott de trop.\n' >"$work/docs/a.fr.md"
    PATH=$work/bin "$python" "$work/scripts/typography" docs/a.fr.md >"$work/found" &&
        grep -q 'skipped: hunspell is missing' "$work/found"
}

marks=(--marks)
check "no space before a question mark" finds "no space before ?" slides/a.fr.md 'Qui parle?\n'
check "no space before a colon" finds "no space before :" slides/a.fr.md 'Deux mots: oui.\n'
check "no space before a closing guillemet" finds "no space before »" slides/a.fr.md 'Il dit « oui».\n'
check "no space before a mark behind code" finds "no space before ;" slides/a.fr.md 'Par `ls`; puis.\n'
check "no space after a guillemet" finds "no space after «" slides/a.fr.md 'Il dit «oui ».\n'
check "a plain space in a text that is read as it is" finds "a plain space" docs/a.fr.md 'Qui parle ?\n'
check "a plain space in a translation" finds "a plain space" po/fr.po \
    'msgid ""\nmsgstr "Language: fr"\n\nmsgid "who?"\nmsgstr "qui ?"\n'
check "a missing space in a translation, after a conversion" finds "no space before :" po/fr.po \
    'msgid ""\nmsgstr "Language: fr"\n\nmsgid "%%s: no"\nmsgstr "%%s: non"\n'
check "straight quotes" finds "quotation mark" slides/a.fr.md 'Une "lettre.\n'
check "a curly apostrophe" finds "a curly apostrophe" slides/a.fr.md 'Aujourd’hui.\n'
check "three dots" finds "three dots" slides/a.fr.md 'et ainsi de suite...\n'
check "a capital without accent" finds "a capital without" slides/a.fr.md 'Ecran noir.\n'
check "a sentence that begins with A for À" finds "a capital without" slides/a.fr.md 'A la fin, rien.\n'
check "letters not joined" finds "oe instead" slides/a.fr.md 'Le noeud.\n'
check "two spaces" finds "two spaces" slides/a.fr.md 'Deux  mots.\n'
check "what a script says in French" finds "no space before !" scripts/a.sh \
    'say "Well!" \\\n    "Bien!"\n'
check "what a scene tells in French" finds "no space before ?" slides/a.scene \
    'say en  Who?\n  Me.\nsay fr  Bien.\n  Qui?\nrun a  echo bien?\n'
check "good French passes" passes slides/a.fr.md \
    'Il dit « oui » : `echo "a"; b?`, à 10:00, fd00::25 !\n\n```\nqui? "lui"\n```\n[a quote: "no"]{lang=en}\n'
check "code that is only indented is left alone" mends docs/a.fr.md "Une ligne.\n\n    a : b ; c\n    d : e\n\nFin.\n" \
    "Une ligne.\n\n    a : b ; c\n    d : e\n\nFin.\n"
check "good translations pass" passes po/fr.po \
    'msgid ""\nmsgstr "Language: fr"\n\nmsgid "a?"\nmsgstr ""\n'\
'"a\u00a0? «\u00a0nom: valeur\u00a0» et imap: ou "\n"pop3: vont."\n'
check "it sets no-break spaces and apostrophes" mends docs/a.fr.md "L’un : « oui » !\n\`a : b\`\n" \
    "L'un\u00a0: «\u00a0oui\u00a0»\u00a0!\n\`a : b\`\n"
marks=()
check "without hunspell spelling is skipped, with its reason" without_hunspell
if hunspell -D 2>&1 </dev/null | grep -q '/fr_FR$'; then
    check "a misspelt French word" finds "no dictionary has this word" slides/a.fr.md 'Un mott de trop.\n'
    check "words of the list pass" passes slides/a.fr.md 'Le Maildir de rachida.\n'
else
    echo "ok $((tap_number + 1)) - a misspelt French word # SKIP hunspell has no French dictionary"
    echo "ok $((tap_number + 2)) - words of the list pass # SKIP hunspell has no French dictionary"
fi
if hunspell -D 2>&1 </dev/null | grep -q '/en_GB$'; then
    check "a misspelt English word" finds "no dictionary has this word" slides/a.en.md 'One wrod too many.\n'
else
    echo "ok $((tap_number + 1)) - a misspelt English word # SKIP hunspell has no English dictionary"
fi
plan 25
