/* Many cards, one loop: see fleet.h. */
#include "vicc/fleet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* Descriptors beside one per card: standard streams, loop, workers, traces being opened. */
#define SPARE_FDS 64

struct member {
	struct vsc_holder holder;
	struct vsc_connector *connector;
};

struct vsc_fleet {
	struct vsc_connectors connectors;
	struct vsc_touch *touch;
	struct member *members;
	size_t count;
};

size_t
vsc_fleet_size(const struct vsc_args *args)
{
	size_t n = 0;

	for (size_t i = 0; i < args->ncards; i++)
		n += args->cards[i].count;
	return n;
}

int
vsc_fleet_addresses(struct vsc_endpoint *eps, const struct vsc_args *args, struct vsc_why *why)
{
	static const struct vsc_params none = { NULL, 0 };
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < args->ncards; i++)
		for (unsigned k = 0; k < args->cards[i].count; k++, n++) {
			rc = vsc_address_choose(&eps[n], k == 0 ? &args->cards[i].params : &none,
			    n == 0 ? NULL : &eps[n - 1], why);
			if (rc < 0)
				return rc;
		}
	return 0;
}

/* How many descriptors each card keeps open: one for its link, two more to listen, and what its
 * options make it hold. */
static size_t
descriptors(const struct vsc_args *args, const struct vsc_endpoint *eps)
{
	static const struct {
		const char *option;
		size_t count;
	} rows[] = { { "trace", 1 }, { "file", 2 /* and its journal */ },
		{ "mitm", 2 /* to it, from it */ } };
	size_t each = eps[0].listen ? 3 : 1;

	for (size_t i = 0; i < VSC_COUNT(rows); i++)
		if (vsc_args_count(args, rows[i].option) > 0)
			each += rows[i].count;
	return each;
}

static int
raise_limit(size_t count, size_t each, const struct vsc_env *env)
{
	rlim_t need = (rlim_t)(count * each + SPARE_FDS);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= need)
		return 0;
	if (limit.rlim_max < need)
		limit.rlim_max = need; /* only root may */
	limit.rlim_cur = need;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return 0;
	vsc_env_log(env, VSC_LOG_ERROR,
	    "%zu cards need %ju open files: %s; raise the limit (ulimit -Hn) or run fewer", count,
	    (uintmax_t)need, strerror(errno));
	return VSC_E_IO;
}

static bool
is_here(const char *host)
{
	static const char *const names[] = { "", "*", "localhost", "::1" };

	for (size_t i = 0; i < VSC_COUNT(names); i++)
		if (strcmp(host, names[i]) == 0)
			return true;
	return strncmp(host, "127.", 4) == 0;
}

/* Under one name, or under two. */
static bool
is_same_socket(const char *a, const char *b)
{
	struct stat sa, sb;

	if (strcmp(a, b) == 0)
		return true;
	return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino;
}

/* The two ends of one connection: one listens, and both name the same place. */
static bool
meet(const struct vsc_endpoint *a, const struct vsc_endpoint *b)
{
	if (a->listen == b->listen || a->kind != b->kind)
		return false;
	if (a->kind == VSC_ENDPOINT_UNIX)
		return is_same_socket(a->host, b->host);
	return a->port == b->port &&
	       (strcmp(a->host, b->host) == 0 || (is_here(a->host) && is_here(b->host)));
}

/* A relayed card in the slot that it comes from would wait for itself. */
static int
refuse_itself(struct vsc_holder *holder, const struct vsc_endpoint *ep)
{
	char text[320];
	struct vsc_out source = vsc_out_from(text, sizeof(text) - 1);
	struct vsc_endpoint from;
	const char *why;

	vsc_card_source(holder->card, &source);
	text[source.len] = '\0';
	if (source.len == 0 || vsc_endpoint_parse(&from, text, &why) < 0 || !meet(&from, ep))
		return 0;
	vsc_env_log(&holder->env, VSC_LOG_ERROR,
	    "%s is the reader that this card is for; choose another with --reader, --port or "
	    "--connect",
	    text);
	return VSC_E_STATE;
}

static int
add(struct vsc_fleet *fleet, const struct vsc_card_args *args, unsigned index,
    const struct vsc_endpoint *ep, bool numbered)
{
	struct member *m = &fleet->members[fleet->count];
	int rc;

	rc = vsc_holder_open(&m->holder, args, index, numbered ? (unsigned)fleet->count + 1 : 0,
	    fleet->connectors.env);
	if (rc < 0)
		return rc;
	fleet->count++;
	m->holder.loop = fleet->connectors.loop;
	m->holder.touch = fleet->touch;
	if ((rc = refuse_itself(&m->holder, ep)) < 0)
		return rc;
	return vsc_connector_new(&m->connector, &fleet->connectors, &m->holder, ep);
}

int
vsc_fleet_new(struct vsc_fleet **fleet, struct vsc_loop *loop, const struct vsc_args *args,
    const struct vsc_endpoint *eps, const struct vsc_env *env, struct vsc_touch *touch)
{
	size_t total = vsc_fleet_size(args);
	struct vsc_fleet *f;
	int rc;

	*fleet = NULL;
	if (total == 0)
		return VSC_E_PARAM;
	if ((rc = raise_limit(total, descriptors(args, eps), env)) < 0)
		return rc;
	f = calloc(1, sizeof(*f));
	if (f == NULL || (f->members = calloc(total, sizeof(*f->members))) == NULL) {
		free(f);
		return VSC_E_NOMEM;
	}
	*fleet = f;
	f->touch = touch;
	f->connectors = (struct vsc_connectors){
		.loop = loop, .env = env, .once = vsc_args_count(args, "once") > 0
	};
	for (size_t i = 0; i < args->ncards; i++)
		for (unsigned k = 0; k < args->cards[i].count; k++)
			if ((rc = add(f, &args->cards[i], k, &eps[f->count], total > 1)) < 0)
				return rc;
	return 0;
}

bool
vsc_fleet_failed(const struct vsc_fleet *fleet)
{
	return fleet->connectors.failed;
}

void
vsc_fleet_stop(struct vsc_fleet *fleet)
{
	for (size_t i = 0; fleet != NULL && i < fleet->count; i++)
		if (fleet->members[i].connector != NULL)
			vsc_connector_stop(fleet->members[i].connector);
}

void
vsc_fleet_free(struct vsc_fleet *fleet)
{
	if (fleet == NULL)
		return;
	for (size_t i = 0; i < fleet->count; i++) {
		vsc_connector_free(fleet->members[i].connector);
		vsc_holder_close(&fleet->members[i].holder);
	}
	free(fleet->members);
	free(fleet);
}
