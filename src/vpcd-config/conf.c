/*
 * The words of a reader.conf, two on a line: a name and its value. Several pairs may stand on a
 * line, as for pcscd's scanner; what that refuses is refused here.
 */
#include "vpcd-config/conf.h"

#include <stddef.h>
#include <string.h>

struct reading {
	struct vsc_in in;
	size_t line;
	struct vsc_conf_entry entry; /* so far */
	struct vsc_why *why;
};

static const struct field {
	const char *name;
	size_t offset, cap;
} fields[] = {
	{ "FRIENDLYNAME", offsetof(struct vsc_conf_entry, friendly),
	    sizeof(((struct vsc_conf_entry *)NULL)->friendly) },
	{ "DEVICENAME", offsetof(struct vsc_conf_entry, device),
	    sizeof(((struct vsc_conf_entry *)NULL)->device) },
	{ "LIBPATH", offsetof(struct vsc_conf_entry, library),
	    sizeof(((struct vsc_conf_entry *)NULL)->library) },
	{ "CHANNELID", offsetof(struct vsc_conf_entry, channel),
	    sizeof(((struct vsc_conf_entry *)NULL)->channel) },
};

/* --- Words --- */

static bool
is_word(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("=\\/-._@:", c) != NULL);
}

static bool
at_end(const struct reading *r)
{
	return vsc_in_left(&r->in) == 0 || *r->in.cur == '\n';
}

/* Blanks, and a comment up to the end of the line. */
static void
skip_blanks(struct reading *r)
{
	while (!at_end(r) && (*r->in.cur == ' ' || *r->in.cur == '\t'))
		r->in.cur++;
	if (!at_end(r) && *r->in.cur == '#')
		while (!at_end(r))
			r->in.cur++;
}

/* With its quotes; without the second one where the line ends before it. */
static struct vsc_span
quoted_word(struct reading *r)
{
	const uint8_t *start = r->in.cur++;

	while (!at_end(r) && *r->in.cur != *start)
		r->in.cur++;
	if (!at_end(r))
		r->in.cur++;
	return vsc_span_from(start, (size_t)(r->in.cur - start));
}

static int
refuse_byte(struct reading *r)
{
	const uint8_t c = *r->in.cur;

	if (c == '\r')
		return vsc_why_set(
		    r->why, VSC_E_FORMAT, "the line ends with a carriage return, as on Windows");
	if (c <= ' ' || c >= 0x7F)
		return vsc_why_set(r->why, VSC_E_FORMAT, "the byte %02X outside of quotes", c);
	return vsc_why_set(r->why, VSC_E_FORMAT, "the character %c outside of quotes", c);
}

/* The next word of the line. 1; 0: there is none; < 0 */
static int
next_word(struct reading *r, struct vsc_span *word)
{
	const uint8_t *start;

	skip_blanks(r);
	if (at_end(r))
		return 0;
	start = r->in.cur;
	if (*start == '"' || *start == '\'') {
		*word = quoted_word(r);
		return 1;
	}
	while (!at_end(r) && is_word(*r->in.cur))
		r->in.cur++;
	*word = vsc_span_from(start, (size_t)(r->in.cur - start));
	return word->len > 0 ? 1 : refuse_byte(r);
}

/* --- Values --- */

static const struct field *
field_by(struct vsc_span name)
{
	for (size_t i = 0; i < VSC_COUNT(fields); i++)
		if (vsc_span_eq(name, vsc_span_str(fields[i].name)))
			return &fields[i];
	return NULL;
}

/* The quotes are the file's around FRIENDLYNAME, and the driver takes them off DEVICENAME; around
 * LIBPATH they would be part of the name. */
static int
take_value(struct reading *r, const struct field *field, struct vsc_span value)
{
	char *to = (char *)&r->entry + field->offset;
	struct vsc_out out = vsc_out_from(to, field->cap - 1);

	if (to[0] != '\0')
		return vsc_why_set(
		    r->why, VSC_E_FORMAT, "a second %s before the entry is complete", field->name);
	if (strcmp(field->name, "LIBPATH") == 0 && !is_word(value.ptr[0]))
		return vsc_why_set(r->why, VSC_E_FORMAT,
		    "LIBPATH takes no quotes: they would be part of the name");
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] != '"')
			vsc_out_u8(&out, value.ptr[i]);
	to[out.len] = '\0';
	return out.full ? vsc_why_set(r->why, VSC_E_FORMAT, "%s is too long", field->name) : 0;
}

static bool
is_complete(const struct vsc_conf_entry *entry)
{
	return entry->friendly[0] != '\0' && entry->library[0] != '\0' &&
	       (entry->device[0] != '\0' || entry->channel[0] != '\0');
}

/* The pairs of one line. */
static int
read_line(struct reading *r, vsc_conf_fn *fn, void *ctx)
{
	struct vsc_span name, value;
	const struct field *field;
	int got;

	while ((got = next_word(r, &name)) > 0) {
		if ((field = field_by(name)) == NULL)
			return vsc_why_set(r->why, VSC_E_FORMAT,
			    "\"%.*s\" is not one of FRIENDLYNAME, DEVICENAME, LIBPATH and "
			    "CHANNELID",
			    (int)(name.len > 40 ? 40 : name.len), (const char *)name.ptr);
		if ((got = next_word(r, &value)) < 0)
			return got;
		if (got == 0)
			return vsc_why_set(r->why, VSC_E_FORMAT,
			    "%s needs its value on the same line", field->name);
		if ((got = take_value(r, field, value)) < 0)
			return got;
		if (!is_complete(&r->entry))
			continue;
		fn(ctx, &r->entry);
		r->entry = (struct vsc_conf_entry){ .friendly = "" };
	}
	return got;
}

/* pcscd leaves an entry out that is not complete; what is left of CHANNELID alone is nothing. */
static int
check_rest(const struct reading *r)
{
	if (r->entry.library[0] == '\0' && r->entry.friendly[0] == '\0')
		return 0;
	return vsc_why_set(r->why, VSC_E_NOT_FOUND, "the last entry has no %s",
	    r->entry.friendly[0] == '\0'  ? "FRIENDLYNAME"
	    : r->entry.library[0] == '\0' ? "LIBPATH"
					  : "DEVICENAME, and no CHANNELID either");
}

int
vsc_conf_read(struct vsc_span text, vsc_conf_fn *fn, void *ctx, size_t *line, struct vsc_why *why)
{
	struct reading r = { .in = vsc_in_from(text), .why = why };
	int rc = 0;

	for (*line = 1; vsc_in_left(&r.in) > 0; (*line)++) {
		if ((rc = read_line(&r, fn, ctx)) < 0)
			return rc;
		if (vsc_in_left(&r.in) > 0)
			r.in.cur++; /* the end of the line */
	}
	return check_rest(&r);
}
