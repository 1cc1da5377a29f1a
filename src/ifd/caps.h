/* Tags, attributes and features: what the driver says about itself and its slots. */
#ifndef VSC_IFD_CAPS_H
#define VSC_IFD_CAPS_H

#include <PCSC/ifdhandler.h>

#include "ifd/channels.h"

/* The answers IFDHGetCapabilities, IFDHSetCapabilities and IFDHControl are to give. ch may be NULL
 * where the tag does not depend on a slot. */
RESPONSECODE vsc_caps_get(struct vsc_channel *ch, DWORD tag, PDWORD len, PUCHAR value);
RESPONSECODE vsc_caps_set(struct vsc_channel *ch, DWORD tag);
RESPONSECODE vsc_caps_control(DWORD code, PUCHAR value, DWORD cap, LPDWORD len);

/* in ifd_vpcd.c; found by pcscd through their tags */
RESPONSECODE vsc_ifd_poll(DWORD Lun, int timeout);
RESPONSECODE vsc_ifd_stop_poll(DWORD Lun);

#endif
