#include "serve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "io/i18n.h"
#include "io/log.h"
#include "server/certificate.h"
#include "server/connection.h"
#include "server/folder.h"
#include "server/listener.h"
#include "server/relay.h"
#include "server/runtime.h"
#include "server/users.h"

enum {
    SOCKETS_MAX = 64,
    ERRORS_MAX = 64 * 1024,
    GRACE_SECONDS = 10,
    RELAY_GRACE_SECONDS = 3,  /* for letters that are just being sent */
    OTHER_FILES = 256,   /* descriptors that are no connections: letters, folders, listeners */
};

struct service {
    struct runtime runtime;
    const struct arguments *arguments;
    struct listener_socket sockets[SOCKETS_MAX];
    int socket_count;
    struct buf errors;
};

/* ---- what must be there ---- */

static int prepare_root(const struct arguments *arguments, struct buf *errors)
{
    int status = durable_make_directory(arguments->root);
    if (status == 0)
        status = access(arguments->root, R_OK | W_OK | X_OK);
    if (status != 0)
        buf_printf(errors, _("%s: the folder for letters cannot be used: %s; choose another with --root DIR\n"),
                   arguments->root, strerror(errno));
    return status;
}

/* As many descriptors as the system lets us have, for many connections. */
static size_t raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1024;
    rlim_t most = limit.rlim_max < 1048576 ? limit.rlim_max : 1048576;
    if (limit.rlim_cur < most) {
        rlim_t before = limit.rlim_cur;
        limit.rlim_cur = most;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            limit.rlim_cur = before;
    }
    return (size_t)limit.rlim_cur;
}

static size_t connection_limit(const struct config *config)
{
    size_t files = raise_file_limit(), wanted = (size_t)config_number(config, CONFIG_CONNECTIONS);
    size_t possible = files > 2 * OTHER_FILES ? files - OTHER_FILES : files / 2;
    return wanted == 0 || wanted > possible ? possible : wanted;
}

/* ---- while it runs ---- */

static void wake_session(void *context, uint64_t handle)
{
    struct service *service = context;
    loop_kick(service->runtime.loop, handle, KICK_CHANGED);
}

static void read_notifications(void *context)
{
    struct service *service = context;
    notify_read(service->runtime.server.notify);
}

static void accept_connection(void *context, size_t listener, int fd)
{
    struct service *service = context;
    connection_accepted(&service->runtime, listener, fd);
}

static void log_lines(struct log *log, struct buf *lines)
{
    char *rest, *line = strtok_r((char *)buf_text(lines), "\n", &rest);
    for (; line != NULL; line = strtok_r(NULL, "\n", &rest))
        log_line(log, NULL, "%s", line);
}

/* SIGHUP: new settings for new connections, if they are good. The ports stay. */
static void reload(void *context)
{
    struct service *service = context;
    struct buf errors;
    buf_init(&errors, ERRORS_MAX);
    struct config *config = arguments_config(service->arguments, &errors);
    if (config != NULL && listener_check(config, &errors) == 0 && certificate_ensure(config, &errors) == 0 &&
        runtime_load_tls(&service->runtime, config, &errors) == 0) {
        runtime_set_config(&service->runtime, config);
        relay_look(service->runtime.server.relay);
        log_line(service->runtime.server.log, NULL, "the settings were read again");
    } else {
        config_release(config);
        log_lines(service->runtime.server.log, &errors);
        log_line(service->runtime.server.log, NULL, "the settings stay as they were");
    }
    buf_free(&errors);
}

/* ---- telling that it is ready ---- */

static int write_ready_file(const struct service *service, struct buf *errors)
{
    const char *file = service->arguments->ready_file;
    struct buf text;
    if (file == NULL)
        return 0;
    buf_init(&text, ERRORS_MAX);
    for (int i = 0; i < service->socket_count; i++)
        buf_printf(&text, "%s %s %u\n", listener_table[service->sockets[i].listener].name,
                   service->sockets[i].address, service->sockets[i].port);
    int status = durable_replace(file, text.data, text.len, 0644);
    if (status != 0)
        buf_printf(errors, _("%s: the file cannot be written: %s\n"), file, strerror(errno));
    buf_free(&text);
    return status;
}

static void say_ready(const struct service *service)
{
    for (int i = 0; i < service->socket_count; i++) {
        const struct listener_socket *socket = &service->sockets[i];
        const struct listener *listener = &listener_table[socket->listener];
        printf(_("%-12s %s port %u: %s\n"), listener->name, socket->address, socket->port, _(listener->meaning));
    }
    printf("ready\n");
    fflush(stdout);
    struct buf names;
    buf_init(&names, ERRORS_MAX);
    users_list(service->runtime.server.users, &names);
    if (names.len == 0)
        fprintf(stderr, _("There is no user yet. Add one with: mailserver --root %s user add NAME\n"),
                service->arguments->root);
    buf_free(&names);
}

/* ---- from beginning to end ---- */

static int start(struct service *service)
{
    struct runtime *runtime = &service->runtime;
    struct buf *errors = &service->errors;
    runtime->config = arguments_config(service->arguments, errors);
    if (runtime->config == NULL || listener_check(runtime->config, errors) != 0 ||
        prepare_root(service->arguments, errors) != 0)
        return -1;
    char *file = mem_printf("%s/users", service->arguments->root);
    int status = users_open(&runtime->server.users, file, errors);
    free(file);
    if (status != 0) {
        buf_add_text(errors, "\n");
        return -1;
    }
    if (certificate_ensure(runtime->config, errors) != 0 || runtime_load_tls(runtime, runtime->config, errors) != 0)
        return -1;
    service->socket_count = listener_open(runtime->config, service->sockets, SOCKETS_MAX, errors);
    return service->socket_count < 0 ? -1 : 0;
}

static int run(struct service *service)
{
    struct runtime *runtime = &service->runtime;
    runtime->server.notify = notify_new(wake_session, service);
    struct loop_settings settings = {
        .workers = (size_t)config_number(runtime->config, CONFIG_WORKERS),
        .connections = connection_limit(runtime->config),
        .connection_size = connection_size,
        .turn = connection_turn,
        .abandon = connection_abandon,
        .accepted = accept_connection,
        .notified = read_notifications,
        .reload = reload,
        .context = service,
        .notify_fd = notify_fd(runtime->server.notify),
    };
    runtime->loop = loop_new(&settings);
    if (runtime->loop == NULL) {
        buf_printf(&service->errors, _("The system gives no event queue: %s\n"), strerror(errno));
        return -1;
    }
    runtime->server.relay = relay_new(runtime, service->sockets, (size_t)service->socket_count, &service->errors);
    if (runtime->server.relay == NULL)
        return -1;
    for (int i = 0; i < service->socket_count; i++)
        loop_listen(runtime->loop, service->sockets[i].listener, service->sockets[i].fd);
    say_ready(service);
    if (write_ready_file(service, &service->errors) != 0)
        return -1;
    if (loop_run(runtime->loop, GRACE_SECONDS) == 0)
        return 0;
    buf_printf(&service->errors, _("The system gives no threads: %s\n"), strerror(errno));
    return -1;
}

static void finish(struct service *service)
{
    struct runtime *runtime = &service->runtime;
    relay_free(runtime->server.relay, RELAY_GRACE_SECONDS);
    loop_free(runtime->loop);
    notify_free(runtime->server.notify);
    folder_forget_idle();
    runtime_free_tls(runtime);
    users_close(runtime->server.users);
    log_free(runtime->server.log);
    config_release(runtime->config);
    pthread_mutex_destroy(&runtime->lock);
}

int serve(const struct arguments *arguments)
{
    struct service *service = mem_alloc(sizeof *service);
    service->arguments = arguments;
    service->runtime.server.root = arguments->root;
    service->runtime.listeners = listener_table;
    service->runtime.narrate = arguments->narrate;
    service->runtime.server.log = log_new(STDERR_FILENO);
    pthread_mutex_init(&service->runtime.lock, NULL);
    buf_init(&service->errors, ERRORS_MAX);
    umask(077);
    loop_block_signals();
    int status = start(service);
    if (status == 0)
        status = run(service);
    if (status != 0)
        complain(buf_text(&service->errors));
    finish(service);
    buf_free(&service->errors);
    free(service);
    return status == 0 ? EXIT_GOOD : EXIT_BAD;
}
