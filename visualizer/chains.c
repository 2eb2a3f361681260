#include "visualizer/chains.h"

#include <stdlib.h>

#include "core/mem.h"
#include "visualizer/flow.h"

void chains_free(struct chains *chains)
{
    free(chains->flow);
    free(chains->next);
    free(chains->chains);
}

void chains_add(struct chains *chains, uint32_t number, uint32_t flow, size_t expected)
{
    if (number > chains->room) {
        chains->room = expected > number + number / 4 ? expected : number + number / 4 + 64;
        chains->flow = mem_grow(chains->flow, chains->room, sizeof *chains->flow);
        chains->next = mem_grow(chains->next, chains->room, sizeof *chains->next);
    }
    chains->flow[number - 1] = flow;
    chains->next[number - 1] = 0;
    if (flow == FLOW_NONE)
        return;
    while (flow >= chains->count) {
        if (chains->count == chains->chain_room) {
            chains->chain_room = chains->chain_room * 2 + 64;
            chains->chains = mem_grow(chains->chains, chains->chain_room, sizeof *chains->chains);
        }
        chains->chains[chains->count++] = (struct chain){ 0, 0 };
    }
    struct chain *chain = &chains->chains[flow];
    if (chain->first == 0)
        chain->first = number;
    else
        chains->next[chain->last - 1] = number;
    chain->last = number;
}
