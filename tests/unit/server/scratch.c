#include "scratch.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "server/config.h"
#include "server/listener.h"
#include "server/network.h"
#include "server/users.h"

static char folder[64];
static pid_t owner;

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status, (void)type, (void)ftw;
    return remove(path);
}

static void remove_folder(void)
{
    if (getpid() == owner)
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *scratch_folder(void)
{
    if (owner == getpid())
        return folder;
    strcpy(folder, "/tmp/pli-unit-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        perror("mkdtemp");
        abort();
    }
    owner = getpid();
    atexit(remove_folder);
    return folder;
}

char *scratch_file(const char *name, const char *text)
{
    char *path = mem_printf("%s/%s", scratch_folder(), name);
    char *directory = mem_copy(path, (size_t)(strrchr(path, '/') - path));
    FILE *file = durable_make_directory(directory) == 0 ? fopen(path, "w") : NULL;
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) {
        perror(path);
        abort();
    }
    free(directory);
    return path;
}

int scratch_count(const char *name)
{
    char *path = mem_printf("%s/%s", scratch_folder(), name);
    DIR *directory = opendir(path);
    int count = 0;
    struct dirent *item;
    while (directory != NULL && (item = readdir(directory)) != NULL)
        count += item->d_name[0] != '.';
    if (directory != NULL)
        closedir(directory);
    free(path);
    return count;
}

struct session *scratch_session(const char *peer, const char *const *settings)
{
    static struct server server;
    static struct session session;
    struct buf errors;
    buf_init(&errors, 4096);
    struct config *config = config_new(scratch_folder());
    int status = config_set(config, "myhostname=mail.example.org", &errors);
    for (; settings != NULL && *settings != NULL; settings++)
        status |= config_set(config, *settings, &errors);
    if (status != 0 || config_finish(config, &errors) != 0) {
        fputs(buf_text(&errors), stderr);
        abort();
    }
    char *file = mem_printf("%s/users", scratch_folder());
    if (users_open(&server.users, file, &errors) != 0)
        abort();
    free(file);
    buf_free(&errors);
    server.root = scratch_folder();
    session = (struct session){ .server = &server, .config = config, .listener = &listener_table[0] };
    struct sockaddr_in *in = (struct sockaddr_in *)(void *)&session.peer;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)&session.peer;
    if (inet_pton(AF_INET, peer, &in->sin_addr) == 1)
        in->sin_family = AF_INET;
    else if (inet_pton(AF_INET6, peer, &in6->sin6_addr) == 1)
        in6->sin6_family = AF_INET6;
    strcpy(session.id, "test-1");
    strcpy(session.local_text, "192.0.2.1");
    snprintf(session.peer_text, sizeof session.peer_text, "%s", peer);
    return &session;
}
