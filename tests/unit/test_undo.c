/* A command that a full disk refuses has not happened: not on the disk, and not on the card, which
 * goes on reading where it was. */
#include "card_dump.h"

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
	struct vsc_card *card = NULL;

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

/* Under secure messaging the refusal is protected too, and the session goes on: AES-128, MAC only.
 */
static const struct {
	const char *command, *answer;
} protected_steps[] = {
	/* READ, UPDATE and VERIFY on a full disk, READ; UPDATE with room, READ */
	{ "0CB000000D9701048E0867D868A44931A0BC00",
	    "810401020304990290008E080DD491DFEAD01B6D9000" },
	{ "0CD600000D8101FF8E08E590A7F34633E9CC00", "990265818E0879F6D952DAEC698E6581" },
	{ "0C200001108104393939398E084E8D2C867290F5ED00", "990265818E083F47C9A51847A4736581" },
	{ "0CB000000D9701048E088FCA9419771D5F7100",
	    "810401020304990290008E085873950B373601DF9000" },
	{ "0CD600000D8101FF8E084BD4B89A037BD37C00", "990290008E08124A4A490AC64A259000" },
	{ "0CB000000D9701048E08764231BCA9B4338A00",
	    "8104FF020304990290008E08B93150FF37CBFD6F9000" },
};

static void
session_goes_on(void **state)
{
	struct vsc_card *card = some_card();
	struct rlimit before;

	(void)state;
	expect(card, "80DB3FFF1D A21B 83010B 8801C1 7F4812 8010 404142434445464748494A4B4C4D4E4F",
	    "9000");
	expect(card, "00A4020C020201", "9000");
	expect(card, "002231B4 03 83010B", "9000");
	for (size_t i = 0; i < VSC_COUNT(protected_steps); i++) {
		if (i == 1)
			before = fill_disk();
		expect(card, protected_steps[i].command, protected_steps[i].answer);
		if (i == 3)
			make_room(&before);
	}
	vsc_card_free(card);
}

/* Nothing of a long answer stays behind for GET RESPONSE: a pair of keys that was not kept. */
static void
no_answer_is_left(void **state)
{
	struct vsc_card *card = some_card();
	struct rlimit before;

	(void)state;
	expect(card, "80DB3FFF0C A20A 83010A 8801B2 81020401", "9000");
	before = fill_disk();
	expect(card, "0047800A", "6581");
	make_room(&before);
	expect(card, "00C0000000", "6985");
	vsc_card_free(card);
}

/* Uses of a key are counted, and saved with its next change only. */
static void
uses_stay_counted(void **state)
{
	struct vsc_card *card = some_card();
	struct rlimit before;

	(void)state;
	expect(card, "80DB3FFF1D A21B 83010B 8801C1 7F4812 8010 404142434445464748494A4B4C4D4E4F",
	    "9000");
	vsc_slot_first(card)->counter = 5;
	before = fill_disk();
	expect(card, "00DA5F5001 41", "6581");
	make_room(&before);
	assert_int_equal(vsc_slot_first(card)->counter, 5);
	vsc_card_free(card);
}

/* --- Any order of commands --- */

static const char *const commands[] = {
	"00A4000C023F00",
	"00A4000C023000",
	"00A4020C020201",
	"00A4020C020204",
	"00D6000004A1A2A3A4",
	"00D6820002B1B2",
	"00E000000E 620C 800110 820101 83020203 8800",
	"00E0000013 6211 800110 820502C1000208 83020204 880120",
	"00E0000013 6211 800106 820506C1000203 83020205 880128",
	"00E0000011 620F 800108 820304C100 83020206 880130",
	"00E0000009 6207 820138 83023002",
	"00E4000002 0203",
	"00E4000002 3002",
	"00E20020020102",
	"00E20028020304",
	"00E20030020708",
	"00DC01340109",
	"00DC0124020506",
	"00060124",
	"00060129",
	"0006012C",
	"00080125",
	"000C0124",
	"00DA5F500541424344 45",
	"00DA010002 4142",
	"00EE5F50",
	"00440000",
	"00040000",
	"0020000104 31323334",
	"0020000104 39393939",
	"0024000108 3132333431323334",
	"002C00010C 313233343536373831323334",
	"0026000104 31323334",
	"0028000104 31323334",
	"002241B406 800182 840109",
	"0022F203",
	"0022F403",
	"80DB3FFF1D A21B 830109 8801C1 7F48128010 000102030405060708090A0B0C0D0E0F",
	"80DB3FFF05 A203 830109",
	"80DB3FFF0B A109 830107 800430303030",
	"80DB3FFF05 A103 830107",
	"80DB3FFF08 A206 83010A 8801B2",
	"0047800A00",
};

static vsc_sw
play(struct vsc_card *card, const char *command)
{
	static uint8_t buf[VSC_RESPONSE_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	VSC_AUTO_BLOB raw = { NULL, 0 };

	assert_int_equal(vsc_hex_parse(vsc_span_str(command), &raw), 0);
	assert_int_equal(vsc_card_transmit(card, vsc_blob_span(&raw), &out), 0);
	return (vsc_sw)(buf[out.len - 2] << 8 | buf[out.len - 1]);
}

static struct vsc_span
dump(struct vsc_card *card, uint8_t room[static 65536])
{
	struct vsc_out out = vsc_out_from(room, 65536);

	put_card(&out, card);
	return vsc_out_span(&out);
}

/* A third of them meets a full disk: what the card has then is what it had, and in the end what the
 * file has is what the card has. */
static void
any_order_of_commands(void **state)
{
	static uint8_t first[65536], second[65536];
	struct vsc_card *card = open_card(&vsc_card_iso7816);
	uint32_t random = 1, undone = 0, done = 0;
	struct vsc_span before, after;
	struct rlimit limit;
	vsc_sw sw;

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		random = random * 1664525 + 1013904223;
		const char *command = commands[(random >> 8) % VSC_COUNT(commands)];
		const bool full = random >> 30 == 0;

		before = dump(card, first);
		if (full)
			limit = fill_disk();
		sw = play(card, command);
		if (full)
			make_room(&limit);
		after = dump(card, second);
		if ((full || sw == VSC_SW_MEMORY_FAILURE) && !vsc_span_eq(before, after))
			fail_msg("%u: %s: SW %04X, and the card has changed", i, command, sw);
		assert_true(full || sw != VSC_SW_MEMORY_FAILURE);
		undone += sw == VSC_SW_MEMORY_FAILURE;
		done += !vsc_span_eq(before, after);
	}
	assert_true(undone > 100 && done > 300);
	before = dump(card, first);
	vsc_card_free(card);
	card = open_card(&vsc_card_iso7816);
	assert_true(vsc_span_eq(before, dump(card, second)));
	vsc_card_free(card);
}

/* --- A store that cannot be read again --- */

struct disk {
	bool full, readable;
	unsigned commits;
};

/* The MF; and then no further, unless the disk can be read. */
static int
load(void *ctx, struct vsc_card *card)
{
	const struct vsc_file_spec mf = { .fid = VSC_FID_MF, .descriptor = VSC_FILE_DF };
	const struct disk *disk = ctx;

	assert_int_equal(vsc_fs_add(vsc_card_fs(card), NULL, &mf, NULL), 0);
	return disk->readable ? 0 : VSC_E_IO;
}

static int
commit(void *ctx, struct vsc_card *card)
{
	struct disk *disk = ctx;

	(void)card;
	if (disk->full)
		return VSC_E_IO;
	disk->commits++;
	return 0;
}

static struct vsc_card *
card_on(struct disk *disk)
{
	const struct vsc_store store = {
		.ctx = disk, .is_new = true, .load = load, .commit = commit
	};
	struct vsc_card *card;

	assert_int_equal(vsc_card_create(&card, &vsc_card_iso7816, NULL, NULL, &store, NULL), 0);
	vsc_card_reset(card, VSC_RESET_ON);
	return card;
}

/* Then the change stays on the card, and is saved when that is possible again. */
static void
what_cannot_be_undone_is_kept(void **state)
{
	struct disk disk = { .commits = 0 };
	struct vsc_card *card = card_on(&disk);

	(void)state;
	expect(card, "00E0000012 6210 800104 820101 83020201 880108 8A0105", "9000");
	disk = (struct disk){ .full = true };
	expect(card, "00D6000001FF", "6581");
	expect(card, "00B0000001", "6581");
	disk.full = false;
	expect(card, "00B0000001", "FF9000");
	assert_int_equal(disk.commits, 1);
	vsc_card_free(card);
}

/* Or it is undone when the store can be read again, by whatever command meets that: one for a
 * channel that is not open, one that opens a channel, or closes one. */
static void
undone_by_a_later_command(void **state)
{
	struct disk disk = { .commits = 0 };
	struct vsc_card *card = card_on(&disk);

	(void)state;
	expect(card, "0070000001", "019000");
	disk = (struct disk){ .full = true };
	expect(card, "00E0000009 6207 820138 83023000", "6581");
	expect(card, "02A4000C023F00", "6581");
	disk.readable = true;
	expect(card, "0070000001", "6581");
	expect(card, "02A4000C023F00", "6881");
	expect(card, "00A4000C023000", "6A82");

	disk.readable = false;
	expect(card, "00E0000009 6207 820138 83023000", "6581");
	disk.readable = true;
	expect(card, "01708001", "6581");
	expect(card, "01A4000C023F00", "9000");
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

/* What was presented to a Cryptoflex is in a list of its own. */
static void
cryptoflex_keys_presented(void **state)
{
	static const char verify[] = "F02A000108 2C15E526E93E8A19",
			  make[] = "F0E0000010 FFFF0017 000001FFF4FFFF01 03010000";
	struct vsc_card *card = open_card(vsc_card_type_find("cryptoflex"));
	struct rlimit before;

	(void)state;
	before = fill_disk();
	expect(card, verify, "6581");
	make_room(&before);
	expect(card, make, "6982");
	expect(card, verify, "9000");
	before = fill_disk();
	expect(card, verify, "6581");
	make_room(&before);
	expect(card, make, "9000");
	vsc_card_free(card);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_has_happened, setup, teardown),
		cmocka_unit_test_setup_teardown(proven_with_the_command_only, setup, teardown),
		cmocka_unit_test_setup_teardown(session_goes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(no_answer_is_left, setup, teardown),
		cmocka_unit_test_setup_teardown(uses_stay_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(any_order_of_commands, setup, teardown),
		cmocka_unit_test(what_cannot_be_undone_is_kept),
		cmocka_unit_test(undone_by_a_later_command),
		cmocka_unit_test_setup_teardown(trust_points, setup, teardown),
		cmocka_unit_test_setup_teardown(passport_trust_points, setup, teardown),
		cmocka_unit_test_setup_teardown(cryptoflex_keys_presented, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
