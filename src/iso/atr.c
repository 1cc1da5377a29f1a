/* Answer to reset: interface byte groups, historical bytes, check byte. */
#include "iso/atr.h"

#define T_GLOBAL 15 /* no protocol: the bytes after it are for all protocols */

static int
read_if(struct vsc_in *in, bool present, uint8_t *byte)
{
	return present ? vsc_in_u8(in, byte) : 0;
}

/* One group, its presence bits y given as in T0 and TD: bit 5 TA ... bit 8 TD. */
static int
read_group(struct vsc_in *in, uint8_t y, struct vsc_atr_group *g)
{
	g->has_ta = (y & 0x10) != 0;
	g->has_tb = (y & 0x20) != 0;
	g->has_tc = (y & 0x40) != 0;
	g->has_td = (y & 0x80) != 0;
	if (read_if(in, g->has_ta, &g->ta) < 0 || read_if(in, g->has_tb, &g->tb) < 0 ||
	    read_if(in, g->has_tc, &g->tc) < 0 || read_if(in, g->has_td, &g->td) < 0)
		return VSC_E_FORMAT;
	return 0;
}

/* ISO/IEC 7816-3:2006 8.2.3: TD names a protocol; without any, T=0 is offered. */
static void
note_protocol(struct vsc_atr *atr, uint8_t t)
{
	if (t != 0)
		atr->has_tck = true;
	if (t == T_GLOBAL)
		return;
	if (atr->protocols == 0)
		atr->first_protocol = t;
	atr->protocols = (uint16_t)(atr->protocols | 1u << t);
}

static int
read_groups(struct vsc_atr *atr, struct vsc_in *in, uint8_t t0)
{
	uint8_t y = t0 & 0xF0;

	while (y != 0) {
		struct vsc_atr_group *g = &atr->groups[atr->ngroups];

		if (atr->ngroups == VSC_ATR_GROUPS || read_group(in, y, g) < 0)
			return VSC_E_FORMAT;
		atr->ngroups++;
		if (!g->has_td)
			break;
		note_protocol(atr, g->td & 0x0F);
		y = g->td & 0xF0;
	}
	if (atr->protocols == 0)
		atr->protocols = 1u << 0;
	return 0;
}

static uint8_t
xor_of(struct vsc_span bytes)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < bytes.len; i++)
		sum ^= bytes.ptr[i];
	return sum;
}

int
vsc_atr_parse(struct vsc_atr *atr, struct vsc_span bytes)
{
	struct vsc_in in = vsc_in_from(bytes);
	struct vsc_span historical;
	uint8_t t0, tck;

	*atr = (struct vsc_atr){ 0 };
	if (bytes.len > VSC_ATR_MAX || vsc_in_u8(&in, &atr->ts) < 0 || vsc_in_u8(&in, &t0) < 0)
		return VSC_E_FORMAT;
	if (atr->ts != 0x3B && atr->ts != 0x3F)
		return VSC_E_FORMAT;
	if (read_groups(atr, &in, t0) < 0 || vsc_in_span(&in, t0 & 0x0F, &historical) < 0 ||
	    vsc_copy(atr->historical, sizeof(atr->historical), historical) < 0)
		return VSC_E_FORMAT;
	atr->nhistorical = historical.len;
	/* 8.2.5: with TCK, the exclusive or of all bytes from T0 to TCK is zero */
	if (atr->has_tck &&
	    (vsc_in_u8(&in, &tck) < 0 || xor_of(vsc_span_slice(bytes, 1, bytes.len - 1)) != 0))
		return VSC_E_FORMAT;
	return vsc_in_left(&in) == 0 ? 0 : VSC_E_FORMAT;
}

/* The presence bits of group i, as T0 or the TD before it tells them. */
static uint8_t
presence(const struct vsc_atr *atr, size_t i)
{
	const struct vsc_atr_group *g = &atr->groups[i];
	bool td;

	if (i >= atr->ngroups)
		return 0;
	td = g->has_td || i + 1 < atr->ngroups;
	return (uint8_t)((g->has_ta ? 0x10 : 0) | (g->has_tb ? 0x20 : 0) | (g->has_tc ? 0x40 : 0) |
			 (td ? 0x80 : 0));
}

/* Writes group i; returns whether it makes a check byte necessary. */
static bool
put_group(struct vsc_out *out, const struct vsc_atr *atr, size_t i)
{
	const struct vsc_atr_group *g = &atr->groups[i];
	uint8_t y = presence(atr, i);
	uint8_t t = g->has_td ? g->td & 0x0F : 0;

	if (g->has_ta)
		vsc_out_u8(out, g->ta);
	if (g->has_tb)
		vsc_out_u8(out, g->tb);
	if (g->has_tc)
		vsc_out_u8(out, g->tc);
	if ((y & 0x80) == 0)
		return false;
	vsc_out_u8(out, (uint8_t)(presence(atr, i + 1) | t));
	return t != 0;
}

void
vsc_atr_put(struct vsc_out *out, const struct vsc_atr *atr)
{
	uint8_t buf[VSC_ATR_MAX];
	struct vsc_out o = vsc_out_from(buf, sizeof(buf));
	bool tck = false;

	if (atr->nhistorical > VSC_ATR_HISTORICAL_MAX || atr->ngroups > VSC_ATR_GROUPS) {
		out->full = true;
		return;
	}
	vsc_out_u8(&o, atr->ts);
	vsc_out_u8(&o, (uint8_t)(presence(atr, 0) | atr->nhistorical));
	for (size_t i = 0; i < atr->ngroups; i++)
		tck |= put_group(&o, atr, i);
	vsc_out_put(&o, vsc_span_from(atr->historical, atr->nhistorical));
	if (tck)
		vsc_out_u8(&o, xor_of(vsc_span_from(buf + 1, o.len - 1)));
	if (o.full)
		out->full = true;
	else
		vsc_out_put(out, vsc_out_span(&o));
}

int
vsc_historical_find(struct vsc_span historical, uint8_t tag, struct vsc_span *value)
{
	struct vsc_in in = vsc_in_from(historical);
	uint8_t category, head;

	if (vsc_in_u8(&in, &category) < 0 || (category != 0x80 && category != 0x00))
		return VSC_E_NOT_FOUND;
	if (category == 0x00) {
		/* ISO/IEC 7816-4:2020 12.1.1: three bytes of status follow the objects */
		if (historical.len < 4)
			return VSC_E_FORMAT;
		in = vsc_in_from(vsc_span_slice(historical, 1, historical.len - 4));
	}
	while (vsc_in_u8(&in, &head) == 0) {
		if (vsc_in_span(&in, head & 0x0F, value) < 0)
			return VSC_E_FORMAT;
		if (head >> 4 == tag)
			return 0;
	}
	return VSC_E_NOT_FOUND;
}
