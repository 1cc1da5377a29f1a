/* The saved cards of every schema there was (tests/images, each with the script that made it) open,
 * have in them what they had, and work. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/disk.h"
#include "card.h"
#include "card/image.h"

static const struct row {
	const char *what;
	struct vsc_span command, answer; /* len 0: any that ends in 9000 */
} schema_1[] = {
	{ "the application", BYTES(0, 0xA4, 4, 0x0C, 4, 0xF0, 'v', 'i', 'c'), BYTES(0x90, 0) },
	{ "two tries left", BYTES(0, 0x20, 0, 0x81), BYTES(0x63, 0xC2) },
	{ "rights", BYTES(0, 0xB0, 0x82, 0, 8), BYTES(0x69, 0x82) },
	{ "the PIN", BYTES(0, 0x20, 0, 0x81, 4, '9', '8', '7', '6'), BYTES(0x90, 0) },
	{ "content", BYTES(0, 0xB0, 0x82, 0, 8),
	    BYTES('o', 'l', 'd', ' ', 'c', 'a', 'r', 'd', 0x90, 0) },
	{ "records", BYTES(0, 0xB2, 1, 0x1C, 0),
	    BYTES('f', 'i', 'r', 's', 't', ' ', 'd', 'a', 'y', 0x90, 0) },
	{ "cyclic", BYTES(0, 0xB2, 1, 0x24, 0), BYTES(0, 0, 0x90, 0) },
	{ "objects", BYTES(0, 0xCA, 0x5F, 0x50, 0), BYTES(0) },
	{ "a stored environment", BYTES(0, 0x22, 0xF3, 1), BYTES(0x90, 0) },
	{ "a hash", BYTES(0, 0x2A, 0x90, 0x80, 1, 'x'), BYTES(0x90, 0) },
	{ "the key signs", BYTES(0, 0x2A, 0x9E, 0x9A, 0), BYTES(0) },
	{ "a change", BYTES(0, 0xE2, 0, 0x18, 1, 'x'), BYTES(0x90, 0) },
};

static void
play(struct vsc_card *card, const struct row *row)
{
	static uint8_t room[VSC_RESPONSE_MAX];
	struct vsc_out out = vsc_out_from(room, sizeof(room));

	assert_int_equal(vsc_card_transmit(card, row->command, &out), 0);
	if (row->answer.len == 1)
		assert_true(out.len > 2 && room[out.len - 2] == 0x90);
	else if (!vsc_span_eq(vsc_out_span(&out), row->answer))
		fail_msg("%s: SW %02X%02X, %zu bytes", row->what, room[out.len - 2],
		    room[out.len - 1], out.len);
}

/* A copy, since opening is for using it. */
static void
copy_of(const char *name, char path[64])
{
	VSC_AUTO_BLOB bytes = { NULL, 0 };
	struct vsc_why why = { "" };
	char from[512];
	int fd;

	(void)snprintf(from, sizeof(from), "%s/%s", getenv("VSC_TEST_IMAGES"), name);
	assert_int_equal(vsc_disk_read(&bytes, from, &why), 0);
	(void)snprintf(path, 64, "/tmp/test_images.XXXXXX");
	assert_true((fd = mkstemp(path)) >= 0);
	assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
	close(fd);
}

static void
test_schema_1(void **state)
{
	struct vsc_why why = { "" };
	struct vsc_image *image;
	struct vsc_card *card;
	char path[64];

	(void)state;
	copy_of("schema-1.vsc", path);
	assert_int_equal(vsc_image_open(&image, path, &why), 0);
	assert_string_equal(vsc_image_type(image), "iso7816");
	assert_int_equal(vsc_card_open(&card, image, &vsc_card_iso7816, NULL, NULL, NULL, &why), 0);
	vsc_card_reset(card, VSC_RESET_ON);
	for (size_t i = 0; i < VSC_COUNT(schema_1); i++)
		play(card, &schema_1[i]);
	vsc_card_free(card);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_schema_1) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
