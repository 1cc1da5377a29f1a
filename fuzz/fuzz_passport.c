/*
 * What a passport is made from and kept as, each by the input's first byte: a saved chip, a dumped
 * SOD, a picture or group of fingers or irises, and options, one a line.
 */
#include "fuzz.h"

#include <string.h>

#include "base/auto.h"
#include "cards/epass/biometric.h"
#include "cards/epass/chip.h"
#include "cards/epass/pki.h"
#include "iso/tlv.h"

#define OPTIONS_MAX 16

/* What was loaded is what save writes. */
static void
saved_chip(struct vsc_span bytes)
{
	struct vsc_epass_chip chip = { .access = 0 }, again = { .access = 0 };
	VSC_AUTO_BLOB saved = { NULL, 0 };

	if (vsc_epass_chip_load(&chip, bytes) == 0) {
		FUZZ_CHECK(strlen(chip.mrz_key) >= 24);
		FUZZ_CHECK(vsc_epass_chip_save(&chip, &saved) == 0);
		FUZZ_CHECK(vsc_epass_chip_load(&again, vsc_blob_span(&saved)) == 0);
		FUZZ_CHECK(again.npace == chip.npace && again.nkeys == chip.nkeys);
	}
	vsc_epass_chip_free(&chip);
	vsc_epass_chip_free(&again);
}

static void
dumped_sod(struct vsc_span bytes)
{
	static const uint8_t dg1[] = { 0x61, 0x03, 0x5F, 0x1F, 0x00 };
	struct vsc_epass_person person = { .dumped = true };
	struct vsc_why why = { "" };
	int rc;

	FUZZ_CHECK(vsc_blob_set(&person.sod, bytes) == 0);
	FUZZ_CHECK(vsc_blob_set(&person.dg[1], VSC_SPAN_OF(dg1)) == 0);
	rc = vsc_epass_sod_take(&person, VSC_FAULT_DG_HASH | VSC_FAULT_SOD_SIG, &why);
	FUZZ_CHECK(rc == 0 || why.text[0] != '\0');
	vsc_epass_person_free(&person);
}

static void
biometric(unsigned dg, struct vsc_span bytes)
{
	VSC_AUTO_BLOB group = { NULL, 0 };
	struct vsc_tlv tlv;
	struct vsc_in in;

	if (vsc_biometric_group(&group, dg, bytes) < 0)
		return;
	in = vsc_in_from(vsc_blob_span(&group));
	FUZZ_CHECK(vsc_tlv_next(&in, &tlv) == 1 && vsc_in_left(&in) == 0);
	FUZZ_CHECK(tlv.tag == vsc_lds_tag(dg));
}

static void
fingers(struct vsc_span bytes)
{
	biometric(3, bytes);
}

static void
irises(struct vsc_span bytes)
{
	biometric(4, bytes);
}

/* Lines NAME=VALUE. Fields that would name a file are left out. */
static size_t
read_options(char *text, struct vsc_param items[OPTIONS_MAX])
{
	size_t count = 0;
	char *line;

	while (count < OPTIONS_MAX && (line = strsep(&text, "\n")) != NULL) {
		char *value = strchr(line, '=');

		if (value == NULL || strstr(line, "image") != NULL || strstr(line, "proof") != NULL)
			continue;
		*value++ = '\0';
		items[count++] = (struct vsc_param){ line, value };
	}
	return count;
}

static void
options(struct vsc_span bytes)
{
	char text[512];
	struct vsc_param items[OPTIONS_MAX];
	struct vsc_params params = { items, 0 };
	struct vsc_epass_person person = { .dumped = false };
	struct vsc_epass_plan plan;
	struct vsc_why why = { "" };
	struct vsc_out out = vsc_out_from(text, sizeof(text) - 1);

	vsc_out_put(&out, bytes);
	text[out.len] = '\0';
	params.count = read_options(text, items);
	FUZZ_CHECK(vsc_epass_plan_read(&plan, &params, false, &why) == 0 || why.text[0] != '\0');
	for (unsigned dg = 11; dg <= 12; dg++) {
		why.text[0] = '\0';
		FUZZ_CHECK(
		    vsc_epass_details_make(&person, &params, dg, &why) == 0 || why.text[0] != '\0');
	}
	vsc_epass_person_free(&person);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parts[])(
	    struct vsc_span) = { saved_chip, dumped_sod, fingers, irises, options };

	if (size > 0)
		parts[data[0] % VSC_COUNT(parts)](vsc_span_from(data + 1, size - 1));
	return 0;
}
