/*
 * tui_keys.h - the key tables of the visualizer's views: for the reference
 * pages. Each view's own file has the table.
 */
#ifndef PLI_VISUALIZER_TUI_KEYS_H
#define PLI_VISUALIZER_TUI_KEYS_H

#include "io/keys.h"

extern const struct key_table tui_main_keys, tui_envelope_keys, tui_fields_keys, tui_dialogue_keys, tui_letter_keys,
    tui_ladder_keys, tui_machine_keys, tui_tls_keys, tui_wire_keys, tui_bits_keys, tui_predict_keys,
    tui_statistics_keys, tui_notes_keys;

#endif
