# Tests that take longer than scripts/check may, and tables about the tests.

coverage-table:                   ## which test stands for which section of the RFCs
	tests/coverage/table

STRESS_SECONDS ?= 180
stress:                           ## letters and ten IMAP clients at once, STRESS_SECONDS (180), under the sanitizers
	$(MAKE) -s VARIANT=asan all
	tests/run -j 2 -t $$(($(STRESS_SECONDS) + 300)) BIN=build/asan/bin PLI_STRESS_SECONDS=$(STRESS_SECONDS) \
	    tests/stress/letters tests/interop/imap_stress.t

stress-hour: all                  ## the same for an hour, without the sanitizers
	tests/run -j 2 -t 4200 PLI_STRESS_SECONDS=3600 tests/stress/letters tests/interop/imap_stress.t

CRASH_ROUNDS ?= 150
crash: all                        ## kill the server CRASH_ROUNDS (150) times while it relays: nothing is lost
	PLI_CRASH_ROUNDS=$(CRASH_ROUNDS) tests/run -t 3600 tests/server/crash.t

.PHONY: coverage-table stress stress-hour crash
