/*
 * print_exchange.h - what the faces that print exchanges share.
 */
#ifndef PLI_VISUALIZER_PRINT_EXCHANGE_H
#define PLI_VISUALIZER_PRINT_EXCHANGE_H

#include "visualizer/exchange.h"
#include "visualizer/face.h"

/* Goes over the whole trace and groups it; to be freed with exchange_list_free(). */
struct exchange_list *print_collect(struct trace *trace, const struct print_options *options);

/* The letters of a list, as --print letter shows them; nothing when there are none. */
void print_letters(const struct exchange_list *list, FILE *out);

#endif
