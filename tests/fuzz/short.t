#!/bin/sh
# A few seconds of every fuzzer: what `make fuzz` does for much longer.
set -u
command -v clang >/dev/null || { echo "1..0 # SKIP clang is not installed"; exit 0; }
echo 'int LLVMFuzzerTestOneInput(void){return 0;}' >"${TMPDIR:-/tmp}/pli-fuzz-$$.c"
trap 'rm -f "${TMPDIR:-/tmp}/pli-fuzz-$$".*' EXIT
clang -fsanitize=fuzzer -o "${TMPDIR:-/tmp}/pli-fuzz-$$.out" "${TMPDIR:-/tmp}/pli-fuzz-$$.c" 2>/dev/null || {
    echo "1..0 # SKIP clang has no fuzzer runtime (package libclang-rt-dev)"
    exit 0
}
log=build/fuzz/build.log
mkdir -p build/fuzz
if ! make -s -j2 fuzzers >$log 2>&1; then
    sed 's/^/# /' $log | tail -n 20
    printf 'not ok 1 - the fuzzers build\n1..1\n'
    exit 1
fi
number=0
for source in tests/fuzz/fuzz_*.c; do
    number=$((number + 1))
    name=$(basename "$source" .c)
    if output=$(tests/fuzz/run "${PLI_FUZZ_SECONDS:-2}" "$name"); then
        echo "ok $number - $name finds nothing"
    else
        printf '%s\n' "$output" | sed 's/^/# /'
        echo "not ok $number - $name finds nothing"
    fi
done
echo "1..$number"
