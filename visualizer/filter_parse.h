/*
 * filter_parse.h - the text of a filter becomes a tree.
 */
#ifndef PLI_VISUALIZER_FILTER_PARSE_H
#define PLI_VISUALIZER_FILTER_PARSE_H

#include "visualizer/filter_parts.h"

/* The root of the tree. On a mistake parser->failed is set and the message written. */
struct node *parse_filter(struct filter_parser *parser);

#endif
