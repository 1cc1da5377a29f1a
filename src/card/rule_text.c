/*
 * Access rules in the compact, expanded and referenced form (ISO/IEC 7816-4:2020 9.3) as a line of
 * words for --show.
 */
#include "card/rule_text.h"

#include <stdarg.h>
#include <stdio.h>

#include "iso/tlv.h"

#define DEPTH_MAX 8u

static const struct vsc_rule_mode df_modes[] = { { 0x02, "create EF" }, { 0x04, "create DF" },
	{ 0x01, "delete child" }, { 0x40, "delete" }, { 0x10, "activate" }, { 0x08, "deactivate" },
	{ 0x20, "terminate" } };
static const struct vsc_rule_mode ef_modes[] = { { 0x01, "read" }, { 0x02, "update" },
	{ 0x04, "write, append" }, { 0x40, "delete" }, { 0x10, "activate" }, { 0x08, "deactivate" },
	{ 0x20, "terminate" } };

const struct vsc_rule_mode *
vsc_rule_mode_nth(const struct vsc_file *file, size_t n)
{
	if (vsc_file_is_df(file))
		return n < VSC_COUNT(df_modes) ? &df_modes[n] : NULL;
	return n < VSC_COUNT(ef_modes) ? &ef_modes[n] : NULL;
}

static void put(struct vsc_out *out, const char *format, ...) VSC_PRINTF(2, 3);

static void
put(struct vsc_out *out, const char *format, ...)
{
	char text[128];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	vsc_out_str(out, text);
}

/* Table 20: bit 8 says all or one of bits 7 to 5; the low digit is a security environment. */
static void
put_byte(struct vsc_out *out, uint8_t byte)
{
	static const struct {
		uint8_t bit;
		const char *name;
	} conditions[] = { { 0x10, "user authentication" }, { 0x20, "external authentication" },
		{ 0x40, "secure messaging" } };
	const char *between = "";

	if (byte == 0x00 || byte == 0xFF) {
		put(out, "%s", byte == 0 ? "always" : "never");
		return;
	}
	for (size_t i = 0; i < VSC_COUNT(conditions); i++) {
		if ((byte & conditions[i].bit) == 0)
			continue;
		put(out, "%s%s", between, conditions[i].name);
		between = (byte & 0x80) != 0 ? " and " : " or ";
	}
	if ((byte & 0x0F) != 0)
		put(out, "%sas security environment %u says", between[0] == '\0' ? "" : ", ",
		    byte & 0x0Fu);
}

/* 10.3.3: what a control reference template asks for; usage qualifier 08 is a PIN, 80 a key that
 * the terminal proves. */
static void
put_crt(struct vsc_out *out, uint32_t tag, struct vsc_span crt)
{
	struct vsc_span reference = VSC_SPAN_EMPTY, usage = VSC_SPAN_EMPTY;
	const char *what = "key";

	if (vsc_tlv_find(crt, 0x95, &usage) < 0)
		usage = VSC_SPAN_EMPTY;
	if (vsc_tlv_find(crt, 0x83, &reference) < 0 && vsc_tlv_find(crt, 0x84, &reference) < 0)
		reference = VSC_SPAN_EMPTY;
	if (tag == 0xB4 || tag == 0xB8)
		what = tag == 0xB4 ? "secure messaging (MAC) with key"
				   : "secure messaging (encryption) with key";
	else if (tag == 0xA4 && usage.len == 1 && (usage.ptr[0] & 0x08) != 0)
		what = "PIN";
	put(out, "%s ", what);
	for (size_t i = 0; i < reference.len; i++)
		put(out, "%02X", reference.ptr[i]);
	if (reference.len == 0)
		put(out, "of the environment");
}

static void put_condition(struct vsc_out *out, const struct vsc_tlv *tlv, unsigned depth);

static void
put_combination(struct vsc_out *out, const struct vsc_tlv *tlv, unsigned depth)
{
	struct vsc_in in = vsc_in_from(tlv->value);
	const char *between = "";
	struct vsc_tlv inner;

	put(out, "%s(", tlv->tag == 0xA7 ? "not " : "");
	while (depth > 0 && vsc_tlv_next(&in, &inner) > 0) {
		put(out, "%s", between);
		put_condition(out, &inner, depth - 1);
		between = tlv->tag == 0xAF ? " and " : " or ";
	}
	put(out, ")");
}

static void
put_condition(struct vsc_out *out, const struct vsc_tlv *tlv, unsigned depth)
{
	switch (tlv->tag) {
	case 0x90:
		put(out, "always");
		break;
	case 0x97:
		put(out, "never");
		break;
	case 0x9E:
		if (tlv->value.len == 1)
			put_byte(out, tlv->value.ptr[0]);
		break;
	case 0xA4:
	case 0xB4:
	case 0xB6:
	case 0xB8:
		put_crt(out, tlv->tag, tlv->value);
		break;
	case 0xA0:
	case 0xA7:
	case 0xAF:
		put_combination(out, tlv, depth);
		break;
	default:
		put(out, "never (condition %lX is not known)", (unsigned long)tlv->tag);
	}
}

/* One of several rules for the same mode. */
static void
put_or(struct vsc_out *out, bool *first)
{
	if (!*first)
		put(out, " or ");
	*first = false;
}

static void
describe_compact(struct vsc_out *out, struct vsc_span rule, uint8_t bit, bool *first)
{
	struct vsc_in in = vsc_in_from(rule);
	uint8_t modes, byte;

	while (vsc_in_u8(&in, &modes) == 0)
		for (uint8_t mode = 0x40; mode != 0; mode >>= 1) {
			if ((modes & mode) == 0)
				continue;
			if (vsc_in_u8(&in, &byte) < 0)
				return;
			if (mode != bit || ((modes & 0x80) != 0 && mode > 0x04))
				continue;
			put_or(out, first);
			put_byte(out, byte);
		}
}

static void
describe_expanded(struct vsc_out *out, struct vsc_span rule, uint8_t bit, bool *first)
{
	struct vsc_in in = vsc_in_from(rule);
	bool ours = false, in_modes = false;
	struct vsc_tlv tlv;

	while (vsc_tlv_next(&in, &tlv) > 0) {
		if (tlv.tag >= 0x80 && tlv.tag <= 0x8F) {
			const bool here =
			    tlv.tag == 0x80 && tlv.value.len == 1 && (tlv.value.ptr[0] & bit) != 0;

			ours = (in_modes && ours) || here;
			in_modes = true;
			continue;
		}
		in_modes = false;
		if (!ours)
			continue;
		put_or(out, first);
		put_condition(out, &tlv, DEPTH_MAX);
	}
}

static void
describe_reference(struct vsc_out *out, struct vsc_span rule, bool *first)
{
	put_or(out, first);
	put(out, "by EF.ARR");
	for (size_t i = 0; i < rule.len; i++)
		put(out, "%s%02X", i == 0 || (i == 2 && rule.len >= 3) ? " " : "", rule.ptr[i]);
}

void
vsc_rule_describe(struct vsc_out *out, const struct vsc_file *file, uint8_t bit)
{
	struct vsc_in in = vsc_in_from(vsc_blob_span(&file->security));
	bool any = false, first = true;
	struct vsc_tlv tlv;

	while (vsc_tlv_next(&in, &tlv) > 0) {
		if (tlv.tag == 0x8C)
			describe_compact(out, tlv.value, bit, &first);
		else if (tlv.tag == 0xAB)
			describe_expanded(out, tlv.value, bit, &first);
		else if (tlv.tag == 0x8B)
			describe_reference(out, tlv.value, &first);
		else
			continue;
		any = true;
	}
	if (first)
		put(out, "%s", any ? "never" : "always");
}
