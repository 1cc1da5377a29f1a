/* pcapng blocks (draft-ietf-opsawg-pcapng) in big-endian order: see pcapng.h. */
#include "vicc/pcapng.h"

#include <string.h>

#define BLOCK_SECTION   0x0A0D0D0Au
#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET    6u

#define LINKTYPE_WIRESHARK_UPPER_PDU 252

/* Exported PDU tags, as Wireshark numbers them */
#define TAG_END       0
#define TAG_DISSECTOR 12
#define TAG_DIRECTION 35

static size_t
padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

void
vsc_pcapng_header(struct vsc_out *out)
{
	vsc_out_u32(out, BLOCK_SECTION);
	vsc_out_u32(out, 28);
	vsc_out_u32(out, 0x1A2B3C4D); /* byte order */
	vsc_out_u16(out, 1);
	vsc_out_u16(out, 0);
	vsc_out_u64(out, UINT64_MAX); /* section length unknown */
	vsc_out_u32(out, 28);

	vsc_out_u32(out, BLOCK_INTERFACE);
	vsc_out_u32(out, 20);
	vsc_out_u16(out, LINKTYPE_WIRESHARK_UPPER_PDU);
	vsc_out_u16(out, 0);
	vsc_out_u32(out, 0); /* no snapshot limit */
	vsc_out_u32(out, 20);
}

void
vsc_pcapng_packet(struct vsc_out *out, const char *dissector, enum vsc_pcapng_direction direction,
    uint64_t usec, struct vsc_span pdu)
{
	size_t name = padded(strlen(dissector) + 1);
	size_t packet = 4 + name + 4 + 4 + 4 + pdu.len;
	uint32_t block = (uint32_t)(28 + padded(packet) + 4);

	vsc_out_u32(out, BLOCK_PACKET);
	vsc_out_u32(out, block);
	vsc_out_u32(out, 0); /* interface */
	vsc_out_u32(out, (uint32_t)(usec >> 32));
	vsc_out_u32(out, (uint32_t)usec);
	vsc_out_u32(out, (uint32_t)packet);
	vsc_out_u32(out, (uint32_t)packet);

	vsc_out_u16(out, TAG_DISSECTOR);
	vsc_out_u16(out, (uint16_t)name);
	vsc_out_str(out, dissector);
	vsc_out_fill(out, 0, name - strlen(dissector));
	vsc_out_u16(out, TAG_DIRECTION);
	vsc_out_u16(out, 4);
	vsc_out_u32(out, (uint32_t)direction);
	vsc_out_u32(out, TAG_END);
	vsc_out_put(out, pdu);
	vsc_out_fill(out, 0, padded(packet) - packet);
	vsc_out_u32(out, block);
}
