#!/usr/bin/env bash
# Moodle VPL, "Evaluate": makes vpl_execution, which prints comments and the grade.
cat >vpl_execution <<'X'
#!/usr/bin/env bash
mkdir -p submission && find . -maxdepth 2 -name '*.c' -exec cp {} submission/ \;
tar xzf kit.tar.gz && make -s -C kit lab-kit >/dev/null 2>&1
kit/scripts/grade @LAB@ submission --student "$MOODLE_USER_ID" --format vpl
X
chmod +x vpl_execution
