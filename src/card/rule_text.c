/*
 * Security conditions (ISO/IEC 7816-4:2020 9.3.3) in words, for --show. What they are conditions
 * of is in rule_lines.c.
 */
#include "card/rule_text.h"

#include <stdarg.h>
#include <stdio.h>

#include "iso/tlv.h"

#define DEPTH_MAX 8u

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
void
vsc_rule_put_byte(struct vsc_out *out, uint8_t byte)
{
	static const struct {
		uint8_t bit;
		const char *name;
	} conditions[] = { { 0x10, "user authentication" }, { 0x20, "external authentication" },
		{ 0x40, "secure messaging" } };
	const char *between = "";

	if (byte == 0x00) {
		put(out, "always");
		return;
	}
	if ((byte & 0x0F) == 0x0F || (byte & 0x70) == 0) {
		put(out, "never");
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

/* The references (83, 84) in a template, each after what they are: "PIN 01 or PIN 02". */
static void
put_references(struct vsc_out *out, struct vsc_span crt, const char *what, const char **between)
{
	struct vsc_in in = vsc_in_from(crt);
	bool any = false;
	struct vsc_tlv tlv;

	while (vsc_tlv_next(&in, &tlv) > 0) {
		if (tlv.tag != 0x83 && tlv.tag != 0x84)
			continue;
		put(out, "%s%s ", *between, what);
		for (size_t i = 0; i < tlv.value.len; i++)
			put(out, "%02X", tlv.value.ptr[i]);
		any = true;
		*between = " or ";
	}
	if (any)
		return;
	put(out, "%sany %s", *between, what);
	*between = " or ";
}

/* 10.3.3: who; usage qualifier 08 is a PIN, 80 a key that the terminal proves, without one either.
 */
static void
put_authentication(struct vsc_out *out, struct vsc_span crt)
{
	const char *between = "";
	struct vsc_span usage;
	unsigned who = 0x88;

	if (vsc_tlv_find(crt, 0x95, &usage) == 0 && usage.len == 1)
		who &= usage.ptr[0];
	if ((who & 0x08) != 0)
		put_references(out, crt, "PIN", &between);
	if ((who & 0x80) != 0)
		put_references(out, crt, "key", &between);
	if (who == 0)
		put(out, "never");
}

static void
put_crt(struct vsc_out *out, uint32_t tag, struct vsc_span crt)
{
	const char *between = "";
	struct vsc_span reference;

	if (tag == 0xA4) {
		put_authentication(out, crt);
		return;
	}
	if (tag == 0xB6) {
		put(out, "never (no command is signed)");
		return;
	}
	put(out, "%s", tag == 0xB4 ? "secure messaging" : "enciphered secure messaging");
	if (vsc_tlv_find(crt, 0x83, &reference) < 0 && vsc_tlv_find(crt, 0x84, &reference) < 0)
		return;
	put(out, " with ");
	put_references(out, crt, "key", &between);
}

static void put_nested(struct vsc_out *out, const struct vsc_tlv *tlv, unsigned depth);

/* Alternatives that are one of several operands are held together. */
static void
put_operand(struct vsc_out *out, const struct vsc_tlv *tlv, unsigned depth)
{
	const struct vsc_span between = vsc_span_str(" or ");
	const size_t start = out->len;

	put_nested(out, tlv, depth);
	if ((tlv->tag != 0xA4 && tlv->tag != 0x9E) ||
	    vsc_span_find(vsc_out_span(out), between, start) == SIZE_MAX)
		return;
	vsc_out_insert(out, start, 1);
	if (!out->full)
		out->buf[start] = '(';
	put(out, ")");
}

static void
put_combination(struct vsc_out *out, const struct vsc_tlv *tlv, unsigned depth)
{
	struct vsc_in in = vsc_in_from(tlv->value);
	const char *between = "";
	struct vsc_tlv inner;

	put(out, "%s(", tlv->tag == 0xA7 ? "not " : "");
	while (depth > 0 && vsc_tlv_next(&in, &inner) > 0) {
		put(out, "%s", between);
		put_operand(out, &inner, depth - 1);
		between = tlv->tag == 0xAF ? " and " : " or ";
	}
	put(out, ")");
}

static void
put_nested(struct vsc_out *out, const struct vsc_tlv *tlv, unsigned depth)
{
	switch (tlv->tag) {
	case 0x90:
		put(out, "always");
		break;
	case 0x97:
		put(out, "never");
		break;
	case 0x9E:
		vsc_rule_put_byte(out, tlv->value.len == 1 ? tlv->value.ptr[0] : 0xFF);
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

void
vsc_rule_put_condition(struct vsc_out *out, const struct vsc_tlv *tlv)
{
	put_nested(out, tlv, DEPTH_MAX);
}
