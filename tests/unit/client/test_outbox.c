/*
 * Drafts and letters on their way: what is saved is there, states are told by the files, whatever happened.
 */
#include "client/outbox.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "tests/unit/unit.h"

static enum outbox_state state_of(const char *folder, const char *id)
{
    struct outbox_list list;
    struct buf error;
    enum outbox_state state = OUTBOX_DRAFT;
    buf_init(&error, 1000);
    ck_assert_int_eq(outbox_list(folder, &list, &error), 0);
    ck_assert_uint_eq(list.count, 1);
    ck_assert_str_eq(list.rows[0].id, id);
    ck_assert_str_eq(list.rows[0].subject, "caf\u00e9");
    ck_assert_str_eq(list.rows[0].to, "rachida@localhost");
    state = list.rows[0].state;
    outbox_list_free(&list);
    return state;
}

START_TEST(states)
{
    char place[] = "/tmp/pli-outbox-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(place));
    char *folder = mem_printf("%s/outbox", place), *id = NULL;
    struct account via;
    struct buf error, back;
    buf_init(&error, 10000);
    buf_init(&back, 10000);
    struct span draft = span_of("From: me@localhost\nTo: rachida@localhost\nSubject: caf\u00e9\n\nbonjour\n");
    ck_assert_int_eq(outbox_save_draft(folder, &id, draft, &error), 0);
    ck_assert_int_eq(outbox_save_draft(folder, &id, draft, &error), 0); /* again, the same one */
    ck_assert_int_eq(state_of(folder, id), OUTBOX_DRAFT);
    ck_assert_int_eq(outbox_read(folder, id, &back, &error), 0);
    ck_assert(back.len == draft.len && memcmp(back.data, draft.at, draft.len) == 0);
    /* Nobody listens there: it is a draft as before. */
    ck_assert_int_eq(account_parse("smtp://127.0.0.1:1", &via, &error), 0);
    ck_assert_int_eq(outbox_send(folder, id, &via, NULL, -1, &error), SEND_FAILED);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "refused"));
    ck_assert_int_eq(state_of(folder, id), OUTBOX_DRAFT);
    /* As if the power had gone after the draft was queued; then while it was sent. */
    struct envelope envelope = { .sender = mem_text("me@localhost"), .count = 0 };
    struct people people = { .count = 0 };
    ck_assert_int_eq(people_parse("rachida@localhost", "localhost", &people, &error), 0);
    envelope_add(&envelope, &people);
    ck_assert_int_eq(outbox_queue(folder, &id, &envelope, draft, &error), 0);
    ck_assert_int_eq(state_of(folder, id), OUTBOX_QUEUED);
    char *queued = mem_printf("%s/%s.queued", folder, id), *sending = mem_printf("%s/%s.sending", folder, id);
    ck_assert_int_eq(rename(queued, sending), 0);
    ck_assert_int_eq(state_of(folder, id), OUTBOX_UNCERTAIN);
    /* While somebody is at it, it is neither sent nor removed. */
    int lock = open(sending, O_RDONLY);
    ck_assert_int_eq(flock(lock, LOCK_EX), 0);
    ck_assert_int_eq(state_of(folder, id), OUTBOX_SENDING);
    ck_assert_int_eq(outbox_remove(folder, id, &error), -1);
    ck_assert_int_eq(outbox_send(folder, id, &via, NULL, -1, &error), SEND_FAILED);
    close(lock);
    ck_assert_int_eq(outbox_send(folder, id, &via, NULL, -1, &error), SEND_FAILED);
    ck_assert_int_eq(state_of(folder, id), OUTBOX_UNCERTAIN); /* it is no surer than before */
    ck_assert_int_eq(outbox_remove(folder, id, &error), 0);
    ck_assert_int_eq(outbox_remove(folder, id, &error), -1);
    ck_assert_int_eq(rmdir(folder), 0);
    ck_assert_int_eq(rmdir(place), 0);
    people_free(&people);
    envelope_free(&envelope);
    account_free(&via);
    buf_free(&error);
    buf_free(&back);
    free(id);
    free(folder);
    free(queued);
    free(sending);
}
END_TEST

/* A letter without a draft waits when nobody took it. */
START_TEST(a_letter_alone_waits)
{
    char folder[] = "/tmp/pli-outbox-XXXXXX", *id = NULL, *recipient[] = { "rachida@localhost" };
    struct envelope envelope = { .sender = "me@localhost", .recipients = recipient, .count = 1 };
    struct outbox_list list;
    struct account via;
    struct buf error;
    buf_init(&error, 10000);
    ck_assert_int_eq(outbox_list("/not/there", &list, &error), 0);
    ck_assert_uint_eq(list.count, 0);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(account_parse("smtp://127.0.0.1:1", &via, &error), 0);
    struct span letter = span_of("To: rachida@localhost\r\nSubject: caf\u00e9\r\n\r\nx\r\n");
    ck_assert_int_eq(outbox_queue(folder, &id, &envelope, letter, &error), 0);
    ck_assert_int_eq(outbox_send(folder, id, &via, NULL, -1, &error), SEND_FAILED);
    ck_assert_int_eq(state_of(folder, id), OUTBOX_QUEUED);
    ck_assert_int_eq(outbox_remove(folder, id, &error), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    account_free(&via);
    buf_free(&error);
    free(id);
}
END_TEST

/* A draft that cannot be sent as it is stays a draft. */
START_TEST(a_wrong_draft_stays)
{
    char folder[] = "/tmp/pli-outbox-XXXXXX", *id = NULL;
    struct account via;
    struct buf error;
    buf_init(&error, 10000);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(account_parse("smtp://127.0.0.1:1", &via, &error), 0);
    ck_assert_int_eq(outbox_save_draft(folder, &id, span_of("From: me@localhost\nTo: rachida@localhost\n"
                                                            "Subject: caf\u00e9\nAttach: /not/there\n\nx\n"),
                                        &error), 0);
    ck_assert_int_eq(outbox_send(folder, id, &via, NULL, -1, &error), SEND_FAILED);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "/not/there"));
    ck_assert_int_eq(state_of(folder, id), OUTBOX_DRAFT);
    ck_assert_int_eq(outbox_remove(folder, id, &error), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    account_free(&via);
    buf_free(&error);
    free(id);
}
END_TEST

/* An editor works on a copy: the draft is there as it was until that is done, and nothing that was saved is lost. */
START_TEST(editing)
{
    char folder[] = "/tmp/pli-outbox-XXXXXX", *id = NULL;
    struct outbox_list list;
    struct buf error, draft;
    int lock;
    buf_init(&error, 10000);
    buf_init(&draft, 10000);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(outbox_save_draft(folder, &id, span_of("Subject: caf\u00e9\nTo: rachida@localhost\n\nx\n"),
                                       &error), 0);
    char *copy = outbox_edit(folder, id, &lock, &error);
    ck_assert_ptr_nonnull(copy);
    ck_assert_int_eq(durable_replace(copy, "Subject: b\n\ny\n", 14, 0600), 0);
    ck_assert_int_eq(state_of(folder, id), OUTBOX_DRAFT);   /* an editor runs: the copy is not touched */
    close(lock);                                            /* it was killed with the program */
    ck_assert_int_eq(outbox_list(folder, &list, &error), 0);
    ck_assert_uint_eq(list.count, 2);
    ck_assert_str_eq(list.rows[0].subject, "caf\u00e9");
    ck_assert_str_eq(list.rows[1].subject, "b");
    ck_assert_int_ne(access(copy, F_OK), 0);
    ck_assert_int_eq(outbox_remove(folder, list.rows[1].id, &error), 0);
    outbox_list_free(&list);
    free(copy);
    copy = outbox_edit(folder, id, &lock, &error);
    ck_assert_int_eq(durable_replace(copy, "Subject: c\n\nz\n", 14, 0600), 0);
    ck_assert_int_eq(outbox_edited(folder, id, lock, true, &draft, &error), 0);
    ck_assert_str_eq(buf_text(&draft), "Subject: c\n\nz\n");
    buf_clear(&draft);
    ck_assert_int_eq(outbox_read(folder, id, &draft, &error), 0);
    ck_assert_str_eq(buf_text(&draft), "Subject: c\n\nz\n");
    ck_assert_int_eq(outbox_remove(folder, id, &error), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    buf_free(&error);
    buf_free(&draft);
    free(copy);
    free(id);
}
END_TEST

UNIT_SUITE(outbox, { editing, 0 }, { a_letter_alone_waits, 0 }, { states, 0 }, { a_wrong_draft_stays, 0 })
