#include "catalogue.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"

enum { MAX_SIZE = 16 << 20, HEAD_SIZE = 28, ENTRY_SIZE = 8 };
static const uint32_t magic = 0x950412de;

struct catalogue {
    char *data;
    size_t size;
    uint32_t count;
    uint32_t originals, translations; /* where their tables are: length and place of each text, sorted by original */
};

/* msgfmt writes in the byte order of the machine, unless told otherwise; a catalogue of another is none here. */
static uint32_t number(const struct catalogue *catalogue, size_t at)
{
    uint32_t value;
    memcpy(&value, catalogue->data + at, sizeof value);
    return value;
}

static const char *text_at(const struct catalogue *catalogue, uint32_t table, size_t i, uint32_t *length)
{
    size_t entry = table + i * ENTRY_SIZE;
    *length = number(catalogue, entry);
    return catalogue->data + number(catalogue, entry + 4);
}

/* Do all texts lie inside, each with the zero after it? */
static int table_is_sound(const struct catalogue *catalogue, uint32_t table)
{
    if (table > catalogue->size || catalogue->count > (catalogue->size - table) / ENTRY_SIZE)
        return 0;
    for (size_t i = 0; i < catalogue->count; i++) {
        uint64_t length = number(catalogue, table + i * ENTRY_SIZE);
        uint64_t place = number(catalogue, table + i * ENTRY_SIZE + 4);
        if (place + length >= catalogue->size || catalogue->data[place + length] != '\0')
            return 0;
    }
    return 1;
}

static int is_sound(struct catalogue *catalogue)
{
    if (catalogue->size < HEAD_SIZE || number(catalogue, 0) != magic)
        return 0;
    catalogue->count = number(catalogue, 8);
    catalogue->originals = number(catalogue, 12);
    catalogue->translations = number(catalogue, 16);
    return table_is_sound(catalogue, catalogue->originals) && table_is_sound(catalogue, catalogue->translations);
}

struct catalogue *catalogue_open(const char *path)
{
    struct stat about;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    struct catalogue *catalogue = mem_alloc(sizeof *catalogue);
    if (fstat(fileno(file), &about) == 0 && about.st_size >= HEAD_SIZE && about.st_size <= MAX_SIZE) {
        catalogue->data = mem_alloc((size_t)about.st_size);
        catalogue->size = fread(catalogue->data, 1, (size_t)about.st_size, file);
    }
    fclose(file);
    if (is_sound(catalogue))
        return catalogue;
    catalogue_free(catalogue);
    return NULL;
}

void catalogue_free(struct catalogue *catalogue)
{
    if (catalogue == NULL)
        return;
    free(catalogue->data);
    free(catalogue);
}

/* The forms of a text follow one another, each ended by a zero. */
static const char *form_of(const char *text, uint32_t length, size_t form)
{
    const char *end = text + length;
    for (; form > 0; form--) {
        text += strlen(text) + 1;
        if (text > end)
            return NULL;
    }
    return *text != '\0' ? text : NULL;
}

const char *catalogue_find(const struct catalogue *catalogue, const char *text, size_t form)
{
    size_t low = 0, high = catalogue->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint32_t length;
        /* An original with a plural is found by its singular, which ends at its first zero. */
        int order = strcmp(text, text_at(catalogue, catalogue->originals, middle, &length));
        if (order == 0) {
            const char *translation = text_at(catalogue, catalogue->translations, middle, &length);
            return form_of(translation, length, form);
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
