/*
 * files: in process, READ BINARY and READ RECORD beside a command of the same engine that only
 * copies as many bytes (an echo), and SELECT, CREATE and DELETE FILE on a card with 10,000 files
 * beside one with 12.
 */
#include "bench.h"

#include "base/bytes.h"
#include "card/card.h"
#include "card/fs.h"

#define SIZE 256u

struct job {
	struct vsc_card *card;
	struct vsc_blob before;         /* once a round */
	struct vsc_blob command, after; /* each time; after may be empty */
};

static bool
send(struct vsc_card *card, const struct vsc_blob *command)
{
	static uint8_t room[VSC_RESPONSE_MAX];
	struct vsc_out out = vsc_out_from(room, sizeof(room));

	if (command->len == 0)
		return true;
	if (vsc_card_transmit(card, vsc_blob_span(command), &out) < 0 ||
	    room[out.len - 2] != 0x90) {
		fprintf(stderr, "%02X%02X\n", room[out.len - 2], room[out.len - 1]);
		return false;
	}
	return true;
}

static bool
run(void *ctx, unsigned ops)
{
	const struct job *job = ctx;

	if (!send(job->card, &job->before))
		return false;
	for (unsigned i = 0; i < ops; i++)
		if (!send(job->card, &job->command) || !send(job->card, &job->after))
			return false;
	return true;
}

/* --- Reading, beside an echo --- */

static vsc_sw
echo(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	static const uint8_t bytes[SIZE];

	(void)card;
	vsc_out_put(out, vsc_span_from(bytes, cmd->ne < SIZE ? cmd->ne : SIZE));
	return VSC_SW_OK;
}

static const struct vsc_cmd cmds[] = { { 0x00, 0xFF, 0x1E, 0, "ECHO", echo } };

/* A transparent EF 0101 and one with records, 0102, of `size` bytes each. */
static int
personalise(struct vsc_card *card, const struct vsc_params *params)
{
	static const uint8_t bytes[2 * SIZE];
	static const struct vsc_file_spec mf = { .fid = VSC_FID_MF, .descriptor = VSC_FILE_DF };
	const struct vsc_file_spec binary = {
		.fid = 0x0101, .descriptor = VSC_FILE_TRANSPARENT, .content = { bytes, SIZE }
	};
	const struct vsc_file_spec small = { .fid = 0x0102,
		.descriptor = VSC_FILE_LINEAR_FIXED,
		.record_size = 16,
		.content = { bytes, 32 } };
	const struct vsc_file_spec large = { .fid = 0x0103,
		.descriptor = VSC_FILE_LINEAR_FIXED,
		.record_size = SIZE,
		.content = { bytes, sizeof(bytes) } };
	struct vsc_fs *fs = vsc_card_fs(card);
	int rc;

	(void)params;
	if ((rc = vsc_fs_add(fs, NULL, &mf, NULL)) < 0 ||
	    (rc = vsc_fs_add(fs, fs->mf, &binary, NULL)) < 0 ||
	    (rc = vsc_fs_add(fs, fs->mf, &small, NULL)) < 0)
		return rc;
	return vsc_fs_add(fs, fs->mf, &large, NULL);
}

static const struct vsc_card_type reading = {
	.abi = VSC_CARD_ABI,
	.name = "reading",
	.base = &vsc_card_iso7816,
	.cmds = cmds,
	.ncmds = VSC_COUNT(cmds),
	.personalise = personalise,
};

/* --- Many files --- */

#define MANY_DFS 100u

/* `dfs` DFs of `dfs` EFs each, with names. */
static int
add_files(struct vsc_fs *fs, unsigned dfs)
{
	int rc = 0;

	for (unsigned i = 0; i < dfs && rc == 0; i++) {
		const uint8_t name[] = { 0xA0, 0x00, 0x00, 0x00, (uint8_t)i, 0x01 };
		struct vsc_file_spec df = { .fid = (uint16_t)(0x5000 + i),
			.descriptor = VSC_FILE_DF,
			.name = { name, sizeof(name) } };
		struct vsc_file *file;

		rc = vsc_fs_add(fs, fs->mf, &df, &file);
		for (unsigned j = 0; j < dfs && rc == 0; j++) {
			struct vsc_file_spec ef = { .fid = (uint16_t)(0x1000 + j),
				.descriptor = VSC_FILE_TRANSPARENT,
				.size = 4 };

			rc = vsc_fs_add(fs, file, &ef, NULL);
		}
	}
	return rc;
}

static int
personalise_few(struct vsc_card *card, const struct vsc_params *params)
{
	int rc = personalise(card, params);

	return rc < 0 ? rc : add_files(vsc_card_fs(card), 3);
}

static int
personalise_many(struct vsc_card *card, const struct vsc_params *params)
{
	int rc = personalise(card, params);

	return rc < 0 ? rc : add_files(vsc_card_fs(card), MANY_DFS);
}

static const struct vsc_card_type few = {
	.abi = VSC_CARD_ABI,
	.name = "few",
	.base = &vsc_card_iso7816,
	.personalise = personalise_few,
};
static const struct vsc_card_type many = {
	.abi = VSC_CARD_ABI,
	.name = "many",
	.base = &vsc_card_iso7816,
	.personalise = personalise_many,
};

/* --- The table --- */

static const struct row {
	const char *name;
	const struct vsc_card_type *type;
	const char *before, *command; /* hex */
	size_t floor;                 /* row that it is compared with; its own: none */
	const char *after;            /* hex; NULL: nothing */
} rows[] = {
	{ "echo of 16 bytes", &reading, "", "001E000010", 0, NULL },
	{ "READ BINARY 16", &reading, "00A4000C020101", "00B0000010", 0, NULL },
	{ "READ RECORD 16", &reading, "00A4000C020102", "00B2010410", 0, NULL },
	{ "echo of 256 bytes", &reading, "", "001E000000", 3, NULL },
	{ "READ BINARY 256", &reading, "00A4000C020101", "00B0000000", 3, NULL },
	{ "READ RECORD 256", &reading, "00A4000C020103", "00B2010400", 3, NULL },
	{ "SELECT by identifier, 12 files", &few, "00A4000C025002", "00A4020C021002", 6, NULL },
	{ "SELECT by identifier, 10100 files", &many, "00A4000C025063", "00A4020C021063", 6, NULL },
	{ "SELECT by name, 12 files", &few, "", "00A4040C06A00000000201", 8, NULL },
	{ "SELECT by name, 10100 files", &many, "", "00A4040C06A00000006301", 8, NULL },
	{ "SELECT by half a name, 10100 files", &many, "", "00A4040C05A000000063", 8, NULL },
	{ "SELECT by path, 12 files", &few, "", "00A4080C0450021002", 11, NULL },
	{ "SELECT by path, 10100 files", &many, "", "00A4080C0450631063", 11, NULL },
	{ "CREATE and DELETE FILE, 12 files", &few, "00A4000C023F00",
	    "00E0000011620F820138830270008406A00000000002", 13, "00E40000" },
	{ "CREATE and DELETE FILE, 10100 files", &many, "00A4000C023F00",
	    "00E0000011620F820138830270008406A00000000002", 13, "00E40000" },
};

static struct job jobs[VSC_COUNT(rows)];
static struct bench_case cases[VSC_COUNT(rows)];

static bool
from_hex(const char *text, struct vsc_blob *blob)
{
	uint8_t buf[32];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	unsigned byte;

	for (; *text != '\0'; text += 2) {
		/* the table above is hex */
		/* NOLINTNEXTLINE(cert-err34-c) */
		if (sscanf(text, "%2x", &byte) != 1)
			return false;
		vsc_out_u8(&out, (uint8_t)byte);
	}
	return vsc_blob_set(blob, vsc_out_span(&out)) == 0;
}

int
main(int argc, char **argv)
{
	struct bench_options options;
	bool ok;

	if (!bench_options(&options, &argc, argv))
		return 2;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		if (vsc_card_new(&jobs[i].card, rows[i].type, NULL, NULL) < 0 ||
		    !from_hex(rows[i].before, &jobs[i].before) ||
		    !from_hex(rows[i].command, &jobs[i].command) ||
		    !from_hex(rows[i].after == NULL ? "" : rows[i].after, &jobs[i].after))
			return 1;
		vsc_card_reset(jobs[i].card, VSC_RESET_ON);
		cases[i] = (struct bench_case){ .name = rows[i].name,
			.run = run,
			.ctx = &jobs[i],
			.floor = rows[i].floor == i ? NULL : &cases[rows[i].floor] };
	}
	ok = bench_run(cases, VSC_COUNT(cases), &options);
	if (ok)
		bench_print(cases, VSC_COUNT(cases));
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		vsc_card_free(jobs[i].card);
		vsc_blob_free(&jobs[i].before);
		vsc_blob_free(&jobs[i].command);
		vsc_blob_free(&jobs[i].after);
	}
	return ok ? 0 : 1;
}
