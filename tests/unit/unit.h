/*
 * unit.h - a test file registers its suite and needs no list anywhere else:
 *
 *     START_TEST(line_ends_at_crlf) { ... } END_TEST
 *     UNIT_SUITE(line, line_ends_at_crlf, ...)
 *
 * Each folder below tests/unit becomes one program, linked with that part of
 * the kit; it prints TAP.
 */
#ifndef PLI_TESTS_UNIT_H
#define PLI_TESTS_UNIT_H

#include <check.h>

struct unit_test {
    const TTest *test;
    int rounds; /* for loop tests over a table: the number of rows; 0 for a plain test */
};

void unit_add(const char *suite, const struct unit_test *tests, size_t count);

/* tests: { name } or { name, rows } of START_TEST functions. */
#define UNIT_SUITE(suite, ...)                                                      \
    __attribute__((constructor)) static void suite##_register(void)                 \
    {                                                                               \
        const struct unit_test tests[] = { __VA_ARGS__ };                           \
        unit_add(#suite, tests, sizeof tests / sizeof tests[0]);                    \
    }

/* A copy of size bytes whose last byte is the last before an unreadable page: reading past it crashes. */
const char *unit_at_edge(const void *data, size_t size);

#endif
