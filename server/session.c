#include "session.h"

#include <stdarg.h>

#include "io/log.h"

void session_log(const struct session *session, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_line_list(session->server->log, session->id, format, arguments);
    va_end(arguments);
}
