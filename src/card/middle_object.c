/* A middle in a shared object: two functions, called in this process. */
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "card/middle_impl.h"
#include "card/shared.h"

struct object {
	void *handle;
	vsc_middle_fn *command, *answer;
};

static int
object_command(void *ctx, struct vsc_span cmd, struct vsc_out *out)
{
	const struct object *object = ctx;

	return object->command(cmd, out);
}

static int
object_answer(void *ctx, struct vsc_span answer, struct vsc_out *out)
{
	const struct object *object = ctx;

	return object->answer(answer, out);
}

static void
object_close(void *ctx)
{
	struct object *object = ctx;

	if (object->handle != NULL)
		dlclose(object->handle);
	free(object);
}

static const struct vsc_middle_ops ops = {
	.command = object_command,
	.answer = object_answer,
	.close = object_close,
};

/* ISO C has no conversion from void * to a function pointer; POSIX dlsym promises that the bytes
 * are the same. */
static vsc_middle_fn *
function(void *handle, const char *name)
{
	union {
		void *object;
		vsc_middle_fn *function;
	} symbol = { .object = dlsym(handle, name) };

	return symbol.function;
}

/* A name without a slash is first one in the current folder. */
static int
open_object(void **handle, const char *path, struct vsc_why *why)
{
	struct vsc_why reason = { "" };
	char here[PATH_MAX];
	const char *file = path;
	int rc;

	if (strchr(path, '/') == NULL && access(path, F_OK) == 0 &&
	    snprintf(here, sizeof(here), "./%s", path) < (int)sizeof(here))
		file = here;
	rc = vsc_shared_open(handle, file, &reason);
	return rc == 0 ? 0 : vsc_why_set(why, rc, "%s: %s", path, reason.text);
}

int
vsc_middle_object_new(
    void **ctx, const struct vsc_middle_ops **result, const char *path, struct vsc_why *why)
{
	struct object *object = calloc(1, sizeof(*object));
	int rc;

	*ctx = NULL;
	if (object == NULL)
		return VSC_E_NOMEM;
	if ((rc = open_object(&object->handle, path, why)) < 0) {
		object_close(object);
		return rc;
	}
	object->command = function(object->handle, "vsc_middle_command");
	object->answer = function(object->handle, "vsc_middle_answer");
	if (object->command == NULL || object->answer == NULL) {
		object_close(object);
		return vsc_why_set(why, VSC_E_NOT_FOUND,
		    "%s: not a middle (no symbol vsc_middle_command or vsc_middle_answer)", path);
	}
	*ctx = object;
	*result = &ops;
	return 0;
}
