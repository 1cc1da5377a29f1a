/* vicc: virtual cards that connect to readers. This file is the program; cards are made in
 * holder.c, served in session.c, connected in connector.c. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "vicc/display.h"
#include "vicc/fleet.h"
#include "vicc/log.h"
#include "vicc/stop.h"

/* More cards than this come and go without a line each. */
#define QUIET_FROM 16

static const char usage[] = "Usage: vicc [OPTION]... [--card [OPTION]...]...\n"
			    "Runs a virtual smart card and connects it to a virtual reader.\n\n";

static const char endnotes[] =
    "\nWith no reader there, see whether pcscd loads the driver: stop the service, run\n"
    "\"pcscd -f -d\" and look for \"Attempting startup of Virtual PCD\". On systems without\n"
    "/etc/reader.conf.d run \"update-reader.conf\" after installing. Manual: vicc(1), "
    "vpcd(5).\n"
    "Report bugs to the project's issue tracker, with the output of vicc -vv.\n";

static int
print_help(void)
{
	const struct vsc_option_list own = { vsc_address_options, vsc_address_option_count };

	return vsc_args_help(usage, "\nThe reader:\n", own, endnotes);
}

static enum vsc_log_level
verbosity(const struct vsc_args *args)
{
	size_t given = vsc_args_count(args, "verbose");

	if (given > 0)
		return given > 1 ? VSC_LOG_TRACE : VSC_LOG_DEBUG;
	return vsc_fleet_size(args) > QUIET_FROM ? VSC_LOG_WARN : VSC_LOG_INFO;
}

/* What a card tells its user (vsc_env_print); at once, for a program that reads it through a pipe.
 */
static void
print_line(void *ctx, const char *line)
{
	(void)ctx;
	if (puts(line) < 0 || fflush(stdout) != 0)
		fputs("vicc: cannot write to standard output\n", stderr);
}

static int
serve(struct vsc_loop *loop, struct vsc_stop *stop, struct vsc_touch *touch,
    const struct vsc_args *args, const struct vsc_endpoint *eps, const struct vsc_env *env)
{
	struct vsc_fleet *fleet;
	int rc = vsc_fleet_new(&fleet, loop, args, eps, env, touch);

	if (rc == 0 && (rc = vsc_loop_run(loop)) < 0)
		vsc_env_log(env, VSC_LOG_ERROR, "%s", vsc_err_text(rc));
	if (rc == 0 && vsc_fleet_failed(fleet))
		rc = VSC_E_IO;
	vsc_fleet_stop(fleet);
	vsc_stop_ended(stop);
	vsc_loop_free(loop);
	vsc_fleet_free(fleet);
	return rc;
}

static int
run(const struct vsc_args *args, const struct vsc_endpoint *eps, const struct vsc_env *env)
{
	struct vsc_loop *loop = NULL;
	struct vsc_stop *stop = NULL;
	struct vsc_touch *touch;
	int rc;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a saved card that may not grow is an error, not an end */
	if ((rc = vsc_touch_new(&touch)) == 0 && (rc = vsc_loop_new(&loop, 0, NULL)) < 0)
		vsc_touch_free(touch);
	if (rc < 0) {
		vsc_env_log(env, VSC_LOG_ERROR, "cannot start: %s", vsc_err_text(rc));
		return EXIT_FAILURE;
	}
	if ((rc = vsc_stop_new(&stop, loop, touch)) == 0)
		rc = serve(loop, stop, touch, args, eps, env);
	else
		vsc_loop_free(loop);
	vsc_stop_free(stop);
	vsc_touch_free(touch);
	return vsc_exit_status(rc);
}

static int
wrong_usage(const struct vsc_env *env, const struct vsc_why *why)
{
	vsc_env_log(env, VSC_LOG_ERROR, "%s", why->text);
	return vsc_exit_status(VSC_E_PARAM);
}

static int
start(const struct vsc_args *args, struct vsc_env *env)
{
	struct vsc_endpoint *eps;
	struct vsc_why why = { "" };
	int status;

	if (vsc_args_count(args, "help") > 0)
		return print_help();
	if (vsc_args_count(args, "version") > 0)
		return puts("vicc " VSC_VERSION) < 0 || fflush(stdout) != 0 ? EXIT_FAILURE
									    : EXIT_SUCCESS;
	if (args->nrest > 0) {
		vsc_why_set(
		    &why, VSC_E_PARAM, "\"%.80s\" is no option; --help lists them", args->rest[0]);
		return wrong_usage(env, &why);
	}
	env->verbosity = verbosity(args);
	if (vsc_args_count(args, "show") > 0)
		return vsc_exit_status(
		    vsc_display_cards(args, vsc_args_count(args, "json") > 0, env));
	eps = calloc(vsc_fleet_size(args), sizeof(*eps));
	if (eps == NULL)
		return EXIT_FAILURE;
	status =
	    vsc_fleet_addresses(eps, args, &why) < 0 ? wrong_usage(env, &why) : run(args, eps, env);
	free(eps);
	return status;
}

int
main(int argc, char **argv)
{
	struct vsc_stderr_log log = { "vicc" };
	struct vsc_env env = vsc_stderr_env(&log, VSC_LOG_INFO);
	struct vsc_option_list own = { vsc_address_options, vsc_address_option_count };
	struct vsc_why why = { "" };
	struct vsc_args args;
	int rc, status;

	vsc_streams_keep();
	env.print = print_line;
	rc = vsc_args_parse(&args, own, argc, argv, &env, &why);
	if (rc == VSC_E_PARAM)
		status = wrong_usage(&env, &why);
	else
		status = rc < 0 ? vsc_exit_status(rc) : start(&args, &env);
	vsc_args_free(&args);
	return status;
}
