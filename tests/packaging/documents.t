#!/usr/bin/env bash
# scripts/documents: the documents point at what exists, and it notices when they do not.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh

# A document with one fault is refused, and the fault is named.
refuses() {
    local named=$1
    printf '%s\n' "# A title" "" "${@:2}" >"$work/wrong.md"
    says "$named" scripts/documents "$work/wrong.md" && fails scripts/documents "$work/wrong.md"
}

fence='```'
plan 6
check "links, headings and cited lines of all documents" scripts/documents
check "a link that leads nowhere" refuses "leads nowhere" "[a](nothing.md)"
check "a heading that is gone" refuses "no such heading" "[a](#another-title)"
check "a file that is gone" refuses "does not exist" "See \`core/nothing.c\`."
check "a line that is gone" refuses "has no longer" "${fence}c core/machine.h" "struct machine_that_was {" "$fence"
check "a good one" bash -c "printf '%s\n' '# A title' '[a](#a-title)' '${fence}c core/machine.h' 'struct machine {' \
    '$fence' >'$work/right.md' && scripts/documents '$work/right.md'"
