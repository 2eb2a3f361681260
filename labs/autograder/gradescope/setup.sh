#!/usr/bin/env bash
# Gradescope runs this once, when the image is built.
set -e
cd /autograder/source
tar xzf kit.tar.gz
cd kit
scripts/setup build grade
make -s lab-kit
