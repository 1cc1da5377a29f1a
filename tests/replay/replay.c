/*
 * replay [--in-process] [--saved] [--pair] [--tcp] [--type TYPE] [-v] FILE.apdu|FOLDER...
 * replay --pcsc READER [--library FILE] FILE.apdu|FOLDER...
 * replay --card-options FILE.apdu
 *
 * Plays transcripts (FORMATS in docs/) against a fresh card each, or with --pcsc against the card
 * in a reader, and reports in TAP. Relative file names in options of a card are looked up beside
 * the transcript. --card-options prints the options, one a line, that vicc needs to make the card.
 */
#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "player.h"
#include "vicc/args.h"

#define FILES_MAX 4096

enum verdict { FAILED, PASSED, SKIPPED };

typedef int open_fn(struct port *port, struct vsc_card *card);

struct way {
	const char *name;
	open_fn *open; /* NULL: a saved card, with a port of its own */
	bool wanted;
};

struct job {
	struct way ways[4];
	const char *type;    /* of files that name none; NULL: as the folder is called */
	const char *reader;  /* --pcsc */
	const char *library; /* NULL: the system's */
	bool verbose;
	char *files[FILES_MAX];
	size_t nfiles;
	unsigned tests, failures;
};

/* --- A card of our own --- */

static int
make_card(struct script *script, struct world *world, struct vsc_args *args, struct vsc_card **card,
    struct port *saved)
{
	struct vsc_why why = { "" };
	int r = vsc_args_parse(args, (struct vsc_option_list){ NULL, 0 }, script->argc,
	    script->argv, &world->env, &why);

	if (r == 0 && args->nrest > 0)
		r = vsc_why_set(&why, VSC_E_PARAM, "\"%s\" is no option", args->rest[0]);
	if (r == 0 && saved != NULL)
		r = port_saved(saved, args->cards[0].type, &args->cards[0].params, &world->env);
	else if (r == 0)
		r = vsc_card_new(card, args->cards[0].type, &args->cards[0].params, &world->env);
	if (r == 0 && world_ran_out(world))
		r = vsc_why_set(&why, VSC_E_STATE, "it draws more than @ random gave it");
	if (r < 0)
		printf("# %s: the card cannot be made: %s\n", script->path,
		    why.text[0] != '\0'      ? why.text
		    : world->last[0] != '\0' ? world->last
					     : vsc_err_text(r));
	return r;
}

/* What stands before the first line that does something is there when the card is made. */
static size_t
prepare_world(const struct script *script, struct world *world)
{
	size_t i;

	for (i = 0; i < script->count; i++) {
		const struct vsc_line *line = &script->lines[i];

		if (line->kind != VSC_LINE_EMPTY && line->kind != VSC_LINE_SETTING)
			break;
		if (line->kind == VSC_LINE_SETTING && play_setting(world, line) < 0)
			break;
	}
	if (world->random.len > 0)
		world_feed(world);
	return i;
}

static bool
gives_random(const struct script *script)
{
	for (size_t i = 0; i < script->count; i++)
		if (script->lines[i].kind == VSC_LINE_SETTING &&
		    script->lines[i].setting == VSC_SETTING_RANDOM)
			return true;
	return false;
}

static enum verdict
play_own(const struct job *job, struct script *script, const struct way *way)
{
	struct vsc_args args = { .cards = NULL };
	struct vsc_card *card = NULL;
	struct world world;
	struct port port;
	size_t first;
	bool ok;

	world_open(&world, job->verbose);
	first = prepare_world(script, &world);
	ok = make_card(script, &world, &args, &card, way->open == NULL ? &port : NULL) == 0;
	if (ok && gives_random(script))
		world_feed(&world);
	if (ok && way->open != NULL && way->open(&port, card) < 0) {
		printf("# no card %s\n", way->name);
		ok = false;
	} else if (ok) {
		ok = play(script, first, &port, &world);
		port.ops->close(&port);
	}
	vsc_card_free(card);
	vsc_args_free(&args);
	world_close(&world);
	return ok ? PASSED : FAILED;
}

/* --- A card in a reader --- */

static enum verdict
play_pcsc(const struct job *job, struct script *script)
{
	struct port port;
	bool ok;

	if (script_fixes_world(script))
		return SKIPPED;
	if (port_pcsc(&port, job->library, job->reader) < 0)
		return FAILED;
	ok = play(script, 0, &port, NULL);
	port.ops->close(&port);
	return ok ? PASSED : FAILED;
}

/* --- Files and verdicts --- */

static void
report(struct job *job, enum verdict verdict, const char *path, const char *way)
{
	const char *base = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;

	job->tests++;
	job->failures += verdict == FAILED;
	printf("%s %u - %s %s%s\n", verdict == FAILED ? "not ok" : "ok", job->tests, base, way,
	    verdict == SKIPPED ? " # SKIP it fixes randomness or time" : "");
	fflush(stdout);
}

/* Go where the transcript is; returns where we were. */
static int
enter_folder_of(const char *path)
{
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *copy = strdup(path);

	if (copy == NULL || chdir(dirname(copy)) < 0)
		printf("# cannot enter the folder of %s\n", path);
	free(copy);
	return here;
}

/* The type that the folder is named after, if there is one. Owned by the table of types. */
static const char *
type_of_folder(const char *path)
{
	char *copy = realpath(path, NULL);
	const struct vsc_card_type *type =
	    copy == NULL ? NULL : vsc_card_type_find(basename(dirname(copy)));

	free(copy);
	return type == NULL ? NULL : type->name;
}

static void
play_file(struct job *job, const char *path)
{
	const char *type = job->type != NULL ? job->type : type_of_folder(path);
	struct script script;
	bool readable = script_open(&script, path, type) == 0;
	int here = enter_folder_of(path);

	if (job->reader != NULL)
		report(job, readable ? play_pcsc(job, &script) : FAILED, path, "through PC/SC");
	for (size_t i = 0; job->reader == NULL && i < VSC_COUNT(job->ways); i++)
		if (job->ways[i].wanted)
			report(job, readable ? play_own(job, &script, &job->ways[i]) : FAILED, path,
			    job->ways[i].name);
	if (here < 0 || fchdir(here) < 0)
		printf("# cannot go back from the folder of %s\n", path);
	if (here >= 0)
		close(here);
	script_close(&script);
}

static bool
has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), end = strlen(suffix);

	return len > end && strcmp(name + len - end, suffix) == 0;
}

static int
is_transcript(const struct dirent *entry)
{
	return has_suffix(entry->d_name, ".apdu");
}

static void
add_file(struct job *job, char *path)
{
	if (path != NULL && job->nfiles < FILES_MAX)
		job->files[job->nfiles++] = path;
	else
		free(path);
}

static void
add_path(struct job *job, const char *path)
{
	struct dirent **entries;
	struct stat st;
	int n;

	/* a folder that is not there is a type without transcripts */
	if (stat(path, &st) < 0 ? has_suffix(path, ".apdu") : !S_ISDIR(st.st_mode)) {
		add_file(job, strdup(path));
		return;
	}
	n = scandir(path, &entries, is_transcript, alphasort);
	for (int i = 0; i < n; i++) {
		char *file;

		add_file(job, asprintf(&file, "%s/%s", path, entries[i]->d_name) < 0 ? NULL : file);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

static int
print_card_options(const char *path)
{
	struct script script;
	int r = script_open(&script, path, NULL);

	for (int i = 1; r == 0 && i < script.argc; i++)
		puts(script.argv[i]);
	script_close(&script);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int
usage(void)
{
	fputs("usage: replay [--in-process] [--saved] [--pair] [--tcp] [--type TYPE] [-v]\n"
	      "              FILE|FOLDER...\n"
	      "       replay --pcsc READER [--library FILE] FILE|FOLDER...\n"
	      "       replay --card-options FILE\n",
	    stderr);
	return 2;
}

static const struct option options[] = {
	{ "in-process", no_argument, NULL, '0' },
	{ "saved", no_argument, NULL, '1' },
	{ "pair", no_argument, NULL, '2' },
	{ "tcp", no_argument, NULL, '3' },
	{ "pcsc", required_argument, NULL, 'p' },
	{ "library", required_argument, NULL, 'l' },
	{ "type", required_argument, NULL, 't' },
	{ "card-options", required_argument, NULL, 'o' },
	{ "verbose", no_argument, NULL, 'v' },
	{ NULL, 0, NULL, 0 },
};

int
main(int argc, char **argv)
{
	static struct job job = {
		.ways = { { "in process", port_direct, false }, { "saved", NULL, false },
		    { "over a link pair", port_pair, false }, { "over TCP", port_tcp, false } }
	};
	int c;

	while ((c = getopt_long(argc, argv, "v", options, NULL)) != -1) {
		if (c >= '0' && c <= '3')
			job.ways[c - '0'].wanted = true;
		else if (c == 'p')
			job.reader = optarg;
		else if (c == 'l')
			job.library = optarg;
		else if (c == 't')
			job.type = optarg;
		else if (c == 'o')
			return print_card_options(optarg);
		else if (c == 'v')
			job.verbose = true;
		else
			return usage();
	}
	if (optind == argc)
		return usage();
	if (!job.ways[1].wanted && !job.ways[2].wanted && !job.ways[3].wanted)
		job.ways[0].wanted = true;
	for (int i = optind; i < argc; i++)
		add_path(&job, argv[i]);
	for (size_t i = 0; i < job.nfiles; i++)
		play_file(&job, job.files[i]);
	printf("1..%u%s\n", job.tests, job.tests == 0 ? " # SKIP no transcripts" : "");
	for (size_t i = 0; i < job.nfiles; i++)
		free(job.files[i]);
	return job.failures > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
