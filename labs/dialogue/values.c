#include "values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "functions.h"
#include "io/i18n.h"

struct value {
    char *name;
    char *bytes;
    struct span span;
};

struct values {
    struct value *rows;
    size_t count, bytes;
    const char *folder;
    struct values_login login;
};

struct values *values_new(void)
{
    struct values *values = mem_alloc(sizeof *values);
    values->folder = ".";
    return values;
}

struct values *values_copy(const struct values *values)
{
    struct values *copy = values_new();
    copy->folder = values->folder;
    for (size_t i = 0; i < values->count; i++)
        values_set(copy, values->rows[i].name, values->rows[i].span);
    return copy;
}

void values_login_end(struct values_login *login)
{
    sasl_client_free(login->client);
    free(login->user);
    free(login->password);
    *login = (struct values_login){ .client = NULL };
}

void values_free(struct values *values)
{
    if (values == NULL)
        return;
    for (size_t i = 0; i < values->count; i++) {
        free(values->rows[i].name);
        free(values->rows[i].bytes);
    }
    values_login_end(&values->login);
    free(values->rows);
    free(values);
}

static struct value *find(const struct values *values, const char *name)
{
    for (size_t i = 0; i < values->count; i++)
        if (strcmp(values->rows[i].name, name) == 0)
            return &values->rows[i];
    return NULL;
}

int values_set(struct values *values, const char *name, struct span bytes)
{
    struct value *value = find(values, name);
    size_t freed = value != NULL ? value->span.len : 0;
    if (bytes.len > VALUES_MAX_BYTES || values->bytes - freed + bytes.len > VALUES_MAX_BYTES ||
        (value == NULL && values->count == VALUES_MAX))
        return -1;
    if (value == NULL) {
        values->rows = mem_grow(values->rows, values->count + 1, sizeof *values->rows);
        value = &values->rows[values->count++];
        *value = (struct value){ .name = mem_text(name) };
    }
    char *copy = mem_copy(bytes.at != NULL ? bytes.at : "", bytes.len);
    free(value->bytes);
    value->bytes = copy;
    value->span = (struct span){ copy, bytes.len };
    values->bytes += bytes.len - freed;
    return 0;
}

int values_set_text(struct values *values, const char *name, const char *text)
{
    return values_set(values, name, span_of(text));
}

const struct span *values_get(const struct values *values, const char *name)
{
    const struct value *value = find(values, name);
    return value != NULL ? &value->span : NULL;
}

void values_folder(struct values *values, const char *folder)
{
    values->folder = folder;
}

const char *values_path(const struct values *values, struct span name, char *path, size_t size)
{
    int wanted = name.len > 0 && name.at[0] == '/' ? snprintf(path, size, "%.*s", (int)name.len, name.at)
                                                   : snprintf(path, size, "%s/%.*s", values->folder, (int)name.len,
                                                              name.at);
    return wanted < 0 || (size_t)wanted >= size ? NULL : path;
}

struct values_login *values_login(struct values *values)
{
    return &values->login;
}

int values_call(struct values *values, const char *name, const struct span *arguments, size_t count, struct buf *out,
                struct fault *fault)
{
    const struct span *value = count == 0 ? values_get(values, name) : NULL;
    const struct function *function = value == NULL ? function_find(name) : NULL;
    if (value != NULL)
        return buf_add_span(out, *value) == 0 ? 0 : fault_at(fault, 0, _("the text becomes too long"));
    if (function == NULL)
        return fault_at(fault, 0, count == 0 ? _("there is no value \"%s\" here") : _("there is no function \"%s\""),
                        name);
    if (count < function->least || count > function->most)
        return fault_at(fault, 0, _("%s is used so: ${%s %s}"), name, name, function->arguments);
    return function->make(values, arguments, count, out, fault);
}
