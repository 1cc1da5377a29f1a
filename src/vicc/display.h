/* vicc --show: cards printed instead of run. */
#ifndef VSC_VICC_DISPLAY_H
#define VSC_VICC_DISPLAY_H

#include "vicc/args.h"

/* Each card on standard output, as text or as a line of JSON objects. A saved one is only read;
 * other cards are made as they would be run. Errors are logged. */
VSC_MUST_CHECK int vsc_display_cards(
    const struct vsc_args *args, bool json, const struct vsc_env *env);

#endif
