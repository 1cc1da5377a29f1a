/*
 * A saved card from who knows where: it is opened and works, or is refused with a reason that names
 * the file, and then not changed.
 */
#include "frames.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/disk.h"
#include "card/image.h"

/* Everything that the card may be asked about what is in it, and a change of it. */
static void
use(struct vsc_card *card)
{
	const struct vsc_span commands[] = {
		VSC_BYTES(0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00, 0x00),
		VSC_BYTES(0x00, 0xA4, 0x04, 0x00, 0x00),
		VSC_BYTES(0x00, 0xA4, 0x02, 0x00, 0x02, 0x2F, 0x00, 0x00),
		VSC_BYTES(0x00, 0xB0, 0x00, 0x00, 0x00),
		VSC_BYTES(0x00, 0xD6, 0x00, 0x00, 0x01, 0x61),
		VSC_BYTES(0x00, 0xB2, 0x01, 0x04, 0x00),
		VSC_BYTES(0x00, 0xCA, 0x00, 0xFF, 0x00),
		VSC_BYTES(0x00, 0x20, 0x00, 0x01, 0x04, 0x31, 0x32, 0x33, 0x34),
		VSC_BYTES(0x00, 0x22, 0xF3, 0x01),
		VSC_BYTES(0x00, 0x22, 0x41, 0xB6, 0x03, 0x84, 0x01, 0x81),
		VSC_BYTES(0x00, 0x2A, 0x9E, 0x9A, 0x03, 0x01, 0x02, 0x03, 0x00),
	};
	static uint8_t room[VSC_RESPONSE_MAX];
	struct vsc_out out;

	vsc_card_reset(card, VSC_RESET_ON);
	for (size_t i = 0; i < VSC_COUNT(commands); i++) {
		out = vsc_out_from(room, sizeof(room));
		FUZZ_CHECK(vsc_card_transmit(card, commands[i], &out) == 0);
		FUZZ_CHECK(!out.full && out.len >= 2);
	}
}

/* 1: a card was there and used. */
static int
open_and_use(const char *path, const struct vsc_env *env)
{
	struct vsc_why why = { "" };
	struct vsc_image *image;
	struct vsc_card *card;
	int rc = vsc_image_open(&image, path, &why);

	if (rc == 0 && vsc_image_type(image) == NULL) {
		vsc_image_close(image);
		return 0;
	}
	if (rc == 0)
		rc = vsc_card_open(&card, image, &vsc_card_iso7816, NULL, env, NULL, &why);
	if (rc == 0) {
		use(card);
		vsc_card_free(card);
		return 1;
	}
	FUZZ_CHECK(why.text[0] != '\0');
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t next = 0;
	const struct vsc_env env = { .ctx = &next, .random = fuzz_count_up, .now = fuzz_noon };
	const struct vsc_span before = vsc_span_from(data, size);
	const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	VSC_AUTO_BLOB after = { NULL, 0 };
	char path[64], journal[80];
	struct vsc_why why = { "" };
	int fd;

	(void)snprintf(path, sizeof(path), "%s/fuzz_image.XXXXXX", folder);
	FUZZ_CHECK((fd = mkstemp(path)) >= 0);
	FUZZ_CHECK(write(fd, data, size) == (ssize_t)size);
	close(fd);
	if (open_and_use(path, &env) == 0 && size > 0) {
		FUZZ_CHECK(vsc_disk_read(&after, path, &why) == 0);
		FUZZ_CHECK(vsc_span_eq(vsc_blob_span(&after), before));
	}
	(void)unlink(path);
	(void)snprintf(journal, sizeof(journal), "%s-journal", path);
	(void)unlink(journal);
	return 0;
}
