/*
 * The address book: aliases as mutt writes them, gathered addresses, completion.
 */
#include "client/address_book.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "tests/unit/unit.h"

static const char aliases[] = "# mine\nalias fati Fatima <fatima@example.org>\nalias -group g team a@x.org, b@x.org\n"
                              "set editor=vi\nalias\nalias broken\n";

START_TEST(a_book)
{
    char folder[] = "/tmp/pli-book-XXXXXX";
    struct address_book book, again;
    struct buf out;
    size_t places[5];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    char *file = mem_printf("%s/aliases", folder), *gathered = mem_printf("%s/addresses", folder);
    ck_assert_int_eq(durable_replace(file, aliases, sizeof aliases - 1, 0600), 0);
    address_book_read_from(&book, file, gathered);
    ck_assert_uint_eq(book.count, 2);
    address_book_gather(&book, "Alice <alice@example.org>, FATIMA@example.org, \"B, b\" <bob@x.org>");
    address_book_gather(&book, "alice@example.org, A <a@x.org>, nonsense <<");
    ck_assert_uint_eq(book.count, 4);
    address_book_read_from(&again, file, gathered);
    ck_assert_uint_eq(again.count, 4);
    ck_assert_str_eq(again.rows[2].text, "\"B, b\" <bob@x.org>"); /* the latest first */
    ck_assert_uint_eq(address_book_complete(&again, "x@y.org, \"q, r\" <q@r>, fa", places, 5), 1);
    ck_assert_uint_eq(places[0], 0);
    ck_assert_uint_eq(address_book_complete(&again, "EXAMPLE", places, 5), 2);
    ck_assert_uint_eq(address_book_complete(&again, "bo", places, 5), 1);
    ck_assert_uint_eq(address_book_complete(&again, "a, ", places, 5), 0);
    buf_init(&out, 1000);
    ck_assert_int_eq(address_book_expand(&again, "team , \"Fati, x\" <z@x.org>,fati,", &out), 0);
    ck_assert_str_eq(buf_text(&out), "a@x.org, b@x.org, \"Fati, x\" <z@x.org>, Fatima <fatima@example.org>");
    buf_free(&out);
    address_book_free(&book);
    address_book_free(&again);
    unlink(file);
    unlink(gathered);
    ck_assert_int_eq(rmdir(folder), 0);
    free(file);
    free(gathered);
}
END_TEST

UNIT_SUITE(address_book, { a_book, 0 })
