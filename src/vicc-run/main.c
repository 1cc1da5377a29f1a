/* vicc-run: a private card and reader for one command. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pcsc/server.h"
#include "vicc-run/child.h"
#include "vicc-run/place.h"
#include "vicc/display.h"
#include "vicc/fleet.h"
#include "vicc/log.h"

/* Our cards are in this process: what takes longer is not going to come (a relayed card). */
#define CARDS_MS 2000

#define OWN_OPTIONS 3 /* the others are vicc's, named so that they can be refused with a reason */
#define OWN_READER  "the card goes into the reader of this run; "
#define ELSEWHERE   "for a reader elsewhere use vicc(1)"
#define COMES       "for a card that comes from elsewhere there is --reader-at"

static const struct vsc_option options[] = {
	{ "no-card", 0, VSC_OPTION_FLAG, false, NULL, "no card of our own; for --reader-at" },
	{ "reader-at", 0, VSC_OPTION_VALUE, true, "ENDPOINT",
	    "one more reader, for a card from elsewhere: listen:PORT, unix:PATH, HOST:PORT" },
	{ "reader-name", 0, VSC_OPTION_VALUE, false, "NAME",
	    "what the card's reader is called, for programs that go by that" },
	{ "connect", 0, VSC_OPTION_VALUE, true, "ENDPOINT", OWN_READER ELSEWHERE },
	{ "hostname", 'H', VSC_OPTION_VALUE, true, "HOST", OWN_READER ELSEWHERE },
	{ "listen", 0, VSC_OPTION_VALUE, true, "ENDPOINT", OWN_READER COMES },
	{ "once", 0, VSC_OPTION_FLAG, true, NULL,
	    "its card is there until the command ends; leave it out" },
	{ "port", 'P', VSC_OPTION_VALUE, true, "PORT", OWN_READER ELSEWHERE },
	{ "reversed", 'R', VSC_OPTION_FLAG, true, NULL, OWN_READER COMES },
};

static const char usage[] =
    "Usage: vicc-run [OPTION]... [--card [OPTION]...]... [--] [COMMAND [ARG]...]\n"
    "Runs COMMAND, or a shell, with a virtual smart card and a reader of its own.\n\n";

static const char endnotes[] =
    "\nThe exit status is the command's; 2 for wrong options, 126 and 127 if the command cannot\n"
    "be started. Manual: vicc-run(1).\n";

struct run {
	struct vsc_args args;
	struct vsc_env env;
	struct vsc_place place;
	struct vsc_readers_config readers;
	struct vsc_endpoint *eps; /* where each card dials in */
	size_t ncards;
	struct vsc_manager *manager;
	struct vsc_server *server;
	struct vsc_loop *loop;
	struct vsc_fleet *fleet;
	struct vsc_touch *touch; /* NULL: SIGUSR1 is the command's */
	pthread_t thread;        /* the loop's */
	bool running;
};

static int
print_help(void)
{
	const struct vsc_option_list own = { options, OWN_OPTIONS };

	return vsc_args_help(usage, "", own, endnotes);
}

/* --- readers and cards --- */

/* name NULL: by its place. VSC_E_PARAM after naming what is wrong. */
static int
add_reader(struct run *run, const struct vsc_endpoint *ep, const char *name)
{
	char by_place[32];
	int err;

	snprintf(by_place, sizeof(by_place), "Virtual PCD 00 %02zX", run->readers.places);
	err = vsc_readers_add(&run->readers, ep, name);
	if (err != VSC_E_EXISTS && err != VSC_E_FORMAT)
		return err;
	vsc_env_log(&run->env, VSC_LOG_ERROR, "--reader-name \"%s\": %s",
	    name != NULL ? name : by_place,
	    err == VSC_E_EXISTS ? "another reader is called so" : "1 to 127 characters expected");
	return VSC_E_PARAM;
}

/* On a socket in our folder. */
static int
add_card_reader(struct run *run, size_t place, const char *name)
{
	struct vsc_endpoint *ep = &run->eps[place];
	int err;

	ep->kind = VSC_ENDPOINT_UNIX;
	ep->listen = true;
	snprintf(ep->host, sizeof(ep->host), "%s/%zu", run->place.dir, place);
	err = add_reader(run, ep, name);
	ep->listen = false; /* the card's side of it */
	return err;
}

/* One reader a card; those of --count have their number behind the name. */
static int
add_card_readers(struct run *run)
{
	size_t place = 0;
	int err = 0;

	run->ncards = vsc_args_count(&run->args, "no-card") > 0 ? 0 : vsc_fleet_size(&run->args);
	if ((run->eps = calloc(run->ncards + 1, sizeof(*run->eps))) == NULL)
		return VSC_E_NOMEM;
	for (size_t i = 0; i < run->args.ncards && run->ncards > 0; i++) {
		const struct vsc_card_args *card = &run->args.cards[i];
		const char *given = vsc_params_get(&card->params, "reader-name");
		char name[VSC_READER_NAME + 12];

		for (unsigned n = 0; n < card->count && err == 0; n++) {
			if (given != NULL && card->count > 1)
				snprintf(
				    name, sizeof(name), "%.*s %02X", VSC_READER_NAME, given, n);
			err = add_card_reader(
			    run, place++, given != NULL && card->count > 1 ? name : given);
		}
	}
	return err;
}

/* VSC_E_PARAM after naming the reader that makes no sense. */
static int
add_slots(struct run *run)
{
	const char *text, *why;
	struct vsc_endpoint ep;
	int err;

	for (size_t i = 0; i < run->args.ncards; i++)
		for (size_t n = 0;
		     (text = vsc_params_nth(&run->args.cards[i].params, "reader-at", n)) != NULL;
		     n++) {
			if (vsc_endpoint_parse(&ep, text, &why) < 0) {
				vsc_env_log(
				    &run->env, VSC_LOG_ERROR, "--reader-at %s: %s", text, why);
				return VSC_E_PARAM;
			}
			if ((err = add_reader(run, &ep, NULL)) < 0)
				return err;
		}
	return 0;
}

static void *
serve_cards(void *arg)
{
	const struct run *run = arg;
	int err = vsc_loop_run(run->loop);

	if (err < 0)
		vsc_env_log(&run->env, VSC_LOG_ERROR, "the cards stopped: %s", vsc_err_text(err));
	return NULL;
}

static int
start_cards(struct run *run)
{
	int err;

	if (run->ncards == 0)
		return 0;
	if ((err = vsc_loop_new(&run->loop, 0, NULL)) < 0 ||
	    (err = vsc_fleet_new(
		 &run->fleet, run->loop, &run->args, run->eps, &run->env, run->touch)) < 0)
		return err;
	if (pthread_create(&run->thread, NULL, serve_cards, run) != 0)
		return VSC_E_NOMEM;
	run->running = true;
	vsc_manager_wait_cards(run->manager, run->ncards, CARDS_MS);
	return 0;
}

/* --touch signal: whoever wants to touch a card signals us. */
static int
take_touch(struct run *run)
{
	for (size_t i = 0; i < run->args.ncards; i++) {
		const char *how = vsc_params_get(&run->args.cards[i].params, "touch");

		if (how != NULL && strcmp(how, "signal") == 0 && run->touch == NULL &&
		    vsc_touch_new(&run->touch) < 0)
			return VSC_E_NOMEM;
	}
	return 0;
}

static int
start(struct run *run)
{
	int err;

	if ((err = take_touch(run)) < 0 || (err = vsc_place_new(&run->place, &run->env)) < 0)
		return err;
	if ((err = add_card_readers(run)) == 0)
		err = add_slots(run);
	if (err == VSC_E_PARAM)
		return err;
	if (err < 0 || (err = vsc_place_export(&run->place, &run->env)) < 0 ||
	    (err = vsc_manager_new(&run->manager, &run->readers, &run->env)) < 0 ||
	    (err = vsc_server_start(&run->server, run->place.session, run->manager)) < 0)
		vsc_env_log(
		    &run->env, VSC_LOG_ERROR, "cannot start the readers: %s", vsc_err_text(err));
	return err < 0 ? err : start_cards(run);
}

/* The server stops the manager, and so frees whoever waits in it. */
static void
stop(struct run *run)
{
	vsc_server_stop(run->server);
	vsc_manager_free(run->manager);
	if (run->touch != NULL)
		vsc_touch_close(run->touch);
	if (run->running) {
		vsc_loop_stop(run->loop);
		pthread_join(run->thread, NULL);
	}
	vsc_fleet_stop(run->fleet);
	if (run->loop != NULL)
		vsc_loop_free(run->loop);
	vsc_fleet_free(run->fleet);
	vsc_touch_free(run->touch);
	vsc_place_remove(&run->place);
	vsc_readers_free(&run->readers);
	free(run->eps);
}

/* --- the command --- */

static void
greet(const struct run *run)
{
	if (run->ncards == 0)
		fprintf(stderr, "vicc-run: no card; \"exit\" ends the readers\n");
	else if (run->ncards == 1)
		fprintf(stderr,
		    "vicc-run: a card of type %s is in reader \"%s\"; \"exit\" takes it out\n",
		    run->args.cards[0].type->name, run->readers.entries[0].name);
	else
		fprintf(stderr,
		    "vicc-run: %zu cards are in readers \"%s\" to \"%s\"; \"exit\" takes them "
		    "out\n",
		    run->ncards, run->readers.entries[0].name,
		    run->readers.entries[run->ncards - 1].name);
}

static int
run_command(struct run *run, const sigset_t *before, int *exit_status)
{
	char *shell = getenv("SHELL");
	char *own[] = { shell != NULL && *shell != '\0' ? shell : (char[]){ "/bin/sh" }, NULL };

	if (run->args.nrest > 0)
		return vsc_child_run(
		    run->args.rest, before, &run->place.guard, run->touch, &run->env, exit_status);
	greet(run);
	return vsc_child_run(own, before, &run->place.guard, run->touch, &run->env, exit_status);
}

/* Returns when there is no command's end to end with. */
static int
session(struct run *run)
{
	int err, status = -1, exit_status = EXIT_FAILURE;
	sigset_t before;

	vsc_child_prepare(&before);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a saved card that may not grow is an error, not an end */
	if ((err = start(run)) == 0)
		status = run_command(run, &before, &exit_status);
	stop(run);
	vsc_args_free(&run->args);
	if (status >= 0)
		vsc_child_end_as(status);
	return err == VSC_E_PARAM ? vsc_exit_status(err) : exit_status;
}

static enum vsc_log_level
verbosity(const struct vsc_args *args)
{
	size_t given = vsc_args_count(args, "verbose");

	return given == 0 ? VSC_LOG_WARN : given > 1 ? VSC_LOG_TRACE : VSC_LOG_DEBUG;
}

static int
check_count(const struct vsc_args *args, struct vsc_why *why)
{
	size_t cards = vsc_args_count(args, "no-card") > 0 ? 0 : vsc_fleet_size(args);
	size_t readers = cards + vsc_args_count(args, "reader-at");

	return readers <= VSC_READERS_MAX
		   ? 0
		   : vsc_why_set(why, VSC_E_PARAM,
			 "%zu readers, one for each card and --reader-at, are more than %d; start "
			 "another vicc-run for the others",
			 readers, VSC_READERS_MAX);
}

/* Options that say where a card goes, or how long. */
static int
refuse_options(const struct vsc_args *args, struct vsc_why *why)
{
	for (const struct vsc_option *o = options + OWN_OPTIONS; o < options + VSC_COUNT(options);
	     o++) {
		char letter[] = { ' ', '(', '-', o->letter, ')', '\0' };

		if (vsc_args_count(args, o->name) > 0)
			return vsc_why_set(why, VSC_E_PARAM,
			    "option --%s%s is not for vicc-run: %s", o->name,
			    o->letter != 0 ? letter : "", o->help);
	}
	if (vsc_args_count(args, "no-card") > 0 && vsc_args_count(args, "reader-name") > 0)
		return vsc_why_set(why, VSC_E_PARAM,
		    "option --reader-name: with --no-card there is no reader of a card");
	return 0;
}

/* --show prints what would be run, and nothing is run. */
static int
show(const struct vsc_args *args, const struct vsc_env *env, struct vsc_why *why)
{
	if (args->nrest > 0)
		return vsc_why_set(why, VSC_E_PARAM,
		    "option --show: prints the card instead of running \"%.80s\"; leave out one",
		    args->rest[0]);
	if (vsc_args_count(args, "no-card") > 0)
		return vsc_why_set(
		    why, VSC_E_PARAM, "option --show: with --no-card there is no card to show");
	return vsc_display_cards(args, vsc_args_count(args, "json") > 0, env);
}

int
main(int argc, char **argv)
{
	struct vsc_stderr_log log = { "vicc-run" };
	struct run run = { .env = vsc_stderr_env(&log, VSC_LOG_WARN) };
	struct vsc_option_list all = { options, VSC_COUNT(options) };
	struct vsc_why why = { "" };
	int err, status = EXIT_SUCCESS;

	vsc_streams_keep();
	err = vsc_args_parse(&run.args, all, argc, argv, &run.env, &why);
	run.env.verbosity = verbosity(&run.args);
	if (err == 0 && vsc_args_count(&run.args, "help") > 0)
		status = print_help();
	else if (err == 0 && vsc_args_count(&run.args, "version") > 0)
		status = puts("vicc-run " VSC_VERSION) < 0 || fflush(stdout) != 0 ? EXIT_FAILURE
										  : EXIT_SUCCESS;
	else if (err == 0 && (err = refuse_options(&run.args, &why)) == 0) {
		if (vsc_args_count(&run.args, "show") > 0)
			err = show(&run.args, &run.env, &why);
		else if ((err = check_count(&run.args, &why)) == 0)
			return session(&run);
	}
	if (err == VSC_E_PARAM && why.text[0] != '\0')
		vsc_env_log(&run.env, VSC_LOG_ERROR, "%s", why.text);
	vsc_args_free(&run.args);
	return err < 0 ? vsc_exit_status(err) : status;
}
