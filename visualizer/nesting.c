#include "visualizer/nesting.h"

/* The layer around `index`, looking at the ones before it. */
static int around(const struct packet *packet, const struct nesting *nesting, size_t index)
{
    uint8_t protocol = packet->layers[index].protocol;
    for (int at = (int)index - 1; at >= (int)nesting->first; at = nesting->parent[at])
        if (packet->layers[at].protocol == protocol && protocols[protocol]->osi >= 5)
            return nesting->parent[at]; /* a sibling: they share the envelope */
    return index > nesting->first ? (int)index - 1 : NESTING_TOP;
}

void nesting_find(const struct packet *packet, struct nesting *nesting)
{
    nesting->count = packet->layer_count < NESTING_MAX ? packet->layer_count : NESTING_MAX;
    nesting->first = packet->layer_count > 0 && packet->layers[0].protocol == PROTOCOL_FRAME ? 1 : 0;
    nesting->deepest = 0;
    for (size_t i = nesting->first; i < nesting->count; i++) {
        nesting->parent[i] = around(packet, nesting, i);
        nesting->depth[i] = nesting->parent[i] == NESTING_TOP ? 0 : nesting->depth[nesting->parent[i]] + 1;
        if (nesting->depth[i] > nesting->deepest)
            nesting->deepest = nesting->depth[i];
    }
}
