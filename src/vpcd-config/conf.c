/*
 * The words of a reader.conf, quoted or not, collected into entries that LIBPATH completes, as in
 * pcscd; a CHANNELID behind it still counts.
 */
#include "vpcd-config/conf.h"

#include <stdlib.h>
#include <string.h>

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct vsc_span
next_word(struct vsc_in *in)
{
	const uint8_t *start;

	while (vsc_in_left(in) > 0 && is_blank(*in->cur))
		in->cur++;
	start = in->cur;
	if (vsc_in_left(in) > 0 && *start == '"') {
		in->cur++;
		while (vsc_in_left(in) > 0 && *in->cur != '"')
			in->cur++;
		if (vsc_in_left(in) > 0) {
			struct vsc_span quoted = { start + 1, (size_t)(in->cur - start) - 1 };

			in->cur++;
			return quoted;
		}
	}
	while (vsc_in_left(in) > 0 && !is_blank(*in->cur))
		in->cur++;
	return vsc_span_from(start, (size_t)(in->cur - start));
}

static int
take(char *field, size_t cap, struct vsc_span value)
{
	if (vsc_copy(field, cap - 1, value) < 0)
		return VSC_E_SPACE;
	field[value.len] = '\0';
	return 0;
}

/* One NAME VALUE line. 1: the entry is complete, 0 not yet, < 0 too long. */
static int
read_line(struct vsc_conf_entry *entry, struct vsc_span line)
{
	struct vsc_in in = vsc_in_from(line);
	struct vsc_span name = next_word(&in), value = next_word(&in);
	char number[32];

	if (name.len == 0 || name.ptr[0] == '#')
		return 0;
	if (vsc_span_eq(name, vsc_span_str("FRIENDLYNAME"))) {
		*entry = (struct vsc_conf_entry){ 0 };
		return take(entry->friendly, sizeof(entry->friendly), value);
	}
	if (vsc_span_eq(name, vsc_span_str("DEVICENAME")))
		return take(entry->device, sizeof(entry->device), value);
	if (vsc_span_eq(name, vsc_span_str("LIBPATH")))
		return take(entry->library, sizeof(entry->library), value) < 0 ? VSC_E_SPACE : 1;
	if (vsc_span_eq(name, vsc_span_str("CHANNELID")) &&
	    take(number, sizeof(number), value) == 0)
		entry->channel = strtoul(number, NULL, 0);
	return 0;
}

int
vsc_conf_read(struct vsc_span text, vsc_conf_fn *fn, void *ctx, size_t *number)
{
	struct vsc_conf_entry entry = { 0 }, complete = { 0 };
	bool pending = false;

	*number = 1;
	for (size_t start = 0; start < text.len; (*number)++) {
		size_t end = vsc_span_find(text, vsc_span_str("\n"), start);
		int state;

		if (end == SIZE_MAX)
			end = text.len;
		state = read_line(&entry, vsc_span_slice(text, start, end - start));
		if (state < 0)
			return VSC_E_FORMAT;
		/* CHANNELID usually follows LIBPATH: report an entry when the next begins */
		if (pending && entry.library[0] == '\0') {
			fn(ctx, &complete);
			pending = false;
		}
		if (state == 1)
			pending = true;
		if (pending) {
			const unsigned long channel = entry.channel;

			if (state == 1)
				complete = entry;
			complete.channel = channel;
		}
		start = end + 1;
	}
	if (pending)
		fn(ctx, &complete);
	return 0;
}
