#!/usr/bin/env bash
# Moodle VPL, "Run": only the public tests' texts, without a grade.
sed 's/vpl --output -/text/' vpl_evaluate.sh >vpl_execution
chmod +x vpl_execution
