/* Reading a transcript file. */
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
read_file(const char *path, struct vsc_blob *text)
{
	uint8_t part[65536];
	FILE *file = fopen(path, "rbe");
	size_t n;
	int r = 0;

	if (file == NULL) {
		printf("# %s cannot be read\n", path);
		return VSC_E_IO;
	}
	while (r == 0 && (n = fread(part, 1, sizeof(part), file)) > 0)
		r = vsc_blob_append(text, vsc_span_from(part, n));
	fclose(file);
	return r;
}

static int
parse_lines(struct script *script, struct vsc_span text)
{
	struct vsc_in in = vsc_in_from(text);
	const char *why;
	struct vsc_span one;
	size_t count = 0;

	while (vsc_line_next(&in, &one) == 1)
		count++;
	script->lines = calloc(count + 1, sizeof(*script->lines));
	if (script->lines == NULL)
		return VSC_E_NOMEM;
	in = vsc_in_from(text);
	while (vsc_line_next(&in, &one) == 1) {
		if (vsc_line_parse(&script->lines[script->count++], one, &why) == 0)
			continue;
		printf("# %s:%zu: %s\n", script->path, script->count, why);
		return VSC_E_FORMAT;
	}
	return 0;
}

static int
add_arg(struct script *script, const char *a, const char *b)
{
	char **argv = reallocarray(script->argv, (size_t)script->argc + 2, sizeof(*argv));

	if (argv == NULL)
		return VSC_E_NOMEM;
	script->argv = argv;
	if (asprintf(&argv[script->argc], "%s%s", a, b) < 0)
		return VSC_E_NOMEM;
	argv[++script->argc] = NULL;
	return 0;
}

static bool
is_card_line(const struct vsc_line *line)
{
	return line->kind == VSC_LINE_SETTING &&
	       (line->setting == VSC_SETTING_TYPE || line->setting == VSC_SETTING_OPTION);
}

static int
collect_args(struct script *script, const char *type)
{
	bool begun = false;
	int r = add_arg(script, "replay", "");

	if (r == 0 && type != NULL)
		r = add_arg(script, "--type=", type);
	for (size_t i = 0; r == 0 && i < script->count; i++) {
		const struct vsc_line *line = &script->lines[i];

		if (line->kind != VSC_LINE_EMPTY && line->kind != VSC_LINE_SETTING)
			begun = true;
		if (!is_card_line(line))
			continue;
		if (begun) {
			printf("# %s:%zu: @ type and @ option come first\n", script->path, i + 1);
			return VSC_E_FORMAT;
		}
		r = add_arg(script, line->setting == VSC_SETTING_TYPE ? "--type=" : "",
		    vsc_line_text(line));
	}
	return r;
}

int
script_open(struct script *script, const char *path, const char *type)
{
	struct vsc_blob text = { NULL, 0 };
	int r;

	*script = (struct script){ .path = path };
	r = read_file(path, &text);
	if (r == 0)
		r = parse_lines(script, vsc_blob_span(&text));
	if (r == 0)
		r = collect_args(script, type);
	vsc_blob_free(&text);
	return r;
}

void
script_close(struct script *script)
{
	for (size_t i = 0; i < script->count; i++)
		vsc_line_free(&script->lines[i]);
	free(script->lines);
	for (int i = 0; i < script->argc; i++)
		free(script->argv[i]);
	free(script->argv);
}

bool
script_fixes_world(const struct script *script)
{
	for (size_t i = 0; i < script->count; i++)
		if (script->lines[i].kind == VSC_LINE_SETTING && !is_card_line(&script->lines[i]))
			return true;
	return false;
}
