/*
 * What a file's security attributes say, line by line, for --show: modes of access, commands by
 * their header, the channel, data objects (ISO/IEC 7816-4:2020 9.3). Conditions are in rule_text.c.
 */
#include <stdarg.h>
#include <stdio.h>

#include "card/record.h"
#include "card/rule.h"
#include "card/rule_text.h"
#include "iso/apdu.h"

#define TAG_COMPACT   0x8Cu
#define TAG_EXPANDED  0xABu
#define TAG_REFERENCE 0x8Bu
#define TAG_OBJECTS   0xA0u
#define TAG_LIST      0x5Cu

struct mode {
	uint8_t bit; /* of the access mode byte, tables 17 to 19 */
	const char *name;
};

static const struct mode df_modes[] = { { 0x02, "create EF" }, { 0x04, "create DF" },
	{ 0x01, "delete child" }, { 0x40, "delete" }, { 0x10, "activate" }, { 0x08, "deactivate" },
	{ 0x20, "terminate" } };
static const struct mode ef_modes[] = { { 0x01, "read" }, { 0x02, "update" },
	{ 0x04, "write, append" }, { 0x40, "delete" }, { 0x10, "activate" }, { 0x08, "deactivate" },
	{ 0x20, "terminate" } };
static const struct mode object_modes[] = { { 0x01, "get" }, { 0x02, "put" } };

static void put(struct vsc_out *out, const char *format, ...) VSC_PRINTF(2, 3);

static void
put(struct vsc_out *out, const char *format, ...)
{
	char text[96];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	vsc_out_str(out, text);
}

/* --- Where rules are: in attributes, and in records that they refer to --- */

struct source {
	uint32_t tag; /* TAG_COMPACT, TAG_EXPANDED, or TAG_REFERENCE: one that leads nowhere */
	struct vsc_span rule;
	uint8_t environment; /* in which it counts; 0: in all */
	uint16_t fid;        /* where it should be: EF.ARR, */
	uint8_t record;      /* and its record */
};

struct sources {
	const struct vsc_fs *fs;
	const struct vsc_file *file;
	struct vsc_in attributes;
	struct vsc_rule_reference reference;
	bool in_reference;
};

static struct sources
sources_of(const struct vsc_fs *fs, const struct vsc_file *file, struct vsc_span attributes)
{
	return (struct sources){ .fs = fs, .file = file, .attributes = vsc_in_from(attributes) };
}

static bool
next_referenced(struct sources *sources, struct source *source)
{
	struct vsc_rule_reference *reference = &sources->reference;

	if (!vsc_rule_reference_next(reference, &source->environment, &source->record))
		return false;
	source->fid = reference->fid;
	source->tag = TAG_EXPANDED;
	if (reference->arr == NULL ||
	    vsc_record_get_active(reference->arr, source->record, &source->rule) < 0)
		source->tag = TAG_REFERENCE;
	return true;
}

static bool
next_source(struct sources *sources, struct source *source)
{
	struct vsc_tlv tlv;

	for (;;) {
		*source = (struct source){ .tag = 0 };
		if (sources->in_reference && next_referenced(sources, source))
			return true;
		sources->in_reference = false;
		if (vsc_tlv_next(&sources->attributes, &tlv) <= 0)
			return false;
		source->tag = tlv.tag;
		source->rule = tlv.value;
		if (tlv.tag == TAG_COMPACT || tlv.tag == TAG_EXPANDED)
			return true;
		if (tlv.tag != TAG_REFERENCE)
			continue;
		vsc_rule_reference_open(&sources->reference, sources->fs, sources->file, tlv.value);
		sources->in_reference = true;
	}
}

/* --- What must be met --- */

struct wording {
	struct vsc_out *out;
	bool any; /* something is said already */
};

/* One of several conditions, and where it counts. */
static void
begin(struct wording *words, const struct source *source)
{
	if (words->any)
		put(words->out, " or ");
	words->any = true;
	if (source->environment != 0)
		put(words->out, "in security environment %u ", source->environment);
}

static void
describe_compact(struct wording *words, const struct source *source, uint8_t bit)
{
	struct vsc_in in = vsc_in_from(source->rule);
	uint8_t modes, byte;

	while (vsc_in_u8(&in, &modes) == 0)
		for (uint8_t mode = 0x40; mode != 0; mode >>= 1) {
			if ((modes & mode) == 0)
				continue;
			if (vsc_in_u8(&in, &byte) < 0)
				return;
			if (mode != bit || ((modes & 0x80) != 0 && mode > 0x04))
				continue;
			begin(words, source);
			vsc_rule_put_byte(words->out, byte);
		}
}

/* The header of a command as a rule names it: which of CLA, INS, P1, P2, and their values. */
struct header {
	uint8_t parts; /* 8 CLA, 4 INS, 2 P1, 1 P2; 0: an access mode byte is meant, bits[0] */
	uint8_t bytes[4];
};

static bool
same_header(const struct header *a, const struct header *b)
{
	return a->parts == b->parts && vsc_span_eq(VSC_SPAN_OF(a->bytes), VSC_SPAN_OF(b->bytes));
}

/* The next header in the value of an object 81 to 8F. */
static bool
next_header(struct vsc_in *in, uint32_t tag, struct header *header)
{
	*header = (struct header){ .parts = tag & 0x0F };
	for (unsigned i = 0; i < 4; i++)
		if ((header->parts >> (3 - i) & 1) != 0 && vsc_in_u8(in, &header->bytes[i]) < 0)
			return false;
	return header->parts != 0;
}

static bool
mode_means(const struct vsc_tlv *tlv, const struct header *wanted)
{
	struct vsc_in in = vsc_in_from(tlv->value);
	struct header header;

	if (wanted->parts == 0)
		return tlv->tag == 0x80 && tlv->value.len == 1 &&
		       (tlv->value.ptr[0] & wanted->bytes[0]) != 0;
	if (tlv->tag < 0x81 || tlv->tag > 0x8F)
		return false;
	while (next_header(&in, tlv->tag, &header))
		if (same_header(&header, wanted))
			return true;
	return false;
}

static void
describe_expanded(struct wording *words, const struct source *source, const struct header *wanted)
{
	struct vsc_in in = vsc_in_from(source->rule);
	bool ours = false, in_modes = false;
	struct vsc_tlv tlv;

	while (vsc_tlv_next(&in, &tlv) > 0) {
		if ((tlv.tag >= 0x80 && tlv.tag <= 0x8F) || tlv.tag == 0x9C) {
			ours = (in_modes && ours) || mode_means(&tlv, wanted);
			in_modes = true;
			continue;
		}
		in_modes = false;
		if (!ours)
			continue;
		begin(words, source);
		vsc_rule_put_condition(words->out, &tlv);
	}
}

/* For an access mode or a command by its header. What is not mentioned is never possible, and
 * always where there are no rules. */
static void
describe(struct sources sources, const struct header *wanted, struct vsc_out *out)
{
	struct wording words = { out, false };
	struct source source;
	bool rules = false;

	for (; next_source(&sources, &source); rules = true) {
		if (source.tag == TAG_COMPACT && wanted->parts == 0)
			describe_compact(&words, &source, wanted->bytes[0]);
		else if (source.tag == TAG_EXPANDED)
			describe_expanded(&words, &source, wanted);
	}
	if (words.any)
		return;
	put(out, "%s", rules ? "never" : "always");
}

/* --- The lines --- */

struct line {
	const struct vsc_fs *fs;
	const struct vsc_file *file;
	size_t left; /* lines before the one that is wanted */
	struct vsc_out *what, *words;
};

static bool
mode_line(struct line *line, struct vsc_span attributes, const struct mode *modes, size_t count)
{
	struct header wanted = { .parts = 0 };

	if (line->left >= count) {
		line->left -= count;
		return false;
	}
	put(line->what, "%s", modes[line->left].name);
	wanted.bytes[0] = modes[line->left].bit;
	describe(sources_of(line->fs, line->file, attributes), &wanted, line->words);
	return true;
}

static void
put_header(struct vsc_out *out, const struct header *header)
{
	static const char *const names[] = { "class ", "instruction ", "P1 ", "P2 " };
	const char *between = "", *command = vsc_ins_name(header->bytes[1]);

	for (unsigned i = 0; i < 4; i++) {
		/* class 00 goes without saying */
		if ((header->parts >> (3 - i) & 1) == 0 ||
		    (i == 0 && header->bytes[0] == 0 && header->parts != 0x08))
			continue;
		if (i == 1 && command != NULL)
			put(out, "%s%s (%02X)", between, command, header->bytes[1]);
		else
			put(out, "%s%s%02X", between, names[i], header->bytes[i]);
		between = " ";
	}
}

/* The n-th header that the rules name, however often they do; false past the last. */
static bool
header_nth(struct sources sources, size_t n, struct header *header)
{
	struct source source;

	while (next_source(&sources, &source)) {
		struct vsc_in rule = vsc_in_from(source.rule);
		struct vsc_tlv tlv;

		while (source.tag == TAG_EXPANDED && vsc_tlv_next(&rule, &tlv) > 0) {
			struct vsc_in in = vsc_in_from(tlv.value);

			while (
			    tlv.tag >= 0x81 && tlv.tag <= 0x8F && next_header(&in, tlv.tag, header))
				if (n-- == 0)
					return true;
		}
	}
	return false;
}

static bool
is_repeated(struct sources sources, size_t n, const struct header *header)
{
	struct header before;

	for (size_t i = 0; i < n && header_nth(sources, i, &before); i++)
		if (same_header(&before, header))
			return true;
	return false;
}

static bool
header_line(struct line *line)
{
	const struct sources sources =
	    sources_of(line->fs, line->file, vsc_blob_span(&line->file->security));
	struct header header;

	for (size_t n = 0; header_nth(sources, n, &header); n++) {
		if (is_repeated(sources, n, &header) || line->left-- > 0)
			continue;
		put_header(line->what, &header);
		describe(sources, &header, line->words);
		return true;
	}
	return false;
}

/* References that lead nowhere refuse: say so. */
static bool
reference_line(struct line *line)
{
	struct sources sources =
	    sources_of(line->fs, line->file, vsc_blob_span(&line->file->security));
	struct source source;

	while (next_source(&sources, &source)) {
		if (source.tag != TAG_REFERENCE || line->left-- > 0)
			continue;
		put(line->what, "record %u of EF.ARR %04X", source.record, source.fid);
		put(line->words, "missing");
		return true;
	}
	return false;
}

static bool
channel_line(struct line *line)
{
	static const char *const names[] = { "not shareable", "secured", "user authenticated" };
	const uint8_t attribute = vsc_rule_channel_of(vsc_blob_span(&line->file->security));
	const char *between = "";

	if (attribute == 0 || line->left-- > 0)
		return false;
	put(line->what, "channel");
	for (unsigned i = 0; i < VSC_COUNT(names); i++)
		if ((attribute >> i & 1) != 0) {
			put(line->words, "%s%s", between, names[i]);
			between = ", ";
		}
	return true;
}

/* A tag list: the first byte of a tag says whether more follow, those whether the next is one. */
static void
put_tags(struct vsc_out *out, struct vsc_span list)
{
	bool more = false;

	for (size_t i = 0; i < list.len; i++) {
		put(out, "%s%02X", more ? "" : " ", list.ptr[i]);
		more = more ? (list.ptr[i] & 0x80) != 0 : (list.ptr[i] & 0x1F) == 0x1F;
	}
	put(out, ": ");
}

static bool
object_line(struct line *line)
{
	struct vsc_in in = vsc_in_from(vsc_blob_span(&line->file->security));
	struct vsc_tlv tlv;
	struct vsc_span list;

	while (vsc_tlv_next(&in, &tlv) > 0) {
		const size_t start = line->what->len;

		if (tlv.tag != TAG_OBJECTS || vsc_tlv_find(tlv.value, TAG_LIST, &list) < 0)
			continue;
		put(line->what, "objects");
		put_tags(line->what, list);
		if (mode_line(line, tlv.value, object_modes, VSC_COUNT(object_modes)))
			return true;
		vsc_out_truncate(line->what, start);
	}
	return false;
}

bool
vsc_rule_line_nth(const struct vsc_fs *fs, const struct vsc_file *file, size_t n,
    struct vsc_out *what, struct vsc_out *words)
{
	struct line line = { fs, file, n, what, words };
	const struct vsc_span attributes = vsc_blob_span(&file->security);

	if (vsc_file_is_df(file) ? mode_line(&line, attributes, df_modes, VSC_COUNT(df_modes))
				 : mode_line(&line, attributes, ef_modes, VSC_COUNT(ef_modes)))
		return true;
	return header_line(&line) || reference_line(&line) || channel_line(&line) ||
	       object_line(&line);
}
