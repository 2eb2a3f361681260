#!/usr/bin/env bash
# Moodle VPL, "Run": makes vpl_execution as "Evaluate" does, but for a text to be read, without a grade.
bash vpl_evaluate.sh
sed -i 's/--format vpl/--format text/' vpl_execution
