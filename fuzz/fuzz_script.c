/* A script for --init: whatever it says, the card is made or there is a reason with a line in it.
 */
#include "frames.h"

#include <stdio.h>
#include <string.h>

#include "card/script.h"
#include "card/show.h"

struct script {
	struct vsc_span text;
	struct vsc_script_world world;
	struct vsc_why why;
};

static int
draw(void *ctx, uint8_t *buf, size_t len)
{
	struct script *script = ctx;

	return vsc_script_world_random(&script->world, buf, len);
}

static int64_t
now(void *ctx)
{
	const struct script *script = ctx;

	return vsc_script_world_now(&script->world);
}

static int
play(void *ctx, struct vsc_card *card)
{
	struct script *script = ctx;
	int rc = vsc_script_run(card, script->text, &script->world, &script->why);

	FUZZ_CHECK(rc == 0 || rc == VSC_E_NOMEM || strncmp(script->why.text, "line ", 5) == 0);
	return rc;
}

/* Making keys takes longer than a fuzzer has patience. */
static const struct vsc_cmd cmds[] = {
	{ 0x00, 0xFF, 0x46, 0, "GENERATE ASYMMETRIC KEY PAIR", NULL },
	{ 0x00, 0xFF, 0x47, 0, "GENERATE ASYMMETRIC KEY PAIR", NULL },
};
static const struct vsc_card_type type = {
	.abi = VSC_CARD_ABI,
	.name = "iso7816",
	.base = &vsc_card_iso7816,
	.cmds = cmds,
	.ncmds = VSC_COUNT(cmds),
};

/* What its files and their rights are, in words. */
static void
show(struct vsc_card *card)
{
	FILE *nowhere = fopen("/dev/null", "we");

	FUZZ_CHECK(nowhere != NULL);
	vsc_card_show(card, nowhere);
	vsc_card_show_json(card, nowhere);
	fclose(nowhere);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t next = 0;
	const struct vsc_env base = { .ctx = &next, .random = fuzz_count_up, .now = fuzz_noon };
	struct script script = { .text = vsc_span_from(data, size) };
	const struct vsc_env env = { .ctx = &script, .random = draw, .now = now };
	const struct vsc_card_setup setup = { play, &script };
	struct vsc_card *card;

	if (vsc_script_world_open(&script.world, script.text, &base) == 0 &&
	    vsc_card_new_with(&card, &type, NULL, &env, &setup) == 0) {
		show(card);
		vsc_card_free(card);
	}
	vsc_script_world_close(&script.world);
	return 0;
}
