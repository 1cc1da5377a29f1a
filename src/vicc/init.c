/* Scripts for --init: see init.h. How they are played is in card/script.c. */
#include "vicc/init.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/disk.h"
#include "base/system.h"
#include "card/script.h"
#include "vicc/own.h"

void
vsc_init_path(char *path, size_t cap, const char *name)
{
	static const char *const endings[] = { "", ".apdu" };
	char file[NAME_MAX + 1];

	if (strchr(name, '/') == NULL && access(name, F_OK) != 0)
		for (size_t i = 0; i < VSC_COUNT(endings); i++) {
			snprintf(file, sizeof(file), "%s%s", name, endings[i]);
			vsc_own_file(path, cap, VSC_OWN_SCRIPT, file);
			if (access(path, F_OK) == 0)
				return;
		}
	snprintf(path, cap, "%s", name);
}

int
vsc_init_head_add(struct vsc_init_head *head, const char *text)
{
	char **argv = vsc_realloc_array(head->argv, (size_t)head->argc + 2, sizeof(*argv));

	if (argv == NULL)
		return VSC_E_NOMEM;
	head->argv = argv;
	argv[head->argc + 1] = NULL;
	argv[head->argc] = strdup(text);
	return argv[head->argc++] == NULL ? VSC_E_NOMEM : 0;
}

static int
take_line(struct vsc_init_head *head, const struct vsc_line *line)
{
	if (line->setting == VSC_SETTING_OPTION)
		return vsc_init_head_add(head, vsc_line_text(line));
	if (line->setting != VSC_SETTING_TYPE)
		return 0;
	free(head->type);
	head->type = strdup(vsc_line_text(line));
	return head->type == NULL ? VSC_E_NOMEM : 0;
}

int
vsc_init_head_read(struct vsc_init_head *head, const char *name)
{
	struct vsc_line line = { .kind = VSC_LINE_EMPTY };
	VSC_AUTO_BLOB text = { NULL, 0 };
	char path[PATH_MAX];
	struct vsc_in in;
	int rc;

	*head = (struct vsc_init_head){ .argc = 0 };
	vsc_init_path(path, sizeof(path), name);
	rc = vsc_init_head_add(head, path);
	if (rc < 0 || vsc_disk_read(&text, path, NULL) < 0)
		return rc;
	in = vsc_in_from(vsc_blob_span(&text));
	while (rc == 0 && vsc_script_head_next(&in, &line) > 0)
		rc = take_line(head, &line);
	vsc_line_free(&line);
	return rc;
}

void
vsc_init_head_free(struct vsc_init_head *head)
{
	for (int i = 0; i < head->argc; i++)
		free(head->argv[i]);
	free(head->argv);
	free(head->type);
	*head = (struct vsc_init_head){ .argc = 0 };
}
