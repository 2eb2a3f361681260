#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static SRunner *runner;

void unit_add(const char *name, const struct unit_test *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < count; i++) {
        if (tests[i].rounds > 0)
            tcase_add_loop_test(tcase, tests[i].test, 0, tests[i].rounds);
        else
            tcase_add_test(tcase, tests[i].test);
    }
    suite_add_tcase(suite, tcase);
    if (runner == NULL)
        runner = srunner_create(suite);
    else
        srunner_add_suite(runner, suite);
}

const char *unit_at_edge(const void *data, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t room = (size + page - 1) / page * page;
    char *base = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(base + room, page, PROT_NONE) != 0) {
        perror("mmap");
        abort();
    }
    if (size > 0)
        memcpy(base + room - size, data, size);
    return base + room - size;
}

int main(void)
{
    if (runner == NULL) {
        fputs("no unit test is linked in\n", stderr);
        return 1;
    }
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
