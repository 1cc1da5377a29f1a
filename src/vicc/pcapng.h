/*
 * Traces for Wireshark: a pcapng file of exported PDUs (link type 252), each naming the dissector
 * that reads it and the direction it went.
 */
#ifndef VSC_VICC_PCAPNG_H
#define VSC_VICC_PCAPNG_H

#include "base/bytes.h"

enum vsc_pcapng_direction { VSC_PCAPNG_COMMAND = 0, VSC_PCAPNG_ANSWER = 1 };

#define VSC_PCAPNG_OVERHEAD 96 /* of a packet, generously */

/* What a file begins with. Check out->full. */
void vsc_pcapng_header(struct vsc_out *out);

/* dissector: "iso7816"; usec: since 1970. Check out->full. */
void vsc_pcapng_packet(struct vsc_out *out, const char *dissector,
    enum vsc_pcapng_direction direction, uint64_t usec, struct vsc_span pdu);

#endif
