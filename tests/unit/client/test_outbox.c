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
    struct outbox_list list;
    struct account via;
    struct buf error, back;
    buf_init(&error, 10000);
    buf_init(&back, 10000);
    ck_assert_int_eq(outbox_list(folder, &list, &error), 0); /* not there yet */
    ck_assert_uint_eq(list.count, 0);
    struct span draft = span_of("From: me@localhost\nTo: rachida@localhost\nSubject: caf\u00e9\n\nbonjour\n");
    ck_assert_int_eq(outbox_save_draft(folder, &id, draft, &error), 0);
    ck_assert_int_eq(outbox_save_draft(folder, &id, draft, &error), 0); /* again, the same one */
    ck_assert_int_eq(state_of(folder, id), OUTBOX_DRAFT);
    ck_assert_int_eq(outbox_read(folder, id, &back, &error), 0);
    ck_assert(back.len == draft.len && memcmp(back.data, draft.at, draft.len) == 0);
    /* Nobody listens there: the letter is composed and waits. */
    ck_assert_int_eq(account_parse("smtp://127.0.0.1:1", &via, &error), 0);
    buf_clear(&back);
    ck_assert_int_eq(outbox_send_draft(folder, id, &via, NULL, -1, &back, &error), SEND_FAILED);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "refused"));
    ck_assert_ptr_nonnull(strstr(buf_text(&back), "Message-ID: "));
    ck_assert_int_eq(state_of(folder, id), OUTBOX_QUEUED);
    /* As if the power had gone: "sending", and nobody at it. While somebody is, it is neither sent nor removed. */
    char *queued = mem_printf("%s/%s.queued", folder, id), *sending = mem_printf("%s/%s.sending", folder, id);
    ck_assert_int_eq(rename(queued, sending), 0);
    ck_assert_int_eq(state_of(folder, id), OUTBOX_UNCERTAIN);
    int lock = open(sending, O_RDONLY);
    ck_assert_int_eq(flock(lock, LOCK_EX), 0);
    ck_assert_int_eq(state_of(folder, id), OUTBOX_SENDING);
    ck_assert_int_eq(outbox_remove(folder, id, &error), -1);
    ck_assert_int_eq(outbox_send_again(folder, id, &via, NULL, -1, &back, &error), SEND_FAILED);
    close(lock);
    ck_assert_int_eq(outbox_send_again(folder, id, &via, NULL, -1, &back, &error), SEND_FAILED);
    ck_assert_int_eq(state_of(folder, id), OUTBOX_UNCERTAIN); /* it is no surer than before */
    ck_assert_int_eq(outbox_remove(folder, id, &error), 0);
    ck_assert_int_eq(outbox_remove(folder, id, &error), -1);
    ck_assert_int_eq(rmdir(folder), 0);
    ck_assert_int_eq(rmdir(place), 0);
    account_free(&via);
    buf_free(&error);
    buf_free(&back);
    free(id);
    free(folder);
    free(queued);
    free(sending);
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
    ck_assert_int_eq(outbox_send_draft(folder, id, &via, NULL, -1, NULL, &error), SEND_FAILED);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "/not/there"));
    ck_assert_int_eq(state_of(folder, id), OUTBOX_DRAFT);
    ck_assert_int_eq(outbox_remove(folder, id, &error), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    account_free(&via);
    buf_free(&error);
    free(id);
}
END_TEST

UNIT_SUITE(outbox, { states, 0 }, { a_wrong_draft_stays, 0 })
