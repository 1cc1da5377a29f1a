/* Command APDUs and the class byte: the four cases in short and extended form. */
#include "iso/apdu.h"

#define HEADER_LEN 4

/* Le 00 (short) and 0000 (extended) ask for the most that the form can say. */
static void
set_le(struct vsc_apdu *cmd, uint32_t le, uint32_t most)
{
	cmd->ne = le == 0 ? most : le;
	cmd->has_le = true;
}

/* Cases 3S and 4S, after Lc. */
static int
parse_short(struct vsc_apdu *cmd, struct vsc_in *in, uint8_t lc)
{
	uint8_t le;

	if (vsc_in_span(in, lc, &cmd->data) < 0)
		return VSC_E_FORMAT;
	if (vsc_in_left(in) == 0)
		return 0;
	if (vsc_in_u8(in, &le) < 0 || vsc_in_left(in) != 0)
		return VSC_E_FORMAT;
	set_le(cmd, le, VSC_NE_SHORT_MAX);
	return 0;
}

/* Cases 2E, 3E and 4E, after the byte 00 that announces them. Where an extended Lc is, Le has two
 * bytes. */
static int
parse_extended(struct vsc_apdu *cmd, struct vsc_in *in)
{
	uint16_t lc, le;

	cmd->extended = true;
	if (vsc_in_u16(in, &lc) < 0)
		return VSC_E_FORMAT;
	if (vsc_in_left(in) == 0) {
		set_le(cmd, lc, VSC_NE_EXTENDED_MAX);
		return 0;
	}
	if (lc == 0 || vsc_in_span(in, lc, &cmd->data) < 0)
		return VSC_E_FORMAT;
	if (vsc_in_left(in) == 0)
		return 0;
	if (vsc_in_u16(in, &le) < 0 || vsc_in_left(in) != 0)
		return VSC_E_FORMAT;
	set_le(cmd, le, VSC_NE_EXTENDED_MAX);
	return 0;
}

int
vsc_apdu_parse(struct vsc_apdu *cmd, struct vsc_span raw)
{
	struct vsc_in in = vsc_in_from(raw);
	uint8_t first;

	*cmd = (struct vsc_apdu){ 0 };
	if (vsc_in_u8(&in, &cmd->cla) < 0 || vsc_in_u8(&in, &cmd->ins) < 0 ||
	    vsc_in_u8(&in, &cmd->p1) < 0 || vsc_in_u8(&in, &cmd->p2) < 0)
		return VSC_E_FORMAT;
	if (vsc_in_u8(&in, &first) < 0)
		return 0; /* case 1 */
	if (vsc_in_left(&in) == 0) {
		set_le(cmd, first, VSC_NE_SHORT_MAX); /* case 2S; there is no Lc of 00 */
		return 0;
	}
	return first == 0 ? parse_extended(cmd, &in) : parse_short(cmd, &in, first);
}

static void
put_short(struct vsc_out *out, const struct vsc_apdu *cmd)
{
	if (cmd->data.len > 0)
		vsc_out_u8(out, (uint8_t)cmd->data.len);
	vsc_out_put(out, cmd->data);
	if (cmd->ne > 0)
		vsc_out_u8(out, (uint8_t)cmd->ne); /* 256 becomes 00 */
}

static void
put_extended(struct vsc_out *out, const struct vsc_apdu *cmd)
{
	if (cmd->data.len > 0 || cmd->ne > 0)
		vsc_out_u8(out, 0x00);
	if (cmd->data.len > 0)
		vsc_out_u16(out, (uint16_t)cmd->data.len);
	vsc_out_put(out, cmd->data);
	if (cmd->ne > 0)
		vsc_out_u16(out, (uint16_t)cmd->ne); /* 65536 becomes 0000 */
}

void
vsc_apdu_put(struct vsc_out *out, const struct vsc_apdu *cmd)
{
	if (cmd->data.len > UINT16_MAX || cmd->ne > VSC_NE_EXTENDED_MAX) {
		out->full = true;
		return;
	}
	vsc_out_u8(out, cmd->cla);
	vsc_out_u8(out, cmd->ins);
	vsc_out_u8(out, cmd->p1);
	vsc_out_u8(out, cmd->p2);
	if (cmd->extended || cmd->data.len > UINT8_MAX || cmd->ne > VSC_NE_SHORT_MAX)
		put_extended(out, cmd);
	else
		put_short(out, cmd);
}

/* ISO/IEC 7816-4:2020 5.4.1 */
struct vsc_cla
vsc_cla_decode(uint8_t cla)
{
	struct vsc_cla c = { 0 };

	if ((cla & 0x80) != 0) {
		c.proprietary = true;
		c.invalid = cla == 0xFF; /* reserved for protocol and parameter selection */
		return c;
	}
	c.chained = (cla & 0x10) != 0;
	if ((cla & 0xC0) == 0x40) {
		/* bits 8-7 = 01: further interindustry class, channels 4 to 19, SM in bit 6 */
		c.channel = (uint8_t)(4 + (cla & 0x0F));
		c.sm = (cla & 0x20) != 0 ? VSC_SM_PLAIN_HEADER : VSC_SM_NONE;
		return c;
	}
	c.invalid = (cla & 0xE0) == 0x20; /* 001x xxxx is reserved */
	c.channel = cla & 0x03;
	c.sm = (enum vsc_sm_kind)((cla >> 2) & 0x03);
	return c;
}

int
vsc_cla_encode(const struct vsc_cla *cla, uint8_t *byte)
{
	uint8_t chaining = cla->chained ? 0x10 : 0x00;

	if (cla->proprietary || cla->invalid || cla->channel > 19 || cla->sm > VSC_SM_AUTH_HEADER)
		return VSC_E_PARAM;
	if (cla->channel < 4) {
		*byte = (uint8_t)(chaining | cla->sm << 2 | cla->channel);
		return 0;
	}
	/* the further interindustry class can tell SM with a plain header only */
	if (cla->sm != VSC_SM_NONE && cla->sm != VSC_SM_PLAIN_HEADER)
		return VSC_E_PARAM;
	*byte = (uint8_t)(0x40 | chaining | (cla->sm != VSC_SM_NONE ? 0x20 : 0x00) |
			  (cla->channel - 4));
	return 0;
}

int
vsc_response_split(struct vsc_span response, struct vsc_span *body, vsc_sw *sw)
{
	struct vsc_in in;

	if (response.len < 2)
		return VSC_E_FORMAT;
	in = vsc_in_from(vsc_span_slice(response, response.len - 2, 2));
	if (vsc_in_u16(&in, sw) < 0)
		return VSC_E_FORMAT;
	if (body != NULL)
		*body = vsc_span_slice(response, 0, response.len - 2);
	return 0;
}

struct ins_name {
	uint8_t ins;
	const char *name;
};

/* ISO/IEC 7816-4:2020 5.4.2, 7816-8, 7816-9 and 7816-13. Where an odd code is the BER-TLV form of
 * the even one before it, both have the same name. */
static const struct ins_name ins_names[] = {
	{ 0x04, "DEACTIVATE FILE" },
	{ 0x06, "DEACTIVATE RECORD" },
	{ 0x08, "ACTIVATE RECORD" },
	{ 0x0C, "ERASE RECORD" },
	{ 0x0E, "ERASE BINARY" },
	{ 0x0F, "ERASE BINARY" },
	{ 0x10, "PERFORM SCQL OPERATION" },
	{ 0x12, "PERFORM TRANSACTION OPERATION" },
	{ 0x14, "PERFORM USER OPERATION" },
	{ 0x20, "VERIFY" },
	{ 0x21, "VERIFY" },
	{ 0x22, "MANAGE SECURITY ENVIRONMENT" },
	{ 0x24, "CHANGE REFERENCE DATA" },
	{ 0x25, "CHANGE REFERENCE DATA" },
	{ 0x26, "DISABLE VERIFICATION REQUIREMENT" },
	{ 0x28, "ENABLE VERIFICATION REQUIREMENT" },
	{ 0x2A, "PERFORM SECURITY OPERATION" },
	{ 0x2B, "PERFORM SECURITY OPERATION" },
	{ 0x2C, "RESET RETRY COUNTER" },
	{ 0x2D, "RESET RETRY COUNTER" },
	{ 0x2E, "PERFORM BIOMETRIC OPERATION" },
	{ 0x2F, "PERFORM BIOMETRIC OPERATION" },
	{ 0x33, "COMPARE" },
	{ 0x34, "GET ATTRIBUTE" },
	{ 0x35, "GET ATTRIBUTE" },
	{ 0x40, "APPLICATION MANAGEMENT REQUEST" },
	{ 0x41, "APPLICATION MANAGEMENT REQUEST" },
	{ 0x44, "ACTIVATE FILE" },
	{ 0x46, "GENERATE ASYMMETRIC KEY PAIR" },
	{ 0x47, "GENERATE ASYMMETRIC KEY PAIR" },
	{ 0x70, "MANAGE CHANNEL" },
	{ 0x82, "EXTERNAL AUTHENTICATE" },
	{ 0x84, "GET CHALLENGE" },
	{ 0x86, "GENERAL AUTHENTICATE" },
	{ 0x87, "GENERAL AUTHENTICATE" },
	{ 0x88, "INTERNAL AUTHENTICATE" },
	{ 0xA0, "SEARCH BINARY" },
	{ 0xA1, "SEARCH BINARY" },
	{ 0xA2, "SEARCH RECORD" },
	{ 0xA4, "SELECT" },
	{ 0xA5, "SELECT DATA" },
	{ 0xB0, "READ BINARY" },
	{ 0xB1, "READ BINARY" },
	{ 0xB2, "READ RECORD" },
	{ 0xB3, "READ RECORD" },
	{ 0xC0, "GET RESPONSE" },
	{ 0xC2, "ENVELOPE" },
	{ 0xC3, "ENVELOPE" },
	{ 0xCA, "GET DATA" },
	{ 0xCB, "GET DATA" },
	{ 0xCC, "GET NEXT DATA" },
	{ 0xCD, "GET NEXT DATA" },
	{ 0xCF, "MANAGE DATA" },
	{ 0xD0, "WRITE BINARY" },
	{ 0xD1, "WRITE BINARY" },
	{ 0xD2, "WRITE RECORD" },
	{ 0xD6, "UPDATE BINARY" },
	{ 0xD7, "UPDATE BINARY" },
	{ 0xD8, "PUT NEXT DATA" },
	{ 0xD9, "PUT NEXT DATA" },
	{ 0xDA, "PUT DATA" },
	{ 0xDB, "PUT DATA" },
	{ 0xDC, "UPDATE RECORD" },
	{ 0xDD, "UPDATE RECORD" },
	{ 0xDE, "UPDATE DATA" },
	{ 0xDF, "UPDATE DATA" },
	{ 0xE0, "CREATE FILE" },
	{ 0xE2, "APPEND RECORD" },
	{ 0xE4, "DELETE FILE" },
	{ 0xE6, "TERMINATE DF" },
	{ 0xE8, "TERMINATE EF" },
	{ 0xEA, "LOAD APPLICATION" },
	{ 0xEB, "LOAD APPLICATION" },
	{ 0xEC, "REMOVE APPLICATION" },
	{ 0xED, "REMOVE APPLICATION" },
	{ 0xEE, "DELETE DATA" },
	{ 0xFE, "TERMINATE CARD USAGE" },
};

const char *
vsc_ins_name(uint8_t ins)
{
	for (size_t i = 0; i < VSC_COUNT(ins_names); i++)
		if (ins_names[i].ins == ins)
			return ins_names[i].name;
	return NULL;
}
