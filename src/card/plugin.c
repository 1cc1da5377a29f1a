/* Card types in shared objects: see plugin.h. */
#include "card/plugin.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card/shared.h"

#define SYMBOL "vsc_plugin_card_type"

struct vsc_plugin {
	void *handle;
	const struct vsc_card_type *type;
};

/* The loader searches the library path for a name without a slash; we mean the file. */
static int
open_object(void **handle, const char *path, struct vsc_why *why)
{
	char local[PATH_MAX];

	if (strchr(path, '/') != NULL)
		return vsc_shared_open(handle, path, why);
	if ((size_t)snprintf(local, sizeof(local), "./%s", path) >= sizeof(local))
		return vsc_why_set(why, VSC_E_IO, "the file name is too long");
	return vsc_shared_open(handle, local, why);
}

static int
explain_open(const char *path, int rc, const struct vsc_why *why, const struct vsc_env *env)
{
	static const char how[] =
	    "; a plugin is a shared object, docs/writing-a-card.md tells how to build it";

	vsc_env_log(
	    env, VSC_LOG_ERROR, "--type %s: %s%s", path, why->text, rc == VSC_E_IO ? how : "");
	return rc;
}

/* What a type must have, and this one has not; NULL if nothing. */
static const char *
what_is_missing(const struct vsc_card_type *type)
{
	bool has_atr = false, has_commands = false;

	if (type->name == NULL)
		return "a name";
	for (; type != NULL; type = type->base) {
		if (type->cmds == NULL && type->ncmds > 0)
			return "the table that .ncmds counts";
		if (type->options == NULL && type->noptions > 0)
			return "the table that .noptions counts";
		has_atr = has_atr || type->atr != NULL;
		has_commands = has_commands || type->ncmds > 0 || type->transmit != NULL;
	}
	if (!has_commands)
		return "commands: .base, .cmds or .transmit";
	return has_atr ? NULL : "an ATR: .base or .atr";
}

static int
find_type(struct vsc_plugin *plugin, const char *path, const struct vsc_env *env)
{
	const char *missing;

	plugin->type = dlsym(plugin->handle, SYMBOL);
	if (plugin->type == NULL) {
		vsc_env_log(env, VSC_LOG_ERROR,
		    "%s: not a card type (no symbol " SYMBOL "; was it built with -DVSC_PLUGIN?)",
		    path);
		return VSC_E_NOT_FOUND;
	}
	if (plugin->type->abi != VSC_CARD_ABI) {
		vsc_env_log(env, VSC_LOG_ERROR,
		    "%s: built for card interface %u, this program has %u; rebuild it", path,
		    plugin->type->abi, VSC_CARD_ABI);
		return VSC_E_ABI;
	}
	if ((missing = what_is_missing(plugin->type)) != NULL) {
		vsc_env_log(env, VSC_LOG_ERROR, "%s: the card type lacks %s", path, missing);
		return VSC_E_FORMAT;
	}
	return 0;
}

int
vsc_plugin_open(struct vsc_plugin **plugin, const char *path, const struct vsc_env *env)
{
	struct vsc_plugin *fresh = calloc(1, sizeof(*fresh));
	struct vsc_why why = { "" };
	int rc;

	*plugin = NULL;
	if (fresh == NULL)
		return VSC_E_NOMEM;
	if ((rc = open_object(&fresh->handle, path, &why)) < 0)
		(void)explain_open(path, rc, &why, env);
	else
		rc = find_type(fresh, path, env);
	if (rc < 0) {
		vsc_plugin_close(fresh);
		return rc;
	}
	*plugin = fresh;
	return 0;
}

const struct vsc_card_type *
vsc_plugin_type(const struct vsc_plugin *plugin)
{
	return plugin->type;
}

void
vsc_plugin_close(struct vsc_plugin *plugin)
{
	if (plugin == NULL)
		return;
	if (plugin->handle != NULL)
		dlclose(plugin->handle);
	free(plugin);
}
