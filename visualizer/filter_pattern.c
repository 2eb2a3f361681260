/*
 * filter_pattern.c - regular expressions, by PCRE2 as in Wireshark: case does
 * not count, and they look at bytes.
 *
 * An expression may need exponential time. PCRE2 bounds the steps from one
 * place of the text where a match could begin; all places together are bounded
 * here: the text is searched in parts, and between them a clock is asked. What
 * is not found in time does not match.
 */
#include <string.h>
#include <time.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "io/i18n.h"
#include "visualizer/filter_parts.h"

enum { LONGEST_PATTERN = 1000, MOST_NESTING = 50, MOST_STEPS = 20000, MOST_KILOBYTES = 4096,
       SUBJECT_MAX = 1 << 20, PARTS = 256, SMALLEST_PART = 64 };
enum { PATIENCE = 100 * 1000 * 1000 }; /* nanoseconds of this thread's processor time, for a packet */

bool filter_pattern_compile(struct filter_parser *parser, struct node *literal)
{
    int problem = 0;
    size_t offset = 0;
    pcre2_compile_context *bounds = pcre2_compile_context_create(NULL);
    if (bounds == NULL)
        return parser_fail(parser, literal->start, literal->end, N_("There is no memory for the regular expression."));
    pcre2_set_max_pattern_length(bounds, LONGEST_PATTERN);
    pcre2_set_parens_nest_limit(bounds, MOST_NESTING);
    literal->type = VALUE_TEXT;
    literal->pattern = pcre2_compile((PCRE2_SPTR)literal->text, literal->len,
                                     PCRE2_CASELESS | PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C |
                                         PCRE2_USE_OFFSET_LIMIT,
                                     &problem, &offset, bounds);
    pcre2_compile_context_free(bounds);
    return literal->pattern != NULL ||
           parser_fail(parser, literal->start, literal->end,
                       N_("This is no regular expression (or a too large one); see pcre2pattern(3)."));
}

void filter_pattern_free(struct node *literal)
{
    pcre2_code_free(literal->pattern);
    literal->pattern = NULL;
}

static int64_t processor_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int search(struct evaluation *evaluation, const pcre2_code *pattern, const struct value *value,
                  pcre2_match_context *bounds, pcre2_match_data *found)
{
    const size_t size = value->size < SUBJECT_MAX ? value->size : SUBJECT_MAX;
    const size_t part = size / PARTS > SMALLEST_PART ? size / PARTS : SMALLEST_PART;
    const PCRE2_SPTR subject = value->size > 0 ? value->bytes : (PCRE2_SPTR) "";
    int result = PCRE2_ERROR_NOMATCH;
    for (size_t start = 0; start <= size && result == PCRE2_ERROR_NOMATCH; start += part) {
        if (start > 0 && processor_time() > evaluation->deadline)
            break;
        pcre2_set_offset_limit(bounds, start + part - 1);
        result = pcre2_match(pattern, subject, size, start, 0, found, bounds);
    }
    return result;
}

bool filter_pattern_matches(struct evaluation *evaluation, const struct node *literal, const struct value *value)
{
    const int64_t now = processor_time();
    if (evaluation->deadline == 0)
        evaluation->deadline = now + PATIENCE;
    if (now > evaluation->deadline)
        return false;
    pcre2_match_context *bounds = pcre2_match_context_create(NULL);
    pcre2_match_data *found = pcre2_match_data_create(1, NULL);
    int result = PCRE2_ERROR_NOMATCH;
    if (bounds != NULL && found != NULL) {
        pcre2_set_match_limit(bounds, MOST_STEPS);
        pcre2_set_depth_limit(bounds, MOST_STEPS);
        pcre2_set_heap_limit(bounds, MOST_KILOBYTES);
        result = search(evaluation, literal->pattern, value, bounds, found);
    }
    pcre2_match_data_free(found);
    pcre2_match_context_free(bounds);
    return result >= 0;
}
