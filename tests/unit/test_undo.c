/* A command that a full disk refuses has not happened: not on the disk, and not on the card, which
 * goes on reading where it was. */
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/auto.h"
#include "card.h"
#include "card/image.h"
#include "cards/epass/epass.h"
#include "cards/npa/npa.h"

static char path[64];

static struct vsc_card *
open_card(const struct vsc_card_type *type)
{
	struct vsc_why why = { "" };
	struct vsc_image *image;
	struct vsc_card *card;

	if (vsc_image_open(&image, path, &why) < 0 ||
	    vsc_card_open(&card, image, type, NULL, NULL, NULL, &why) < 0)
		fail_msg("%s", why.text);
	vsc_card_reset(card, VSC_RESET_ON);
	return card;
}

static int
setup(void **state)
{
	int fd;

	(void)state;
	(void)snprintf(path, sizeof(path), "/tmp/test_undo.XXXXXX");
	assert_true((fd = mkstemp(path)) >= 0);
	close(fd);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	return unlink(path);
}

/* From now on each write to a file fails, as on a full disk. */
static struct rlimit
fill_disk(void)
{
	struct rlimit before;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, before.rlim_max }), 0);
	return before;
}

static void
make_room(const struct rlimit *before)
{
	assert_int_equal(setrlimit(RLIMIT_FSIZE, before), 0);
}

/* Two EFs, the second for PIN 01, and a DF with an EF; channel 1 is in the DF. */
static struct vsc_card *
some_card(void)
{
	struct vsc_card *card = open_card(&vsc_card_iso7816);

	expect(card, "00E0000012 6210 800104 820101 83020201 880108 8A0105", "9000");
	expect(card, "00E0000017 6215 800104 820101 83020202 880110 8A0105 8C03031010", "9000");
	expect(card, "00E000000C 620A 820138 83023000 8A0105", "9000");
	expect(card, "00E0000012 6210 800104 820101 83023001 880108 8A0105", "9000");
	expect(card, "00A4000C023F00", "9000");
	expect(card, "00D681000401020304", "9000");
	expect(card, "00200001 04 31323334", "9000");
	expect(card, "0070000001", "019000");
	expect(card, "01A4000C023000", "9000");
	return card;
}

/* What the refused commands must not have touched; EF 0201 is current. */
static void
expect_as_before(struct vsc_card *card)
{
	expect(card, "00B0000004", "010203049000");
	expect(card, "00200001", "9000");
	expect(card, "00B0820001", "009000");
	expect(card, "00A4020C020201", "9000");
	expect(card, "01B0810001", "009000");
}

static const struct row {
	const char *name, *command;
} refused[] = {
	{ "UPDATE BINARY", "00D6000001FF" },
	{ "UPDATE BINARY, another EF", "00D6820001FF" },
	{ "CREATE FILE", "00E000000C 620A 800104 820101 83020203" },
	{ "CREATE FILE, DF", "00E0000009 6207 820138 83023002" },
	{ "DELETE FILE, the current EF", "00E40000" },
	{ "DELETE FILE, where channel 1 is", "00E4000002 3000" },
	{ "DEACTIVATE FILE", "00040000" },
	{ "PUT DATA", "00DA5F5001 41" },
	{ "VERIFY, wrong", "0020000104 39393939" },
	{ "VERIFY, right", "0020000104 31323334" },
	{ "CHANGE REFERENCE DATA", "0024000108 3132333439393939" },
	{ "DISABLE VERIFICATION REQUIREMENT", "0026000104 31323334" },
	{ "STORE", "0022F205" },
};

static void
nothing_has_happened(void **state)
{
	struct vsc_card *card = some_card();
	struct rlimit before;

	(void)state;
	expect(card, "00A4020C020201", "9000");
	for (const struct row *row = refused; row < refused + VSC_COUNT(refused); row++) {
		before = fill_disk();
		expect(card, row->command, "6581");
		expect_as_before(card);
		make_room(&before);
		expect_as_before(card);
	}
	/* and the next change works, alone */
	expect(card, "00D6000102FFFF", "9000");
	expect(card, "0022F305", "6A88");
	vsc_card_free(card);
	card = open_card(&vsc_card_iso7816);
	expect(card, "00A4000C023F00", "9000");
	expect(card, "00B0810004", "01FFFF049000");
	expect(card, "00A4020C020203", "6A82");
	expect(card, "00A4000C023002", "6A82");
	expect(card, "00CA5F5000", "6A88");
	expect(card, "00200001", "63C3");
	expect(card, "0020000104 31323334", "9000");
	vsc_card_free(card);
}

/* Of a command that two transactions belong to, the first may be on the disk: the try that was
 * spent. */
static void
proven_with_the_command_only(void **state)
{
	struct vsc_card *card = some_card();
	struct rlimit before;

	(void)state;
	vsc_card_reset(card, VSC_RESET_ON);
	before = fill_disk();
	expect(card, "0020000104 31323334", "6581");
	expect(card, "00200001", "63C3");
	expect(card, "00A4000C023F00", "9000");
	expect(card, "00B0820001", "6982");
	make_room(&before);
	expect(card, "0020000104 31323334", "9000");
	expect(card, "00B0820001", "009000");
	vsc_card_free(card);
}

/* What a type keeps of its attributes in memory is read again. */
static void
trust_points(void **state)
{
	struct vsc_card *card = open_card(&vsc_card_npa);
	struct vsc_trust *trust = &vsc_npa_of(card)->trust;
	const uint32_t today = trust->today;
	struct rlimit before;

	(void)state;
	trust->today = today + 1;
	assert_int_equal(vsc_npa_save_trust(card), 0);
	before = fill_disk();
	expect(card, "00A4000C023F00", "6581");
	assert_int_equal(trust->today, today);
	expect(card, "00A4000C023F00", "9000");
	make_room(&before);
	vsc_card_free(card);
}

static void
passport_trust_points(void **state)
{
	struct vsc_card *card = open_card(&vsc_card_epass);
	struct vsc_trust *trust = &vsc_epass_of(card)->trust;
	const uint32_t today = trust->today;
	struct rlimit before;

	(void)state;
	trust->today = today + 1;
	assert_int_equal(vsc_epass_save(card), 0);
	before = fill_disk();
	expect(card, "00A4040C07A0000002471001", "6581");
	assert_int_equal(trust->today, today);
	expect(card, "00A4040C07A0000002471001", "9000");
	make_room(&before);
	vsc_card_free(card);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_has_happened, setup, teardown),
		cmocka_unit_test_setup_teardown(proven_with_the_command_only, setup, teardown),
		cmocka_unit_test_setup_teardown(trust_points, setup, teardown),
		cmocka_unit_test_setup_teardown(passport_trust_points, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
