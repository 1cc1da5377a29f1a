/*
 * The resource manager that this process uses: its own, or that of a vicc-run around it. It is
 * opened by the first context and closed with the last.
 */
#ifndef VSC_PCSC_PROCESS_H
#define VSC_PCSC_PROCESS_H

#include "pcsc/call.h"

/* Any thread. SCARD_E_NO_SERVICE: there is no manager. */
LONG vsc_process_call(struct vsc_rm_call *call);

#endif
