# Tests that take longer than scripts/check may, and tables about the tests.

coverage-table:                   ## which test stands for which section of the RFCs
	tests/coverage/table

.PHONY: coverage-table
