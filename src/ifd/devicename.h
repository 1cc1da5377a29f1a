/* DEVICENAME of a reader.conf entry: where a reader listens or whom it calls, how many slots it
 * has, its deadlines. man page vpcd(5) has the table. */
#ifndef VSC_IFD_DEVICENAME_H
#define VSC_IFD_DEVICENAME_H

#include "wire/endpoint.h"

#ifndef VSC_SLOTS_DEFAULT
#define VSC_SLOTS_DEFAULT 2
#endif
#define VSC_SLOTS_MAX 255

struct vsc_devicename {
	struct vsc_endpoint endpoint; /* of the first slot */
	unsigned slots;
	/* milliseconds; 0: not given */
	int atr_timeout, apdu_timeout, frame_timeout, connect_timeout;
};

/* VSC_E_FORMAT and, in *why (static text), what is wrong. */
VSC_MUST_CHECK int vsc_devicename_parse(
    struct vsc_devicename *d, const char *text, const char **why);

/* For a reader of which only CHANNELID is known: listen on loopback there. */
VSC_MUST_CHECK int vsc_devicename_from_channel(
    struct vsc_devicename *d, unsigned long channel, const char **why);

#endif
