/* The transcript notation, read and written. */
#include "iso/transcript.h"

#include "base/date.h"
#include "base/hex.h"

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct vsc_span
trim(struct vsc_span s)
{
	while (s.len > 0 && is_blank(s.ptr[0]))
		s = vsc_span_slice(s, 1, s.len - 1);
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static size_t
find_byte(struct vsc_span s, uint8_t byte)
{
	size_t i = 0;

	while (i < s.len && s.ptr[i] != byte)
		i++;
	return i;
}

/* Splits off the first word; *s is what follows it, trimmed. */
static struct vsc_span
take_word(struct vsc_span *s)
{
	struct vsc_span word = { s->ptr, 0 };

	while (word.len < s->len && !is_blank(s->ptr[word.len]))
		word.len++;
	*s = trim(vsc_span_slice(*s, word.len, s->len - word.len));
	return word;
}

int
vsc_line_next(struct vsc_in *in, struct vsc_span *text)
{
	struct vsc_span rest = vsc_span_from(in->cur, vsc_in_left(in));

	if (rest.len == 0)
		return 0;
	*text = vsc_span_slice(rest, 0, find_byte(rest, '\n'));
	in->cur += text->len < rest.len ? text->len + 1 : rest.len;
	return 1;
}

/* --- Time --- */

#define DAY 86400

/* Digits of `text` where `form` has 0, the same character elsewhere. */
static bool
has_form(struct vsc_span text, const char *form)
{
	struct vsc_span f = vsc_span_str(form);

	if (text.len != f.len)
		return false;
	for (size_t i = 0; i < f.len; i++) {
		bool digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';

		if (f.ptr[i] == '0' ? !digit : text.ptr[i] != f.ptr[i])
			return false;
	}
	return true;
}

static int
number(struct vsc_span text, size_t at, size_t len)
{
	int n = 0;

	for (size_t i = at; i < at + len; i++)
		n = n * 10 + (text.ptr[i] - '0');
	return n;
}

static int
parse_time(struct vsc_line *line, struct vsc_span text)
{
	struct vsc_date date;
	int hour, minute, second;

	if (!has_form(text, "0000-00-00T00:00:00Z"))
		return VSC_E_FORMAT;
	date = (struct vsc_date){ number(text, 0, 4), number(text, 5, 2), number(text, 8, 2) };
	hour = number(text, 11, 2);
	minute = number(text, 14, 2);
	second = number(text, 17, 2);
	if (date.year < 1 || !vsc_date_exists(date.year, date.month, date.day) || hour > 23 ||
	    minute > 59 || second > 59)
		return VSC_E_FORMAT;
	line->time = vsc_date_seconds(date) + hour * 3600 + minute * 60 + second;
	return 0;
}

static void
put_number(struct vsc_out *out, int64_t value, int digits)
{
	int64_t unit = 1;

	while (--digits > 0)
		unit *= 10;
	for (; unit > 0; unit /= 10)
		vsc_out_u8(out, (uint8_t)('0' + value / unit % 10));
}

static void
put_time(struct vsc_out *out, int64_t time)
{
	const int64_t first = vsc_date_seconds((struct vsc_date){ 1, 1, 1 });
	const int64_t end = vsc_date_seconds((struct vsc_date){ 10000, 1, 1 });
	const int64_t second = (time % DAY + DAY) % DAY;
	struct vsc_date date;

	if (time < first || time >= end) {
		out->full = true; /* its year has not four digits */
		return;
	}
	date = vsc_date_of(time);
	put_number(out, date.year, 4);
	vsc_out_str(out, "-");
	put_number(out, date.month, 2);
	vsc_out_str(out, "-");
	put_number(out, date.day, 2);
	vsc_out_str(out, "T");
	put_number(out, second / 3600, 2);
	vsc_out_str(out, ":");
	put_number(out, second / 60 % 60, 2);
	vsc_out_str(out, ":");
	put_number(out, second % 60, 2);
	vsc_out_str(out, "Z");
}

/* --- Reading --- */

/* One place of a pattern: a byte, `..` or `*`. */
static int
take_place(struct vsc_in *in, uint8_t *byte, uint8_t *wild)
{
	uint8_t first, second;
	int high, low;

	if (vsc_in_u8(in, &first) < 0)
		return VSC_E_FORMAT;
	*byte = 0;
	*wild = VSC_WILD_ANY;
	if (first == '*')
		return 0;
	if (vsc_in_u8(in, &second) < 0)
		return VSC_E_FORMAT;
	*wild = VSC_WILD_BYTE;
	if (first == '.' && second == '.')
		return 0;
	*wild = VSC_WILD_NONE;
	if ((high = vsc_hex_digit((char)first)) < 0 || (low = vsc_hex_digit((char)second)) < 0)
		return VSC_E_FORMAT;
	*byte = (uint8_t)(high << 4 | low);
	return 0;
}

/* Places into bytes and wild; *n counts them, *wilds the wildcards. */
static int
take_places(struct vsc_line *line, struct vsc_span text, size_t *n, size_t *wilds)
{
	struct vsc_in in = vsc_in_from(text);

	for (*n = *wilds = 0; vsc_in_left(&in) > 0;) {
		if (is_blank(*in.cur)) {
			in.cur++;
			continue;
		}
		if (take_place(&in, &line->bytes.ptr[*n], &line->wild.ptr[*n]) < 0)
			return VSC_E_FORMAT;
		*wilds += line->wild.ptr[*n] != VSC_WILD_NONE;
		++*n;
	}
	return 0;
}

static int
parse_answer(struct vsc_line *line, struct vsc_span text)
{
	size_t n, wilds;

	/* no place is shorter than one character */
	if (vsc_blob_alloc(&line->bytes, text.len) < 0 || vsc_blob_alloc(&line->wild, text.len) < 0)
		return VSC_E_NOMEM;
	if (text.len > 0 && take_places(line, text, &n, &wilds) < 0)
		return VSC_E_FORMAT;
	if (text.len == 0)
		return 0;
	if (vsc_blob_resize(&line->bytes, n) < 0 ||
	    vsc_blob_resize(&line->wild, wilds > 0 ? n : 0) < 0)
		return VSC_E_NOMEM;
	return 0;
}

static int
parse_bytes(struct vsc_line *line, struct vsc_span text)
{
	return vsc_hex_parse(text, &line->bytes);
}

static const char *const events[] = {
	[VSC_EVENT_ON] = "on",
	[VSC_EVENT_OFF] = "off",
	[VSC_EVENT_RESET] = "reset",
	[VSC_EVENT_ATR] = "atr",
};

static int
parse_event(struct vsc_line *line, struct vsc_span text)
{
	for (unsigned i = 0; i < VSC_COUNT(events); i++) {
		if (!vsc_span_eq(text, vsc_span_str(events[i])))
			continue;
		line->event = (enum vsc_line_event)i;
		return 0;
	}
	return VSC_E_FORMAT;
}

static int
parse_text(struct vsc_line *line, struct vsc_span text)
{
	if (text.len == 0 || find_byte(text, '\0') < text.len)
		return VSC_E_FORMAT;
	if (vsc_blob_alloc(&line->text, text.len + 1) < 0)
		return VSC_E_NOMEM;
	return vsc_blob_write(&line->text, 0, text);
}

typedef int parse_fn(struct vsc_line *line, struct vsc_span text);

static const struct {
	const char *name;
	parse_fn *parse;
	const char *why;
} settings[] = {
	[VSC_SETTING_TYPE] = { "type", parse_text, "@ type takes a name" },
	[VSC_SETTING_OPTION] = { "option", parse_text, "@ option takes an option" },
	[VSC_SETTING_RANDOM] = { "random", parse_bytes, "@ random takes bytes in hex" },
	[VSC_SETTING_TIME] = { "time", parse_time, "@ time takes YYYY-MM-DDTHH:MM:SSZ" },
};

static int
parse_setting(struct vsc_line *line, struct vsc_span text, const char **why)
{
	struct vsc_span word = take_word(&text);

	for (unsigned i = 0; i < VSC_COUNT(settings); i++) {
		if (!vsc_span_eq(word, vsc_span_str(settings[i].name)))
			continue;
		line->setting = (enum vsc_line_setting)i;
		*why = settings[i].why;
		return settings[i].parse(line, text);
	}
	*why = "@ takes type, option, random or time";
	return VSC_E_FORMAT;
}

static const struct {
	char mark;
	enum vsc_line_kind kind;
	parse_fn *parse; /* NULL: parse_setting */
	const char *why;
} marks[] = {
	{ '>', VSC_LINE_COMMAND, parse_bytes, "> takes bytes in hex" },
	{ '<', VSC_LINE_ANSWER, parse_answer, "< takes bytes in hex, .. and *" },
	{ '!', VSC_LINE_EVENT, parse_event, "! takes on, off, reset or atr" },
	{ '@', VSC_LINE_SETTING, NULL, NULL },
};

static int
parse_marked(struct vsc_line *line, struct vsc_span text, const char **why)
{
	struct vsc_span rest = trim(vsc_span_slice(text, 1, text.len - 1));

	for (size_t i = 0; i < VSC_COUNT(marks); i++) {
		if (text.ptr[0] != (uint8_t)marks[i].mark)
			continue;
		line->kind = marks[i].kind;
		if (marks[i].parse == NULL)
			return parse_setting(line, rest, why);
		*why = marks[i].why;
		return marks[i].parse(line, rest);
	}
	*why = "a line begins with >, <, !, @ or #";
	return VSC_E_FORMAT;
}

int
vsc_line_parse(struct vsc_line *line, struct vsc_span text, const char **why)
{
	const char *reason = NULL;
	int r;

	vsc_line_free(line);
	text = trim(vsc_span_slice(text, 0, find_byte(text, '#')));
	if (text.len == 0)
		return 0;
	r = parse_marked(line, text, &reason);
	if (r == 0)
		return 0;
	vsc_line_free(line);
	if (why != NULL)
		*why = r == VSC_E_FORMAT ? reason : vsc_err_text(r);
	return r;
}

void
vsc_line_free(struct vsc_line *line)
{
	vsc_blob_free(&line->bytes);
	vsc_blob_free(&line->wild);
	vsc_blob_free(&line->text);
	*line = (struct vsc_line){ 0 };
}

const char *
vsc_line_text(const struct vsc_line *line)
{
	return line->text.len > 0 ? (const char *)line->text.ptr : "";
}

/* --- Matching --- */

/* Walks pattern and bytes; after a mismatch, the last `*` takes one byte more. */
bool
vsc_line_matches(const struct vsc_line *line, struct vsc_span got)
{
	size_t p = 0, g = 0, star = SIZE_MAX, star_g = 0;

	if (line->wild.len == 0)
		return vsc_span_eq(vsc_blob_span(&line->bytes), got);
	while (g < got.len) {
		uint8_t wild = p < line->bytes.len ? line->wild.ptr[p] : VSC_WILD_NONE;

		if (wild == VSC_WILD_ANY) {
			star = p++;
			star_g = g;
		} else if (p < line->bytes.len &&
			   (wild == VSC_WILD_BYTE || line->bytes.ptr[p] == got.ptr[g])) {
			p++;
			g++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			g = ++star_g;
		} else {
			return false;
		}
	}
	while (p < line->bytes.len && line->wild.ptr[p] == VSC_WILD_ANY)
		p++;
	return p == line->bytes.len;
}

/* --- Writing --- */

static void
put_byte(struct vsc_out *out, uint8_t byte)
{
	static const char digits[] = "0123456789ABCDEF";
	const uint8_t text[] = { ' ', (uint8_t)digits[byte >> 4], (uint8_t)digits[byte & 0x0F] };

	vsc_out_put(out, VSC_SPAN_OF(text));
}

static void
put_bytes(struct vsc_out *out, const char *mark, struct vsc_span bytes)
{
	vsc_out_str(out, mark);
	for (size_t i = 0; i < bytes.len; i++)
		put_byte(out, bytes.ptr[i]);
	vsc_out_str(out, "\n");
}

void
vsc_line_put_command(struct vsc_out *out, struct vsc_span bytes)
{
	put_bytes(out, ">", bytes);
}

void
vsc_line_put_answer(struct vsc_out *out, struct vsc_span bytes)
{
	put_bytes(out, "<", bytes);
}

void
vsc_line_put_random(struct vsc_out *out, struct vsc_span bytes)
{
	put_bytes(out, "@ random", bytes);
}

void
vsc_line_put_event(struct vsc_out *out, enum vsc_line_event event)
{
	vsc_out_str(out, "! ");
	vsc_out_str(out, events[event]);
	vsc_out_str(out, "\n");
}

void
vsc_line_put_time(struct vsc_out *out, int64_t time)
{
	vsc_out_str(out, "@ time ");
	put_time(out, time);
	vsc_out_str(out, "\n");
}

void
vsc_line_put_text(struct vsc_out *out, enum vsc_line_setting setting, const char *text)
{
	vsc_out_str(out, "@ ");
	vsc_out_str(out, settings[setting].name);
	vsc_out_str(out, " ");
	vsc_out_str(out, text);
	vsc_out_str(out, "\n");
}

static void
put_pattern(struct vsc_out *out, const struct vsc_line *line)
{
	vsc_out_str(out, "<");
	for (size_t i = 0; i < line->bytes.len; i++) {
		if (line->wild.ptr[i] == VSC_WILD_NONE)
			put_byte(out, line->bytes.ptr[i]);
		else
			vsc_out_str(out, line->wild.ptr[i] == VSC_WILD_BYTE ? " .." : " *");
	}
	vsc_out_str(out, "\n");
}

static void
put_setting(struct vsc_out *out, const struct vsc_line *line)
{
	if (line->setting == VSC_SETTING_RANDOM)
		vsc_line_put_random(out, vsc_blob_span(&line->bytes));
	else if (line->setting == VSC_SETTING_TIME)
		vsc_line_put_time(out, line->time);
	else
		vsc_line_put_text(out, line->setting, vsc_line_text(line));
}

void
vsc_line_put(struct vsc_out *out, const struct vsc_line *line)
{
	switch (line->kind) {
	case VSC_LINE_EMPTY:
		vsc_out_str(out, "\n");
		break;
	case VSC_LINE_COMMAND:
		vsc_line_put_command(out, vsc_blob_span(&line->bytes));
		break;
	case VSC_LINE_ANSWER:
		if (line->wild.len > 0)
			put_pattern(out, line);
		else
			vsc_line_put_answer(out, vsc_blob_span(&line->bytes));
		break;
	case VSC_LINE_EVENT:
		vsc_line_put_event(out, line->event);
		break;
	case VSC_LINE_SETTING:
		put_setting(out, line);
	}
}
