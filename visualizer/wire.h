/*
 * wire.h - the wire of the lab network, as a program.
 *
 *     visualizer --wire PORT[,PORT...] [--wire ...] [--record FILE] [--keylog FILE]... [--hosts FILE]
 *                [--fault TEXT]... [--script FILE] [--hold] [--until FILTER] [--control SOCKET]
 *     visualizer --wire-tell SOCKET COMMAND...
 *     visualizer --wire-plain DEVICE[,DEVICE...]
 *
 * Each --wire joins network devices as a switch would (wire_switch.h); several
 * make several separate segments. What passes is recorded (wire_record.h);
 * faults (wire_fault.h) and commands (wire_control.h) say what is to be lost,
 * delayed, doubled, bent or held on the way.
 * In a terminal it opens the view, where it is held and stepped by keys, and
 * ends with it (wire_screen.h). Else it says one line on standard output when
 * frames begin to pass, and ends on SIGTERM, SIGINT or SIGHUP with the
 * recording complete.
 *
 * --wire-plain prepares devices, before they are handed to hosts, so that
 * frames look as on a real wire (wire_port_plain).
 */
#ifndef PLI_VISUALIZER_WIRE_H
#define PLI_VISUALIZER_WIRE_H

#include <stdbool.h>

/* Is this call for the wire? */
bool wire_wanted(int argc, char **argv);

/* The program: answers its exit status. i18n_start() was called. */
int wire_main(int argc, char **argv);

#endif
