#include "dialogue.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fnmatch.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/scram_verifier.h"
#include "io/log.h"
#include "server/config.h"
#include "server/users.h"

#include "../unit.h"

/* ---- the place ---- */

/* The file of users, with verifiers that cost little: what users.c makes of passwords is tested elsewhere. */
static void write_users(const char *file)
{
    static const char *const names[] = { "alice", "rachida" };
    struct scram_verifier verifier;
    struct buf text;
    buf_init(&text, 1000);
    ck_assert_int_eq(scram_verifier_make(span_of("correct horse"), span_of("salt of a test"), 1, &verifier), 0);
    for (size_t i = 0; i < 2; i++) {
        buf_printf(&text, "%s:", names[i]);
        scram_verifier_write(&verifier, &text);
        buf_add_text(&text, "\n");
    }
    FILE *out = fopen(file, "w");
    ck_assert_ptr_nonnull(out);
    fputs(buf_text(&text), out);
    fclose(out);
    buf_free(&text);
}

void place_open(struct place *place, const char *const *settings)
{
    char file[128];
    struct buf errors;
    buf_init(&errors, 10000);
    memset(place, 0, sizeof *place);
    /* In memory where that is possible: nothing here has to outlive a power cut. */
    const char *above = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(place->root, sizeof place->root, "%s/pli-unit-XXXXXX", above);
    ck_assert_ptr_nonnull(mkdtemp(place->root));
    place->config = config_new(place->root);
    config_set(place->config, "myhostname=mail.example.org", &errors);
    for (; settings != NULL && *settings != NULL; settings++)
        config_set(place->config, *settings, &errors);
    config_finish(place->config, &errors);
    ck_assert_str_eq(buf_text(&errors), "");
    place->server.root = place->root;
    place->server.log = log_new(-1);
    snprintf(file, sizeof file, "%s/users", place->root);
    write_users(file);
    ck_assert_int_eq(users_open(&place->server.users, file, &errors), 0);
    buf_free(&errors);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void place_close(struct place *place)
{
    users_close(place->server.users);
    log_free(place->server.log);
    config_release(place->config);
    nftw(place->root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- letters ---- */

static char *folder_of(const struct place *place, const char *user, const char *folder)
{
    char *maildir = config_maildir(place->config, span_of(user));
    char *path = malloc(strlen(maildir) + strlen(folder) + 2);
    sprintf(path, "%s/%s", maildir, folder);
    free(maildir);
    return path;
}

static size_t walk(const struct place *place, const char *user, const char *folder, char **last)
{
    char *path = folder_of(place, user, folder);
    DIR *directory = opendir(path);
    size_t count = 0;
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        count++;
        if (last != NULL) {
            free(*last);
            *last = malloc(strlen(path) + strlen(entry->d_name) + 2);
            sprintf(*last, "%s/%s", path, entry->d_name);
        }
    }
    if (directory != NULL)
        closedir(directory);
    free(path);
    return count;
}

size_t place_count(const struct place *place, const char *user, const char *folder)
{
    return walk(place, user, folder, NULL);
}

char *place_letter(const struct place *place, const char *user)
{
    char *path = NULL;
    if (walk(place, user, "new", &path) != 1) {
        free(path);
        return NULL;
    }
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 20);
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_lt(fread(text, 1, (1 << 20) - 1, file), (1 << 20) - 1);
    fclose(file);
    free(path);
    return text;
}

void place_put(const struct place *place, const char *user, const char *name, const char *text)
{
    char command[400];
    char *path = folder_of(place, user, "new");
    snprintf(command, sizeof command, "mkdir -p '%s' '%s/../tmp' '%s/../cur'", path, path, path);
    ck_assert_int_eq(system(command), 0);
    snprintf(command, sizeof command, "%s/%s", path, name);
    FILE *file = fopen(command, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    free(path);
}

void place_link(const struct place *place, const char *user, const char *name, const char *other)
{
    char from[400], to[400];
    char *path = folder_of(place, user, "new");
    snprintf(from, sizeof from, "%s/%s", path, name);
    snprintf(to, sizeof to, "%s/%s", path, other);
    ck_assert_int_eq(link(from, to), 0);
    free(path);
}

/* ---- the session ---- */

/* What the connection would do: send what there is, and go on while the session says that there is more. */
static void settle(struct talk *talk, struct buf *out)
{
    const struct session_ops *ops = talk->listener.ops;
    buf_add_span(&talk->out, buf_span(out));
    buf_clear(out);
    talk->session.pause = 0;
    while (talk->answer == SESSION_MORE) {
        talk->answer = ops->more(&talk->session, out);
        ck_assert_uint_le(out->len, 2 * SESSION_OUT_HIGH);
        buf_add_span(&talk->out, buf_span(out));
        buf_clear(out);
        talk->session.pause = 0;
    }
}

void talk_open(struct talk *talk, struct place *place, const struct session_ops *ops, bool submission,
               const char *peer)
{
    struct buf out;
    memset(talk, 0, sizeof *talk);
    talk->place = place;
    talk->listener = (struct listener){ .name = submission ? "submission" : "smtp", .ops = ops,
                                        .submission = submission };
    talk->session = (struct session){ .server = &place->server, .config = place->config,
                                      .listener = &talk->listener, .peer_port = 49152 };
    struct sockaddr_in *address = (struct sockaddr_in *)&talk->session.peer;
    address->sin_family = AF_INET;
    ck_assert_int_eq(inet_pton(AF_INET, peer, &address->sin_addr), 1);
    snprintf(talk->session.peer_text, sizeof talk->session.peer_text, "%s", peer);
    strcpy(talk->session.local_text, "127.0.0.1");
    strcpy(talk->session.id, "unit-1");
    buf_init(&talk->out, 16 << 20);
    buf_init(&out, SESSION_OUT_MAX);
    talk->answer = ops->open(&talk->session, &out);
    settle(talk, &out);
    buf_free(&out);
}

void talk_close(struct talk *talk)
{
    talk->listener.ops->close(&talk->session);
    buf_free(&talk->out);
}

void talk_send(struct talk *talk, const void *bytes, size_t size)
{
    struct buf out;
    buf_init(&out, SESSION_OUT_MAX);
    ck_assert_int_eq(talk->answer, SESSION_CONTINUE);
    talk->answer = talk->listener.ops->input(&talk->session, unit_at_edge(bytes, size), size, &out);
    settle(talk, &out);
    buf_free(&out);
}

/* ---- the dialogue ---- */

static const char *next_line(struct talk *talk, char *line, size_t room)
{
    const char *text = buf_text(&talk->out);
    const char *end = strstr(text, "\r\n");
    if (end == NULL)
        return "(nothing)";
    size_t size = (size_t)(end - text) < room ? (size_t)(end - text) : room - 1;
    memcpy(line, text, size);
    line[size] = '\0';
    return line;
}

static void drop_line(struct talk *talk)
{
    buf_drop(&talk->out, (size_t)(strstr(buf_text(&talk->out), "\r\n") - talk->out.data) + 2);
}

static void expect(struct talk *talk, const struct say *said, size_t step)
{
    char line[2000];
    const char *got = next_line(talk, line, sizeof line);
    if (fnmatch(said->what, got, FNM_NOESCAPE) != 0)
        ck_abort_msg("step %zu: expected \"%s\", received \"%s\"", step, said->what, got);
    drop_line(talk);
    while (said->who == '+' && talk->out.len > 0 &&
           fnmatch(said->what, next_line(talk, line, sizeof line), FNM_NOESCAPE) == 0)
        drop_line(talk);
}

static void client(struct talk *talk, const char *what, size_t step, bool bytewise)
{
    char line[2000];
    if (talk->out.len > 0)
        ck_abort_msg("step %zu: the server said too much: \"%s\"", step, next_line(talk, line, sizeof line));
    size_t size = strlen(what), piece = bytewise ? 1 : size;
    for (size_t at = 0; at < size && talk->answer == SESSION_CONTINUE; at += piece)
        talk_send(talk, what + at, piece);
}

static void start_tls(struct talk *talk, size_t step)
{
    static char some_tls;
    struct buf out;
    if (talk->answer != SESSION_START_TLS)
        ck_abort_msg("step %zu: the session has not asked for TLS", step);
    buf_init(&out, SESSION_OUT_MAX);
    talk->session.tls = (struct tls *)(void *)&some_tls; /* only compared with NULL as long as nobody logs in */
    strcpy(talk->session.tls_text, "TLSv1.3, TLS_AES_256_GCM_SHA384");
    talk->answer = talk->listener.ops->tls_started(&talk->session, &out);
    settle(talk, &out);
    buf_free(&out);
}

void talk_play(struct talk *talk, const struct say *dialogue, bool bytewise)
{
    size_t step = 1;
    for (const struct say *said = dialogue; said->who != 0; said++, step++) {
        if (said->who == 'C')
            client(talk, said->what, step, bytewise);
        else if (said->who == 'T')
            start_tls(talk, step);
        else if (said->who == 'X')
            ck_assert_msg(talk->answer == SESSION_CLOSE, "step %zu: the server does not close", step);
        else
            expect(talk, said, step);
    }
    ck_assert_uint_eq(talk->out.len, 0);
}

void dialogue_play(const struct session_ops *ops, bool submission, const char *const *settings,
                   const struct say *dialogue)
{
    for (int bytewise = 0; bytewise < 2; bytewise++) {
        struct place place;
        struct talk talk;
        place_open(&place, settings);
        talk_open(&talk, &place, ops, submission, "127.0.0.1");
        talk_play(&talk, dialogue, bytewise);
        talk_close(&talk);
        place_close(&place);
    }
}
