/*
 * VPCD_READERS and the config file read: one item or line a reader; what is wrong is reported with
 * its place and left out.
 */
#include "pcsc/config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/system.h"

/* as many as the driver has; the build may say otherwise */
#ifndef VSC_SLOTS_DEFAULT
#define VSC_SLOTS_DEFAULT 2
#endif
#define LINE_MAX_LEN 512

static bool
name_taken(const struct vsc_readers_config *config, const char *name)
{
	for (size_t i = 0; i < config->count; i++)
		if (strcmp(config->entries[i].name, name) == 0)
			return true;
	return false;
}

int
vsc_readers_add(
    struct vsc_readers_config *config, const struct vsc_endpoint *endpoint, const char *name)
{
	const size_t place = config->places++;
	struct vsc_reader_entry *entry;
	struct vsc_out text;

	if (config->entries == NULL &&
	    (config->entries = calloc(VSC_READERS_MAX, sizeof(*config->entries))) == NULL)
		return VSC_E_NOMEM;
	if (config->count == VSC_READERS_MAX)
		return VSC_E_SPACE;
	entry = &config->entries[config->count];
	*entry = (struct vsc_reader_entry){ .endpoint = *endpoint };
	if (name == NULL)
		snprintf(entry->name, sizeof(entry->name), "Virtual PCD 00 %02zX", place);
	text = vsc_out_from(entry->name, sizeof(entry->name) - 1);
	if (name != NULL)
		vsc_out_str(&text, name);
	if (text.full || entry->name[0] == '\0')
		return VSC_E_FORMAT;
	if (name_taken(config, entry->name))
		return VSC_E_EXISTS;
	config->count++;
	return 0;
}

int
vsc_readers_default(struct vsc_readers_config *config, unsigned slots)
{
	struct vsc_endpoint first = { .kind = VSC_ENDPOINT_TCP,
		.listen = true,
		.port = VSC_PORT_DEFAULT },
			    nth;
	int err = 0;

	for (unsigned i = 0; i < slots && err == 0; i++)
		if ((err = vsc_endpoint_nth(&first, i, &nth)) == 0)
			err = vsc_readers_add(config, &nth, NULL);
	return err;
}

/* *why is what vsc_readers_add() or the endpoint's parser has against it. */
static int
add_text(
    struct vsc_readers_config *config, const char *endpoint, const char *name, const char **why)
{
	struct vsc_endpoint ep;
	int err = vsc_endpoint_parse(&ep, endpoint, why);

	if (err < 0) {
		config->places++;
		return err;
	}
	err = vsc_readers_add(config, &ep, name);
	*why = err == VSC_E_EXISTS   ? "a reader of this name is there already"
	       : err == VSC_E_FORMAT ? "a reader's name has 1 to 127 characters"
	       : err == VSC_E_SPACE  ? "there are too many readers"
				     : vsc_err_text(err);
	return err;
}

/* Without the blanks around it. */
static char *
trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r");
	for (len = strlen(text); len > 0 && strchr(" \t\r", text[len - 1]) != NULL; len--)
		text[len - 1] = '\0';
	return text;
}

/* An endpoint has a colon before any equals sign, a reader's name has none. */
static int
add_item(struct vsc_readers_config *config, char *item, const char **why)
{
	char *equals = strchr(item, '='), *colon = strchr(item, ':');

	if (equals == NULL || (colon != NULL && colon < equals))
		return add_text(config, item, NULL, why);
	*equals = '\0';
	return add_text(config, trim(equals + 1), trim(item), why);
}

int
vsc_readers_parse(struct vsc_readers_config *config, const char *list, const struct vsc_env *env)
{
	char *copy = strdup(list), *rest = NULL, *item;
	const char *why = NULL;

	if (copy == NULL)
		return VSC_E_NOMEM;
	for (item = strtok_r(copy, ",", &rest); item != NULL; item = strtok_r(NULL, ",", &rest)) {
		char shown[256];

		item = trim(item);
		snprintf(shown, sizeof(shown), "%s", item);
		if (add_item(config, item, &why) < 0)
			vsc_env_log(env, VSC_LOG_ERROR, "VPCD_READERS: \"%s\": %s", shown, why);
	}
	free(copy);
	if (why == NULL && config->count == 0)
		vsc_env_log(env, VSC_LOG_ERROR, "VPCD_READERS: \"%s\": it names no reader", list);
	return config->count == 0 ? VSC_E_FORMAT : 0;
}

/* A number of milliseconds that is at most an hour; unit 1000 reads seconds. */
static bool
read_ms(const char *text, int unit, int *ms)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < 0 || value > 3600 * 1000 / unit)
		return false;
	*ms = (int)value * unit;
	return true;
}

static const struct {
	const char *key;
	size_t offset;
	int unit;
} numbers[] = {
	{ "wait", offsetof(struct vsc_readers_config, wait_ms), 1 },
	{ "atr-timeout", offsetof(struct vsc_readers_config, atr_timeout), 1000 },
	{ "apdu-timeout", offsetof(struct vsc_readers_config, apdu_timeout), 1000 },
	{ "frame-timeout", offsetof(struct vsc_readers_config, frame_timeout), 1000 },
	{ "connect-timeout", offsetof(struct vsc_readers_config, connect_timeout), 1000 },
};

/* Cuts off the first word and the blanks after it; "" if there is none. */
static char *
next_word(char **text)
{
	char *word = *text + strspn(*text, " \t");
	char *end = word + strcspn(word, " \t");

	*text = end + strspn(end, " \t");
	*end = '\0';
	return word;
}

/* A name may be quoted. */
static const char *
unquote(char *name)
{
	size_t len = strlen(name);

	if (len < 2 || name[0] != '"' || name[len - 1] != '"')
		return name;
	name[len - 1] = '\0';
	return name + 1;
}

static const char *
read_line(struct vsc_readers_config *config, char *line)
{
	char *key = next_word(&line), *value;
	const char *why = NULL;

	if (*key == '\0')
		return NULL;
	value = next_word(&line);
	if (strcmp(key, "reader") == 0)
		return add_text(config, value, *line == '\0' ? NULL : unquote(line), &why) < 0
			   ? why
			   : NULL;
	for (size_t i = 0; i < VSC_COUNT(numbers); i++) {
		int *ms = (int *)(void *)((char *)config + numbers[i].offset);

		if (strcmp(key, numbers[i].key) == 0)
			return read_ms(value, numbers[i].unit, ms)
				   ? NULL
				   : "not a number, or more than an hour";
	}
	return "unknown keyword";
}

int
vsc_readers_read(
    struct vsc_readers_config *config, FILE *file, const char *path, const struct vsc_env *env)
{
	char line[LINE_MAX_LEN];

	for (unsigned n = 1; fgets(line, sizeof(line), file) != NULL; n++) {
		const char *why;

		line[strcspn(line, "#\n")] = '\0';
		if ((why = read_line(config, trim(line))) != NULL)
			vsc_env_log(env, VSC_LOG_ERROR, "%s:%u: %s", path, n, why);
	}
	if (ferror(file) != 0)
		vsc_env_log(env, VSC_LOG_ERROR, "%s: %s", path, strerror(errno));
	return config->count == 0 ? VSC_E_NOT_FOUND : 0;
}

/* VPCD_CONFIG, else the user's file, else the system's. NULL: none of them is there. */
static FILE *
open_file(char path[PATH_MAX], const struct vsc_env *env)
{
	const char *named = vsc_getenv("VPCD_CONFIG"), *base = vsc_getenv("XDG_CONFIG_HOME");
	const char *home = vsc_getenv("HOME");
	FILE *file = NULL;

	if (named != NULL) {
		snprintf(path, PATH_MAX, "%s", named);
		if ((file = fopen(path, "re")) == NULL)
			vsc_env_log(
			    env, VSC_LOG_ERROR, "VPCD_CONFIG: %s: %s", path, strerror(errno));
		return file;
	}
	path[0] = '\0';
	if (base != NULL && *base == '/')
		snprintf(path, PATH_MAX, "%s/vpcd/readers.conf", base);
	else if (home != NULL)
		snprintf(path, PATH_MAX, "%s/.config/vpcd/readers.conf", home);
	if (path[0] != '\0' && (file = fopen(path, "re")) != NULL)
		return file;
	snprintf(path, PATH_MAX, "%s/vpcd/readers.conf", VPCD_SYSCONFDIR);
	return fopen(path, "re");
}

static int
load_file(struct vsc_readers_config *config, const struct vsc_env *env)
{
	char path[PATH_MAX];
	FILE *file = open_file(path, env);
	int err;

	if (file == NULL)
		return VSC_E_NOT_FOUND;
	err = vsc_readers_read(config, file, path, env);
	fclose(file);
	return err;
}

int
vsc_readers_load(struct vsc_readers_config *config, const struct vsc_env *env)
{
	const char *list = vsc_getenv("VPCD_READERS"), *wait = vsc_getenv("VPCD_WAIT");
	int err;

	*config = (struct vsc_readers_config){ .wait_ms = VSC_READERS_WAIT };
	if (list != NULL && *list != '\0')
		err = vsc_readers_parse(config, list, env);
	else if ((err = load_file(config, env)) == VSC_E_NOT_FOUND)
		err = vsc_readers_default(config, VSC_SLOTS_DEFAULT);
	if (wait != NULL && !read_ms(wait, 1, &config->wait_ms))
		vsc_env_log(
		    env, VSC_LOG_ERROR, "VPCD_WAIT: \"%s\": not a number of milliseconds", wait);
	if (err < 0)
		vsc_readers_free(config);
	return err;
}

void
vsc_readers_free(struct vsc_readers_config *config)
{
	free(config->entries);
	config->entries = NULL;
	config->count = config->places = 0;
}
