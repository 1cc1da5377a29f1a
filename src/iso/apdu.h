/* Command APDUs (ISO/IEC 7816-4:2020 5.2) and the class byte (5.4.1): parse, build. No state, no
 * allocation. */
#ifndef VSC_ISO_APDU_H
#define VSC_ISO_APDU_H

#include "base/bytes.h"
#include "iso/sw.h"

#define VSC_NE_SHORT_MAX    256u
#define VSC_NE_EXTENDED_MAX 65536u

struct vsc_apdu {
	uint8_t cla, ins, p1, p2;
	struct vsc_span data; /* borrows from the buffer that was parsed; empty in cases 1 and 2 */
	uint32_t ne; /* bytes expected: 0 without Le; Le 00 is 256, extended 0000 is 65536 */
	bool has_le;
	bool extended; /* Lc or Le in extended form */
	bool all; /* Le asked for all there is, though ne is less: as much as a protected answer
		     holds (card/sm.h) */
};

enum vsc_sm_kind {
	VSC_SM_NONE,         /* 00 */
	VSC_SM_PROPRIETARY,  /* 01 */
	VSC_SM_PLAIN_HEADER, /* 10: ISO secure messaging, header not authenticated; further
				interindustry SM */
	VSC_SM_AUTH_HEADER,  /* 11: ISO secure messaging, header authenticated */
};

struct vsc_cla {
	bool proprietary; /* bit 8 set */
	bool invalid;     /* FF, or 001x xxxx which is reserved */
	bool chained;     /* bit 5: not the last command of a chain */
	uint8_t channel;  /* 0 to 19 */
	enum vsc_sm_kind sm;
};

/* cmd borrows from raw. VSC_E_FORMAT: shorter than four bytes, or Lc and Le do not add up. */
VSC_MUST_CHECK int vsc_apdu_parse(struct vsc_apdu *cmd, struct vsc_span raw);

/* Short form where it fits and cmd->extended is false; Le if ne is not 0. Check out->full. */
void vsc_apdu_put(struct vsc_out *out, const struct vsc_apdu *cmd);

/* Of a proprietary class only `proprietary` is meaningful. */
struct vsc_cla vsc_cla_decode(uint8_t cla);

/* The interindustry class byte for these values; VSC_E_PARAM if there is none. */
VSC_MUST_CHECK int vsc_cla_encode(const struct vsc_cla *cla, uint8_t *byte);

/* The last two bytes of a response; VSC_E_FORMAT if it has fewer. body may be NULL. */
VSC_MUST_CHECK int vsc_response_split(struct vsc_span response, struct vsc_span *body, vsc_sw *sw);

/* The command's name for people ("SELECT"), from the interindustry table of 7816-4, -8 and -9; NULL
 * if unknown. */
const char *vsc_ins_name(uint8_t ins);

#endif
