/*
 * Losing power at any instant: each change that was answered is there, none is there in part, and
 * no PIN try comes back. A model beside the card knows what was answered.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "card/auth.h"
#include "card/engine.h"
#include "card/image.h"
#include "card/keystore.h"
#include "power_vfs.h"

#define ROUNDS   400
#define COUNTERS 3
#define LARGE    9000 /* a file of several pages */

static const struct vsc_span right = BYTES('1', '2', '3', '4'), wrong = BYTES('4', '3', '2', '1');

/* What the terminal was told; files hold a counter, a key is known by its point. */
struct model {
	uint8_t counters[COUNTERS];
	uint8_t large;
	uint8_t tries;
	struct vsc_blob key;
};

static char path[64];

static int
personalise(struct vsc_card *card, const struct vsc_params *params)
{
	static const uint8_t zeros[LARGE];
	struct vsc_fs *fs = vsc_card_fs(card);
	const struct vsc_file_spec mf = { .fid = VSC_FID_MF, .descriptor = VSC_FILE_DF };
	const struct vsc_pin pin = { .ref = 1,
		.flags = VSC_PIN_ENABLED,
		.max_tries = 200,
		.value = { (uint8_t *)(uintptr_t)right.ptr, right.len } };
	const struct vsc_slot slot = { .ref = 1, .usage = VSC_USE_ALL };
	struct vsc_file *root;

	(void)params;
	if (vsc_fs_add(fs, NULL, &mf, &root) < 0)
		return VSC_E_PARAM;
	for (uint16_t i = 0; i <= COUNTERS; i++) {
		const struct vsc_file_spec ef = { .fid = (uint16_t)(0x0100 + i),
			.descriptor = VSC_FILE_TRANSPARENT,
			.sfi = (uint8_t)(i + 1),
			.content = vsc_span_from(zeros, i == COUNTERS ? LARGE : 4) };

		if (vsc_fs_add(fs, root, &ef, NULL) < 0)
			return VSC_E_PARAM;
	}
	return vsc_pin_add(card, &pin, NULL) < 0 ? VSC_E_PARAM : vsc_slot_add(card, &slot, NULL);
}

static const struct vsc_card_type sample = {
	.abi = VSC_CARD_ABI,
	.name = "sample",
	.summary = "counters",
	.base = &vsc_card_iso7816,
	.personalise = personalise,
};

/* NULL: the power failed meanwhile. */
static struct vsc_card *
open_card(void)
{
	struct vsc_why why = { { 0 } };
	struct vsc_image *image;
	struct vsc_card *card;

	if (vsc_image_open(&image, path, &why) < 0 ||
	    vsc_card_open(&card, image, &sample, NULL, NULL, NULL, &why) < 0) {
		if (!power_is_off())
			fail_msg("%s", why.text);
		return NULL;
	}
	return card;
}

static struct vsc_file *
file(struct vsc_card *card, unsigned i)
{
	return vsc_fs_by_fid(&card->fs, card->fs.mf, (uint16_t)(0x0100 + i));
}

/* --- Changes: each returns whether it was answered --- */

static bool
count_up(struct vsc_card *card, struct model *m, unsigned i)
{
	const uint8_t value = (uint8_t)(m->counters[i] + 1);

	if (vsc_file_write(&card->fs, file(card, i), 0, VSC_BYTES(value, value, value, value)) <
		0 ||
	    vsc_card_commit(card) < 0)
		return false;
	m->counters[i] = value;
	return true;
}

/* Two files in one command: both or none. */
static bool
fill_large(struct vsc_card *card, struct model *m)
{
	static uint8_t bytes[LARGE];

	vsc_fill(bytes, (uint8_t)(m->large + 1), LARGE);
	if (vsc_file_write(&card->fs, file(card, COUNTERS), 0, VSC_SPAN_OF(bytes)) < 0 ||
	    vsc_card_commit(card) < 0)
		return false;
	m->large++;
	return true;
}

static bool
verify_wrong(struct vsc_card *card, struct model *m)
{
	if (vsc_pin_verify(card, vsc_pin_first(card), wrong) != VSC_SW_TRIES_LEFT(m->tries - 1))
		return false;
	m->tries--;
	return true;
}

static bool
generate(struct vsc_card *card, struct model *m)
{
	struct vsc_key *key;
	uint8_t point[VSC_KEY_BYTES_MAX];
	struct vsc_out out = vsc_out_from(point, sizeof(point));

	assert_int_equal(vsc_key_generate_ec(&key, vsc_curve_by_name("P-256"), NULL), 0);
	assert_int_equal(vsc_key_point(key, &out), 0);
	vsc_slot_set_key(card, vsc_slot_first(card), key);
	if (vsc_card_commit(card) < 0)
		return false;
	assert_int_equal(vsc_blob_set(&m->key, vsc_out_span(&out)), 0);
	return true;
}

static bool
change_something(struct vsc_card *card, struct model *m, unsigned which)
{
	switch (which % 8) {
	case 0:
	case 1:
		return verify_wrong(card, m);
	case 2:
		return fill_large(card, m);
	case 3:
		return generate(card, m);
	default:
		return count_up(card, m, which % COUNTERS);
	}
}

/* --- What is there afterwards --- */

/* All bytes are the same, and the value is the answered one, or the next, which was not answered
 * yet. */
static uint8_t
assert_whole(struct vsc_file *f, uint8_t answered)
{
	const struct vsc_span content = vsc_file_content(f);

	for (size_t i = 1; i < content.len; i++)
		if (content.ptr[i] != content.ptr[0])
			fail_msg("half a change: %02X and %02X", content.ptr[0], content.ptr[i]);
	if (content.ptr[0] != answered && content.ptr[0] != (uint8_t)(answered + 1))
		fail_msg("answered %u, found %u", answered, content.ptr[0]);
	return content.ptr[0];
}

static void
compare(struct vsc_card *card, struct model *m)
{
	const struct vsc_pin *pin = vsc_pin_first(card);
	uint8_t point[VSC_KEY_BYTES_MAX];
	struct vsc_out out = vsc_out_from(point, sizeof(point));

	for (unsigned i = 0; i < COUNTERS; i++)
		m->counters[i] = assert_whole(file(card, i), m->counters[i]);
	m->large = assert_whole(file(card, COUNTERS), m->large);
	if (pin->tries > m->tries || pin->tries + 1 < m->tries)
		fail_msg("answered %u tries, found %u", m->tries, pin->tries);
	m->tries = pin->tries;
	if (vsc_slot_first(card)->key == NULL) {
		assert_int_equal(m->key.len, 0);
		return;
	}
	assert_int_equal(vsc_key_point(vsc_slot_first(card)->key, &out), 0);
	/* the answered key, or one that was on its way: the model goes on with what is there */
	assert_int_equal(vsc_blob_set(&m->key, vsc_out_span(&out)), 0);
}

/* When nothing was under way, the key is the one that was answered. */
static void
assert_key(struct vsc_card *card, const struct model *m)
{
	uint8_t point[VSC_KEY_BYTES_MAX];
	struct vsc_out out = vsc_out_from(point, sizeof(point));

	if (m->key.len == 0)
		return;
	assert_int_equal(vsc_key_point(vsc_slot_first(card)->key, &out), 0);
	assert_span_equal(vsc_out_span(&out), vsc_blob_span(&m->key));
}

static void
one_life(unsigned seed, struct model *m, bool *made)
{
	struct vsc_card *card;
	bool key_under_way = false;
	unsigned which;

	power_fails_after(seed % 97);
	srand(seed);
	card = open_card();
	while (card != NULL && !power_is_off()) {
		*made = true;
		which = (unsigned)rand();
		key_under_way = which % 8 == 3;
		(void)change_something(card, m, which);
	}
	vsc_card_free(card);
	power_returns();
	card = open_card();
	assert_non_null(card);
	if (*made && !key_under_way)
		assert_key(card, m);
	compare(card, m);
	vsc_card_free(card);
	*made = true;
}

static void
power_fails_at_any_instant(void **state)
{
	struct model m = { .tries = 200 };
	bool made = false;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/test_image_power.%ld", (long)getpid());
	power_on(1);
	for (unsigned round = 1; round <= ROUNDS; round++) {
		one_life(round * 7919, &m, &made);
		if (m.tries < 20) { /* start over with a new card */
			power_done();
			(void)unlink(path);
			power_on(round);
			vsc_blob_free(&m.key);
			m = (struct model){ .tries = 200 };
			made = false;
		}
	}
	vsc_blob_free(&m.key);
	power_done();
	(void)unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(power_fails_at_any_instant) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
