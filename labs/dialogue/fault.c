#include "fault.h"

#include <stdarg.h>
#include <stdio.h>

int fault_at(struct fault *fault, size_t offset, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    fault->offset = offset;
    return -1;
}
