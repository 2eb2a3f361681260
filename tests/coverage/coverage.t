#!/usr/bin/env python3
"""Every section of RFC 1939, 5321, 3501 and 9051 that asks for something has a test that names it."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli

HERE = os.path.dirname(os.path.abspath(__file__))

status, output, errors = pli.run(sys.executable, os.path.join(HERE, "table"), "--missing")
pli.ok(status == 0 and not errors, "no section and no word of the protocols is without a test", output, errors)
status, output, _ = pli.run(sys.executable, os.path.join(HERE, "table"))
rows = [line for line in output.splitlines() if line.startswith("RFC ")]
pli.ok(len(rows) == 390 and all(any(f"RFC {rfc} " in row for row in rows) for rfc in (1939, 5321, 3501, 9051)),
       "the table has all sections of the list", len(rows))
untested = [row for row in rows if "   -  " in row]
pli.ok(all(len(row.split("   -  ")[1]) > 4 for row in untested), "and says why some have no test", *untested)
pli.done()
