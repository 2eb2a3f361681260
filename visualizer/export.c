#include "visualizer/export.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"

const struct exporter exporters[] = {
    { "html", N_("a page for a browser that steps through the capture, both models side by side"), FROM_CAPTURE,
      export_html },
    { "svg", N_("the ladder between the hosts as a drawing (SVG), like those that follow"), FROM_CAPTURE, export_svg },
    { "envelope", N_("one packet, chosen by --packet, as envelopes in envelopes, with both models"), FROM_CAPTURE,
      export_envelope },
    { "shares", N_("whose bytes are on the wire: the share of each layer"), FROM_CAPTURE, export_shares },
    { "roles", N_("who handed the letter to whom: MUA, MSA, MTA, MDA"), FROM_CAPTURE, export_roles },
    { "machine", N_("the state machine of smtp, pop3 or imap, which is named instead of a capture"), FROM_WORD,
      export_machine },
    { "models", N_("the two models side by side, with the protocols; without a capture"), FROM_NOTHING, export_models },
    { "pcapng", N_("the packets, with TLS keys and names inside and each exchange as a comment"), FROM_CAPTURE,
      export_pcapng },
};

const size_t exporter_count = sizeof exporters / sizeof exporters[0];

const struct exporter *exporter_find(const char *name)
{
    for (size_t i = 0; i < exporter_count; i++)
        if (strcmp(exporters[i].name, name) == 0)
            return &exporters[i];
    return NULL;
}

/* mkstemp() makes files that only their owner reads; an export is a file like any other. */
static void common_mode(const char *path)
{
    mode_t mask = umask(0);
    umask(mask);
    if (chmod(path, 0666 & ~mask) != 0)
        return; /* then it stays as it is */
}

int export_trace(const struct exporter *exporter, struct trace *trace, const struct export_options *options,
                 const char *out, struct buf *error)
{
    char *path = mem_printf("%s.XXXXXX", out);
    int descriptor = mkstemp(path), status = -1;
    if (descriptor < 0) {
        buf_printf(error, _("%s cannot be written: %s."), out, strerror(errno));
    } else {
        close(descriptor);
        status = exporter->write(trace, options, path, error);
        if (status == 0) {
            common_mode(path);
            status = rename(path, out);
            if (status != 0)
                buf_printf(error, _("%s cannot be written: %s."), out, strerror(errno));
        }
        if (status != 0)
            unlink(path);
    }
    free(path);
    return status;
}

int export_text(const char *path, const struct buf *text, struct buf *error)
{
    FILE *file = fopen(path, "w");
    bool well = file != NULL && fwrite(text->data, 1, text->len, file) == text->len;
    if (file != NULL && fclose(file) != 0)
        well = false;
    if (!well)
        buf_printf(error, _("%s cannot be written: %s."), path, strerror(errno));
    return well ? 0 : -1;
}
