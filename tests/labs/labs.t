#!/bin/sh
# The labs' grading holds: references, starters, one mutant each. `make check-labs` tries all.
command -v bwrap >/dev/null || { echo "1..0 # SKIP bubblewrap is not installed"; exit 0; }
exec "$(dirname "$0")/../../scripts/check-labs" --short
