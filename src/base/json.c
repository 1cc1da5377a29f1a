/* JSON strings with what must be escaped escaped (RFC 8259 7). */
#include "base/json.h"

/* One character as it stands in a string; room for \u001f. */
static const char *
escape(char c, char room[8])
{
	if (c == '"' || c == '\\')
		snprintf(room, 8, "\\%c", c);
	else if ((unsigned char)c < 0x20)
		snprintf(room, 8, "\\u%04x", (unsigned char)c);
	else
		snprintf(room, 8, "%c", c);
	return room;
}

void
vsc_json_string(struct vsc_out *out, const char *text)
{
	char room[8];

	vsc_out_u8(out, '"');
	for (; *text != '\0'; text++)
		vsc_out_str(out, escape(*text, room));
	vsc_out_u8(out, '"');
}

void
vsc_json_print(FILE *to, const char *text)
{
	char room[8];

	fputc('"', to);
	for (; *text != '\0'; text++)
		fputs(escape(*text, room), to);
	fputc('"', to);
}
