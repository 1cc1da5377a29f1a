/*
 * Runs a harness without libFuzzer: every file given or found in a folder given, then simple
 * mutations of them. Understands libFuzzer's -max_total_time=SECONDS, -runs=N and -seed=N; the
 * input of a crash is written to crash-input.
 */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SEEDS_MAX 4096
#define INPUT_MAX 8192

struct seeds {
	struct vsc_blob items[SEEDS_MAX];
	size_t count;
};

/* The handler of a crash has no argument: this is the input that runs now. */
static struct vsc_span current;

static void
on_crash(int signal_number)
{
	int fd = open("crash-input", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd >= 0 && write(fd, current.ptr, current.len) == (ssize_t)current.len)
		(void)!write(STDERR_FILENO, "the input is in crash-input\n", 28);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static void
run(struct vsc_span input)
{
	current = input;
	(void)LLVMFuzzerTestOneInput(input.ptr, input.len);
}

static int
load_file(struct seeds *seeds, const char *path)
{
	struct vsc_blob *seed = &seeds->items[seeds->count];
	uint8_t part[4096];
	FILE *file = fopen(path, "rbe");
	size_t n;

	if (file == NULL || seeds->count == SEEDS_MAX) {
		fprintf(stderr, "%s: cannot be read, or too many files\n", path);
		if (file != NULL)
			fclose(file);
		return -1;
	}
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		if (vsc_blob_append(seed, vsc_span_from(part, n)) < 0)
			break;
	fclose(file);
	seeds->count++;
	return 0;
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
load_folder(struct seeds *seeds, const char *folder)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, is_visible, alphasort);
	int result = n <= 0 ? -1 : 0;

	if (n <= 0)
		fprintf(stderr, "%s: no seeds\n", folder);
	for (int i = 0; i < n; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		result |= load_file(seeds, path);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return result;
}

static int
load(struct seeds *seeds, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return load_folder(seeds, path);
	return load_file(seeds, path);
}

/* xorshift64: the same inputs every time */
static size_t
pick(uint64_t *state, size_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return below == 0 ? 0 : (size_t)(*state % below);
}

typedef void mutate_fn(struct vsc_out *input, uint64_t *state, const struct seeds *seeds);

static void
flip_bit(struct vsc_out *input, uint64_t *state, const struct seeds *seeds)
{
	(void)seeds;
	if (input->len > 0)
		input->buf[pick(state, input->len)] ^= (uint8_t)(1u << pick(state, 8));
}

static void
set_byte(struct vsc_out *input, uint64_t *state, const struct seeds *seeds)
{
	static const uint8_t edges[] = { 0x00, 0x01, 0x7F, 0x80, 0x81, 0x82, 0xFE, 0xFF };

	(void)seeds;
	if (input->len > 0)
		input->buf[pick(state, input->len)] =
		    pick(state, 2) == 0 ? edges[pick(state, 8)] : (uint8_t)pick(state, 256);
}

static void
insert_bytes(struct vsc_out *input, uint64_t *state, const struct seeds *seeds)
{
	size_t at = pick(state, input->len + 1), len = 1 + pick(state, 8);

	(void)seeds;
	vsc_out_insert(input, at, len);
	for (size_t i = 0; !input->full && i < len; i++)
		input->buf[at + i] = (uint8_t)pick(state, 256);
	input->full = false;
}

static void
remove_bytes(struct vsc_out *input, uint64_t *state, const struct seeds *seeds)
{
	size_t at = pick(state, input->len), len = 1 + pick(state, 16);

	(void)seeds;
	if (len > input->len - at)
		len = input->len - at;
	if (len > 0)
		vsc_move(input->buf + at, input->buf + at + len, input->len - at - len);
	vsc_out_truncate(input, input->len - len);
}

/* A part of another seed at the end, or instead of the end. */
static void
splice_seed(struct vsc_out *input, uint64_t *state, const struct seeds *seeds)
{
	struct vsc_span other = vsc_blob_span(&seeds->items[pick(state, seeds->count)]);
	size_t from = pick(state, other.len);

	if (pick(state, 2) == 0)
		vsc_out_truncate(input, pick(state, input->len + 1));
	vsc_out_put(input, vsc_span_slice(other, from, 1 + pick(state, other.len)));
	input->full = false;
}

static mutate_fn *const mutations[] = { flip_bit, set_byte, insert_bytes, remove_bytes,
	splice_seed };

static void
mutate(const struct seeds *seeds, uint64_t *state)
{
	static uint8_t buf[INPUT_MAX];
	struct vsc_out input = vsc_out_from(buf, sizeof(buf));
	struct vsc_span seed = vsc_blob_span(&seeds->items[pick(state, seeds->count)]);

	vsc_out_put(&input, vsc_span_slice(seed, 0, sizeof(buf)));
	for (size_t n = 1 + pick(state, 6); n > 0; n--)
		mutations[pick(state, VSC_COUNT(mutations))](&input, state, seeds);
	run(vsc_out_span(&input));
}

static bool
option(const char *arg, const char *name, unsigned long *value)
{
	size_t len = strlen(name);

	if (strncmp(arg, name, len) != 0)
		return false;
	*value = strtoul(arg + len, NULL, 10);
	return true;
}

int
main(int argc, char **argv)
{
	static struct seeds seeds;
	unsigned long seconds = 0, runs = 0, done = 0, seed = 1;
	struct timespec start, now;
	uint64_t state;
	int result = 0;

	for (int i = 1; i < argc; i++)
		if (!option(argv[i], "-max_total_time=", &seconds) &&
		    !option(argv[i], "-runs=", &runs) && !option(argv[i], "-seed=", &seed))
			result |= load(&seeds, argv[i]);
	if (result != 0 || seeds.count == 0)
		return 1;
	signal(SIGABRT, on_crash);
	signal(SIGSEGV, on_crash);
	run(vsc_span_from("", 0));
	for (size_t i = 0; i < seeds.count; i++)
		run(vsc_blob_span(&seeds.items[i]));
	state = 0x9E3779B97F4A7C15u ^ seed;
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (now = start;
	     (runs == 0 || done < runs) && (unsigned long)(now.tv_sec - start.tv_sec) <
					       (runs > 0 && seconds == 0 ? 1000 : seconds);
	     done++) {
		mutate(&seeds, &state);
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
	printf("%zu seeds, %lu mutations\n", seeds.count, done);
	for (size_t i = 0; i < seeds.count; i++)
		vsc_blob_free(&seeds.items[i]);
	return 0;
}
