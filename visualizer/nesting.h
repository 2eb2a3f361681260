/*
 * nesting.h - which layer of a packet is inside which.
 *
 * A packet's layers stand in the order in which they were found, outer to
 * inner. The several PDUs of an application in one segment, and the several
 * records of TLS, are not inside each other but side by side.
 */
#ifndef PLI_VISUALIZER_NESTING_H
#define PLI_VISUALIZER_NESTING_H

#include "visualizer/packet.h"

enum { NESTING_MAX = 64, NESTING_TOP = -1 };

struct nesting {
    int parent[NESTING_MAX];  /* index of the layer around it; NESTING_TOP */
    int depth[NESTING_MAX];   /* 0: outermost */
    size_t count;             /* layers looked at: at most NESTING_MAX */
    size_t first;             /* the frame, which is no envelope, is left out */
    int deepest;
};

void nesting_find(const struct packet *packet, struct nesting *nesting);

#endif
