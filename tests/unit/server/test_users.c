#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "scratch.h"
#include "server/users.h"
#include "tests/unit/unit.h"

static struct users *open_users(void)
{
    struct users *users = NULL;
    struct buf error;
    buf_init(&error, 1000);
    char *file = mem_printf("%s/users", scratch_folder());
    ck_assert_msg(users_open(&users, file, &error) == 0, "%s", buf_text(&error));
    free(file);
    buf_free(&error);
    return users;
}

static int add(struct users *users, const char *name, const char *password)
{
    struct buf error;
    buf_init(&error, 1000);
    int status = users_add(users, span_of(name), span_of(password), &error);
    ck_assert((status == 0) == (error.len == 0));
    buf_free(&error);
    return status;
}

static const struct {
    const char *name;
    const char *password;
    bool good;
} rules[] = {
    { "rachida", "bonjour-2026", true },   { "rachida", "1234567", false },      { "rachida", "12345678", true },
    { "rachida", "rachida123", false },    { "rachida", "xxRACHIDAxx", false },  { "a.b-c_d9", "bonjour-2026", true },
    { "", "bonjour-2026", false },         { ".", "bonjour-2026", false },       { "..", "bonjour-2026", false },
    { "../x", "bonjour-2026", false },     { "a/b", "bonjour-2026", false },     { "-a", "bonjour-2026", false },
    { "a b", "bonjour-2026", false },      { "a:b", "bonjour-2026", false },     { "a+b", "bonjour-2026", false },
    { "Rachida", "bonjour-2026", false },  { "\xc3\xa9", "bonjour-2026", false }, { "rachida", "tab\tbonjour", false },
    { "rachida", "\xff\xff\xff\xff\xff\xff\xff\xff", false }, { "rachida", "\xc3\xa9t\xc3\xa9 \xc3\xa0 la mer", true },
};

START_TEST(users_rules)
{
    struct users *users = open_users();
    ck_assert_int_eq(add(users, rules[_i].name, rules[_i].password) == 0, rules[_i].good);
    if (rules[_i].good)
        ck_assert(users_check(users, span_of(rules[_i].name), span_of(rules[_i].password)));
    users_close(users);
}
END_TEST

START_TEST(users_live)
{
    struct users *users = open_users();
    ck_assert(!users_exists(users, span_of("rachida")));
    ck_assert_int_eq(add(users, "rachida", "bonjour-2026"), 0);
    ck_assert_int_eq(add(users, "rachida", "bonjour-2027"), -1);
    ck_assert(users_exists(users, span_of("Rachida")));
    for (int i = 0; i < 3; i++) {
        ck_assert(users_check(users, span_of("rachida"), span_of("bonjour-2026")));
        ck_assert(!users_check(users, span_of("rachida"), span_of("bonjour-2027")));
        ck_assert(!users_check(users, span_of("rachida"), span_of("")));
        ck_assert(!users_check(users, span_of("amine"), span_of("bonjour-2026")));
    }
    /* Another program changes the file: the change is seen, also by who remembers the old password. */
    struct users *other = open_users();
    struct buf error;
    buf_init(&error, 1000);
    ck_assert_int_eq(users_set_password(other, span_of("rachida"), span_of("autre-2026"), &error), 0);
    ck_assert(!users_check(users, span_of("rachida"), span_of("bonjour-2026")));
    ck_assert(users_check(users, span_of("rachida"), span_of("autre-2026")));
    ck_assert_int_eq(add(other, "amine", "salut-2026"), 0);
    buf_clear(&error);
    users_list(users, &error);
    ck_assert_str_eq(buf_text(&error), "amine\nrachida\n");
    buf_clear(&error);
    ck_assert_int_eq(users_remove(users, span_of("rachida"), &error), 0);
    ck_assert(!users_exists(other, span_of("rachida")));
    ck_assert(!users_check(users, span_of("rachida"), span_of("autre-2026")));
    ck_assert_int_eq(users_remove(users, span_of("rachida"), &error), -1);
    buf_free(&error);
    users_close(other);
    users_close(users);
}
END_TEST

START_TEST(users_unknown_is_not_told)
{
    struct scram_verifier one, two, three;
    struct users *users = open_users();
    ck_assert_int_eq(add(users, "rachida", "bonjour-2026"), 0);
    ck_assert_int_eq(users_verifier(users, span_of("rachida"), &one), 0);
    ck_assert_int_eq(one.iterations, SCRAM_MIN_ITERATIONS);
    ck_assert_int_eq(users_verifier(users, span_of("nobody"), &one), -1);
    users_close(users);
    users = open_users(); /* also after a new start */
    ck_assert_int_eq(users_verifier(users, span_of("nobody"), &two), -1);
    ck_assert_int_eq(users_verifier(users, span_of("nobody2"), &three), -1);
    ck_assert_mem_eq(one.salt, two.salt, one.salt_length);
    ck_assert_mem_ne(two.salt, three.salt, two.salt_length);
    users_close(users);
}
END_TEST

START_TEST(users_file_of_nonsense)
{
    free(scratch_file("users", "\n\nnonsense\n:\na:\n../x:SCRAM-SHA-256$4096:AA==$AA==:AA==\n\xff\xfe:x\n"));
    struct users *users = open_users();
    ck_assert(!users_exists(users, span_of("a")));
    ck_assert_int_eq(add(users, "rachida", "bonjour-2026"), 0);
    users_close(users);
}
END_TEST

static void *many_checks(void *context)
{
    struct users *users = context;
    long wrong = 0;
    for (int i = 0; i < 50; i++) {
        wrong += !users_check(users, span_of("rachida"), span_of("bonjour-2026"));
        wrong += users_check(users, span_of("rachida"), span_of("bonjour-2027")) && i % 10 == 0;
    }
    return (void *)wrong;
}

START_TEST(users_of_many_threads)
{
    struct users *users = open_users(), *other = open_users();
    ck_assert_int_eq(add(users, "rachida", "bonjour-2026"), 0);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, many_checks, users);
    for (int i = 0; i < 5; i++) {
        char name[16] = { (char)('a' + i), 'x', '\0' };
        ck_assert_int_eq(add(other, name, "bonjour-2026"), 0);
    }
    for (int i = 0; i < 4; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        ck_assert_ptr_null(wrong);
    }
    users_close(other);
    users_close(users);
}
END_TEST

UNIT_SUITE(users, { users_rules, sizeof rules / sizeof rules[0] }, { users_live, 0 }, { users_unknown_is_not_told, 0 },
           { users_file_of_nonsense, 0 }, { users_of_many_threads, 0 })
