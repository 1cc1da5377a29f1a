/* PINs and keys as the store sees them: a try is on disk before anything is compared. */
#include "test.h"

#include "card/engine.h"

/* What the card looked like at each commit. */
struct disk {
	unsigned commits;
	uint8_t tries[8];
	bool broken;
};

static int
commit(void *ctx, struct vsc_card *card)
{
	struct disk *disk = ctx;
	const struct vsc_pin *pin = vsc_pin_first(card);

	if (disk->broken)
		return VSC_E_IO;
	if (pin != NULL && disk->commits < VSC_COUNT(disk->tries))
		disk->tries[disk->commits] = pin->tries;
	disk->commits++;
	return 0;
}

static struct vsc_card *
make_card(struct disk *disk)
{
	const struct vsc_store store = { .ctx = disk, .commit = commit };
	struct vsc_card *card;

	assert_int_equal(
	    vsc_card_create(&card, vsc_card_type_find("iso7816"), NULL, NULL, &store, NULL), 0);
	vsc_card_reset(card, VSC_RESET_ON);
	disk->commits = 0;
	return card;
}

static vsc_sw
ask(struct vsc_card *card, struct vsc_span command)
{
	static uint8_t buf[VSC_RESPONSE_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_span body;
	vsc_sw sw;

	assert_int_equal(vsc_card_transmit(card, command, &out), 0);
	assert_int_equal(vsc_response_split(vsc_out_span(&out), &body, &sw), 0);
	return sw;
}

#define VERIFY(...) VSC_BYTES(0x00, 0x20, 0x00, 0x01, 0x04, __VA_ARGS__)

static void
a_try_is_spent_before_it_is_judged(void **state)
{
	struct disk disk = { .commits = 0 };
	struct vsc_card *card = make_card(&disk);

	(void)state;
	assert_int_equal(ask(card, VERIFY('9', '9', '9', '9')), 0x63C2);
	assert_int_equal(disk.commits, 1);
	assert_int_equal(disk.tries[0], 2);
	/* right: spent, saved, given back, saved */
	assert_int_equal(ask(card, VERIFY('1', '2', '3', '4')), VSC_SW_OK);
	assert_int_equal(disk.commits, 3);
	assert_int_equal(disk.tries[1], 1);
	assert_int_equal(disk.tries[2], 3);
	vsc_card_free(card);
}

/* What cannot be saved is not judged: neither value tells anything. */
static void
without_a_disk_nothing_is_compared(void **state)
{
	struct disk disk = { .commits = 0 };
	struct vsc_card *card = make_card(&disk);

	(void)state;
	disk.broken = true;
	assert_int_equal(ask(card, VERIFY('1', '2', '3', '4')), VSC_SW_MEMORY_FAILURE);
	assert_int_equal(ask(card, VERIFY('9', '9', '9', '9')), VSC_SW_MEMORY_FAILURE);
	disk.broken = false;
	assert_int_equal(ask(card, VSC_BYTES(0x00, 0x20, 0x00, 0x01)), 0x63C1);
	vsc_card_free(card);
}

/* An unblock code's tries too. */
static void
unblock_code(void **state)
{
	struct disk disk = { .commits = 0 };
	struct vsc_card *card = make_card(&disk);
	struct vsc_pin *pin = vsc_pin_first(card);

	(void)state;
	for (unsigned left = 9; left > 0; left--)
		assert_int_equal(ask(card, VSC_BYTES(0x00, 0x2C, 0x01, 0x01, 0x02, '9', '9')),
		    VSC_SW_TRIES_LEFT(left));
	assert_int_equal(ask(card, VSC_BYTES(0x00, 0x2C, 0x01, 0x01, 0x02, '9', '9')), 0x63C0);
	assert_int_equal(ask(card, VSC_BYTES(0x00, 0x2C, 0x01, 0x01, 0x08, '1', '2', '3', '4', '5',
				       '6', '7', '8')),
	    VSC_SW_AUTH_BLOCKED);
	assert_int_equal(pin->unblock_tries, 0);
	vsc_card_free(card);
}

/* A saved PIN comes back as it was left, a blocked one blocked. */
static void
loaded_as_left(void **state)
{
	struct disk disk = { .commits = 0 };
	struct vsc_card *card = make_card(&disk);
	struct vsc_pin spec = { .id = 77, .ref = 0x05, .max_tries = 3, .unblock_max = 3 }, *pin;
	struct vsc_slot key = { .id = 78, .ref = 0x05, .max_tries = 3 }, *slot;

	(void)state;
	assert_int_equal(vsc_pin_add(card, &spec, &pin), 0);
	assert_int_equal(pin->tries, 0);
	assert_int_equal(pin->unblock_tries, 0);
	assert_int_equal(vsc_pin_add(card, &spec, NULL), VSC_E_EXISTS);
	assert_int_equal(vsc_slot_add(card, &key, &slot), 0);
	assert_int_equal(slot->tries, 0);
	/* new ones are whole, with ids behind those */
	spec.id = 0;
	spec.ref = 0x06;
	assert_int_equal(vsc_pin_add(card, &spec, &pin), 0);
	assert_int_equal(pin->tries, 3);
	assert_true(pin->id > 78);
	vsc_card_free(card);
}

static const struct form_row {
	const char *name;
	struct vsc_pin pin;
	struct vsc_span given;
	int result;
	struct vsc_span value;
} forms[] = {
	{ "any", { .format = VSC_PIN_ANY }, BYTES(0x00, 0xFF), 0, BYTES(0x00, 0xFF) },
	{ "padded", { .flags = VSC_PIN_PADDED, .pad = 0xFF, .max_len = 4 },
	    BYTES('1', '2', 0xFF, 0xFF), 0, BYTES('1', '2') },
	{ "padded, too short", { .flags = VSC_PIN_PADDED, .pad = 0xFF, .max_len = 4 },
	    BYTES('1', '2', 0xFF), VSC_E_FORMAT, { NULL, 0 } },
	{ "BCD, odd", { .format = VSC_PIN_BCD }, BYTES(0x12, 0x3F), 0, BYTES('1', '2', '3') },
	{ "BCD, even", { .format = VSC_PIN_BCD }, BYTES(0x12, 0x34, 0xFF), 0,
	    BYTES('1', '2', '3', '4') },
	{ "BCD, a letter", { .format = VSC_PIN_BCD }, BYTES(0x1A, 0x34), VSC_E_FORMAT,
	    { NULL, 0 } },
	{ "BCD, F inside", { .format = VSC_PIN_BCD }, BYTES(0xF1, 0x34), VSC_E_FORMAT,
	    { NULL, 0 } },
	{ "format 2", { .format = VSC_PIN_FORMAT2 },
	    BYTES(0x25, 0x12, 0x34, 0x5F, 0xFF, 0xFF, 0xFF, 0xFF), 0,
	    BYTES('1', '2', '3', '4', '5') },
	{ "format 2, twelve", { .format = VSC_PIN_FORMAT2 },
	    BYTES(0x2C, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0xFF), 0,
	    BYTES('1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '1', '2') },
	{ "format 2, thirteen", { .format = VSC_PIN_FORMAT2 },
	    BYTES(0x2D, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x3F), VSC_E_FORMAT, { NULL, 0 } },
	{ "format 2, control", { .format = VSC_PIN_FORMAT2 },
	    BYTES(0x14, 0x12, 0x34, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF), VSC_E_FORMAT, { NULL, 0 } },
	{ "format 2, filler", { .format = VSC_PIN_FORMAT2 },
	    BYTES(0x24, 0x12, 0x34, 0xFF, 0xFF, 0x0F, 0xFF, 0xFF), VSC_E_FORMAT, { NULL, 0 } },
	{ "format 2, short", { .format = VSC_PIN_FORMAT2 }, BYTES(0x24, 0x12, 0x34), VSC_E_FORMAT,
	    { NULL, 0 } },
};

static void
pin_forms(void **state)
{
	(void)state;
	for (const struct form_row *row = forms; row < forms + VSC_COUNT(forms); row++) {
		struct vsc_blob value = { NULL, 0 };

		if (vsc_pin_parse(&row->pin, row->given, &value) != row->result)
			FAIL_ROW(row, "result");
		if (!vsc_span_eq(vsc_blob_span(&value), row->value))
			FAIL_ROW(row, "value");
		vsc_blob_free(&value);
	}
}

/* A PIN that goes is proven nowhere, and its id does not come back. */
static void
deleted_pins_and_dfs(void **state)
{
	struct disk disk = { .commits = 0 };
	struct vsc_card *card = make_card(&disk);
	const struct vsc_file_spec df_spec = { .fid = 0x2001, .descriptor = VSC_FILE_DF };
	struct vsc_pin spec = { .ref = 0x81, .flags = VSC_PIN_ENABLED }, *pin;
	struct vsc_slot key = { .ref = 0x81 };
	struct vsc_file *df;
	uint32_t id;

	(void)state;
	assert_int_equal(vsc_fs_add(vsc_card_fs(card), card->fs.mf, &df_spec, &df), 0);
	spec.df = key.df = df->id;
	assert_int_equal(vsc_pin_add(card, &spec, &pin), 0);
	assert_int_equal(vsc_slot_add(card, &key, NULL), 0);
	id = pin->id;
	vsc_card_enter(card, df);
	assert_ptr_equal(vsc_pin_find(card, 0x81), pin);
	vsc_pin_prove(card, pin);
	assert_true(vsc_pin_proven(card, pin));
	assert_int_equal(vsc_card_delete_file(card, df), 0);
	assert_null(vsc_pin_by_id(card, id));
	assert_null(vsc_slot_find(card, 0x81));
	for (size_t i = 0; i < VSC_PROVEN_MAX; i++)
		assert_int_not_equal(vsc_card_rights(card)->pins[i], id);
	vsc_card_free(card);
}

/* An environment stored by a card that did not keep the directions of secure messaging apart (80 02
 * before a template) is for both. */
static void
environment_of_both_directions(void **state)
{
	static const uint8_t crts[] = { 0x80, 0x01, 0x02, 0xB8, 0x03, 0x83, 0x01, 0x02, 0x80, 0x01,
		0x00, 0xB6, 0x03, 0x84, 0x01, 0x05 };
	struct vsc_saved_se spec = { .number = 3,
		.crts = { (uint8_t *)(uintptr_t)crts, sizeof(crts) } };
	struct disk disk = { .commits = 0 };
	struct vsc_card *card = make_card(&disk);
	struct vsc_se *se = vsc_card_se(card);

	(void)state;
	assert_int_equal(vsc_saved_se_add(card, &spec), 0);
	assert_int_equal(ask(card, VSC_BYTES(0x00, 0x22, 0xF3, 0x03)), VSC_SW_OK);
	assert_true(se->crt[VSC_CRT_CT][VSC_ROLE_SM_COMMAND].set);
	assert_true(se->crt[VSC_CRT_CT][VSC_ROLE_SM_ANSWER].set);
	assert_int_equal(se->crt[VSC_CRT_CT][VSC_ROLE_SM_ANSWER].usage, 0x20);
	assert_true(se->crt[VSC_CRT_DST][VSC_ROLE_COMPUTE].set);
	assert_false(se->crt[VSC_CRT_DST][VSC_ROLE_VERIFY].set);
	vsc_card_free(card);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_try_is_spent_before_it_is_judged),
		cmocka_unit_test(without_a_disk_nothing_is_compared),
		cmocka_unit_test(unblock_code),
		cmocka_unit_test(loaded_as_left),
		cmocka_unit_test(pin_forms),
		cmocka_unit_test(deleted_pins_and_dfs),
		cmocka_unit_test(environment_of_both_directions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
