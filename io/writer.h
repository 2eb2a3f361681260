/*
 * writer.h - a small editor for texts, on the whole screen: for who has set
 * no editor of his own. Long lines are wrapped for the eye only.
 */
#ifndef PLI_IO_WRITER_H
#define PLI_IO_WRITER_H

#include "core/buf.h"
#include "io/view.h"

/*
 * Edits text (UTF-8; what is not is kept as it is). keep is called with all of it now and then, so that nothing is lost
 * when the program dies; may be NULL. 0: done; -1: given up, text is as it was.
 */
int writer_edit(struct views *views, const char *title, struct buf *text, void (*keep)(void *context, struct span text),
                void *context);

#endif
