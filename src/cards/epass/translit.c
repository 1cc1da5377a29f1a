/*
 * The two transliteration tables of Doc 9303-3 section 6 as arrays by code point, and the UTF-8
 * reader in front of them.
 */
#include "cards/epass/translit.h"

#include <string.h>

/* Doc 9303-3 section 6 A: U+00C0 to U+017F. Where the standard offers a choice, the form issuers
 * use most is taken. */
static const char *const latin[0x180 - 0xC0] = {
	"A",
	"A",
	"A",
	"A",
	"AE",
	"AA",
	"AE",
	"C",
	"E",
	"E",
	"E",
	"E",
	"I",
	"I",
	"I",
	"I",
	"D",
	"N",
	"O",
	"O",
	"O",
	"O",
	"OE",
	NULL,
	"OE",
	"U",
	"U",
	"U",
	"UE",
	"Y",
	"TH",
	"SS",
	"A",
	"A",
	"A",
	"A",
	"AE",
	"AA",
	"AE",
	"C",
	"E",
	"E",
	"E",
	"E",
	"I",
	"I",
	"I",
	"I",
	"D",
	"N",
	"O",
	"O",
	"O",
	"O",
	"OE",
	NULL,
	"OE",
	"U",
	"U",
	"U",
	"UE",
	"Y",
	"TH",
	"Y",
	"A",
	"A",
	"A",
	"A",
	"A",
	"A",
	"C",
	"C",
	"C",
	"C",
	"C",
	"C",
	"C",
	"C",
	"D",
	"D",
	"D",
	"D",
	"E",
	"E",
	"E",
	"E",
	"E",
	"E",
	"E",
	"E",
	"E",
	"E",
	"G",
	"G",
	"G",
	"G",
	"G",
	"G",
	"G",
	"G",
	"H",
	"H",
	"H",
	"H",
	"I",
	"I",
	"I",
	"I",
	"I",
	"I",
	"I",
	"I",
	"I",
	"I",
	"IJ",
	"IJ",
	"J",
	"J",
	"K",
	"K",
	"Q",
	"L",
	"L",
	"L",
	"L",
	"L",
	"L",
	"L",
	"L",
	"L",
	"L",
	"N",
	"N",
	"N",
	"N",
	"N",
	"N",
	"N",
	"N",
	"N",
	"O",
	"O",
	"O",
	"O",
	"O",
	"O",
	"OE",
	"OE",
	"R",
	"R",
	"R",
	"R",
	"R",
	"R",
	"S",
	"S",
	"S",
	"S",
	"S",
	"S",
	"S",
	"S",
	"T",
	"T",
	"T",
	"T",
	"T",
	"T",
	"U",
	"U",
	"U",
	"U",
	"U",
	"U",
	"U",
	"U",
	"U",
	"U",
	"U",
	"U",
	"W",
	"W",
	"Y",
	"Y",
	"Y",
	"Z",
	"Z",
	"Z",
	"Z",
	"Z",
	"Z",
	"S",
};

/* Doc 9303-3 section 6 B: U+0400 to U+042F; the lower case letters follow at U+0430 and U+0450. */
static const char *const cyrillic[0x30] = {
	"E",
	"E",
	"D",
	"G",
	"IE",
	"DZ",
	"I",
	"I",
	"J",
	"LJ",
	"NJ",
	"C",
	"K",
	"I",
	"U",
	"DZ",
	"A",
	"B",
	"V",
	"G",
	"D",
	"E",
	"ZH",
	"Z",
	"I",
	"I",
	"K",
	"L",
	"M",
	"N",
	"O",
	"P",
	"R",
	"S",
	"T",
	"U",
	"F",
	"KH",
	"TS",
	"CH",
	"SH",
	"SHCH",
	"IE",
	"Y",
	"",
	"E",
	"IU",
	"IA",
};

static const struct {
	uint32_t first, last;
	const char *text;
} others[] = {
	{ ' ', ' ', "<" }, { '-', '-', "<" }, { '<', '<', "<" }, { '\'', '\'', "" },
	{ '.', '.', "" }, { ',', ',', "<" },
	{ 0x0490, 0x0491, "G" }, /* Ukrainian ghe with upturn */
	{ 0x0218, 0x0219, "S" }, /* Romanian s with comma below */
	{ 0x021A, 0x021B, "T" },
	{ 0x0300, 0x036F, "" }, /* combining marks: the base letter stands */
	{ 0x1E9E, 0x1E9E, "SS" }, { 0x2010, 0x2015, "<" }, /* hyphens and dashes */
	{ 0x2018, 0x2019, "" },                            /* typographic apostrophes */
};

/* One UTF-8 character (RFC 3629); overlong forms and surrogates are malformed. */
static int
next_char(struct vsc_in *in, uint32_t *code)
{
	static const struct {
		uint8_t mask, lead;
		size_t more;
		uint32_t least;
	} forms[] = { { 0x80, 0x00, 0, 0 }, { 0xE0, 0xC0, 1, 0x80 }, { 0xF0, 0xE0, 2, 0x800 },
		{ 0xF8, 0xF0, 3, 0x10000 } };
	uint8_t byte;

	if (vsc_in_u8(in, &byte) < 0)
		return VSC_E_FORMAT;
	for (size_t i = 0; i < VSC_COUNT(forms); i++) {
		if ((byte & forms[i].mask) != forms[i].lead)
			continue;
		*code = byte & (uint8_t)~forms[i].mask;
		for (size_t n = 0; n < forms[i].more; n++) {
			uint8_t next;

			if (vsc_in_u8(in, &next) < 0 || (next & 0xC0) != 0x80)
				return VSC_E_FORMAT;
			*code = *code << 6 | (next & 0x3F);
		}
		if (*code < forms[i].least || *code > 0x10FFFF ||
		    (*code >= 0xD800 && *code <= 0xDFFF))
			return VSC_E_FORMAT;
		return 0;
	}
	return VSC_E_FORMAT;
}

/* The letters a character becomes; NULL: no rule. */
static const char *
rule(uint32_t code, char single[2])
{
	if ((code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z')) {
		single[0] = (char)(code & 0xDF);
		single[1] = '\0';
		return single;
	}
	if (code >= 0xC0 && code < 0x180)
		return latin[code - 0xC0];
	if (code >= 0x450 && code < 0x460)
		return cyrillic[code - 0x450];
	if (code >= 0x430 && code < 0x450)
		return cyrillic[code - 0x420];
	if (code >= 0x400 && code < 0x430)
		return cyrillic[code - 0x400];
	for (size_t i = 0; i < VSC_COUNT(others); i++)
		if (code >= others[i].first && code <= others[i].last)
			return others[i].text;
	return vsc_translit_arabic(code);
}

#define TEH_MARBUTA 0x0629u
#define SHADDA      0x0651u

/* Letters that depend on their neighbours; NULL: this one does not. last: what the letter before it
 * has become. */
static const char *
by_neighbours(uint32_t code, struct vsc_in rest, const char *last)
{
	/* a letter and its mark apart, as the letter with its mark (table A) */
	static const struct {
		uint32_t mark;
		const char *letter, *adds;
	} marks[] = { { 0x0308, "A", "E" }, { 0x0308, "O", "E" }, { 0x0308, "U", "E" },
		{ 0x030A, "A", "A" } };
	uint32_t next;

	if (code == SHADDA)
		return last;
	for (size_t i = 0; i < VSC_COUNT(marks); i++)
		if (marks[i].mark == code && strcmp(marks[i].letter, last) == 0)
			return marks[i].adds;
	/* table C, note: at the end of a name component it is another one */
	if (code == TEH_MARBUTA &&
	    (next_char(&rest, &next) < 0 || vsc_translit_arabic(next) == NULL))
		return "XAH";
	return NULL;
}

int
vsc_translit(char *text, size_t cap, struct vsc_span name, struct vsc_span *bad)
{
	struct vsc_in in = vsc_in_from(name);
	struct vsc_out out = vsc_out_from(text, cap);
	const char *last = "";
	char single[2];

	while (vsc_in_left(&in) > 0) {
		const uint8_t *start = in.cur;
		const char *letters;
		uint32_t code;

		if (next_char(&in, &code) < 0)
			return VSC_E_FORMAT;
		if ((letters = by_neighbours(code, in, last)) == NULL)
			letters = rule(code, single);
		if (letters == NULL) {
			*bad = vsc_span_from(start, (size_t)(in.cur - start));
			return VSC_E_UNSUPPORTED;
		}
		/* fillers never double within a name: "Maria - Luise" */
		if (letters[0] == '<' && (out.len == 0 || text[out.len - 1] == '<'))
			continue;
		vsc_out_str(&out, letters);
		last = letters;
	}
	while (out.len > 0 && text[out.len - 1] == '<')
		vsc_out_truncate(&out, out.len - 1);
	vsc_out_u8(&out, '\0');
	return out.full ? VSC_E_SPACE : 0;
}
