#!/usr/bin/env bash
# PrairieLearn runs this for each submission, in a container of its own.
mkdir -p /grade/results
tar xzf /grade/tests/kit.tar.gz -C /tmp && cd /tmp/kit || exit 1
(scripts/setup build grade && make -s lab-kit) >/grade/results/setup.log 2>&1
results=/grade/results/results.json
invalid='import json, sys; json.dump({"gradable": False, "score": 0, "message": sys.argv[1]}, open(sys.argv[2], "w"))'
why=$(scripts/grade @LAB@ /grade/student --format prairielearn --output "$results" 2>&1) ||
    python3 -c "$invalid" "$why" "$results"
