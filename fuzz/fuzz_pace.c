/*
 * A terminal that sends anything to PACE. Byte 0 picks the protocol, then each step is a length of
 * two bytes and so many bytes of GENERAL AUTHENTICATE data. The chip draws the same randomness each
 * time, so that a seed can hold a complete run.
 */
#include "fuzz.h"

#include "crypto/pace.h"

static const struct {
	const char *alg;
	unsigned id;
} variants[] = {
	{ "ECDH-GM-AES-128", 12 },
	{ "DH-GM-AES-128", 0 },
	{ "ECDH-IM-AES-256", 12 },
	{ "DH-IM-3DES", 0 },
	{ "ECDH-CAM-AES-192", 12 },
};

static int
count_up(void *ctx, uint8_t *buf, size_t len)
{
	uint8_t *next = ctx;

	for (size_t i = 0; i < len; i++)
		buf[i] = (*next)++;
	return 0;
}

static void
run(struct vsc_pace *pace, struct vsc_in *in)
{
	uint8_t buf[2048];
	int failed = 0;
	uint16_t len;

	while (vsc_in_u16(in, &len) == 0) {
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));
		struct vsc_span step;
		int err;

		if (vsc_in_span(in, len, &step) < 0)
			break;
		err = vsc_pace_step(pace, step, &out);
		FUZZ_CHECK(err <= 0 && (err == 0) == (out.len > 0));
		/* nothing works after a failure, and a finished run has keys */
		FUZZ_CHECK(!failed || err < 0);
		failed |= err < 0;
		FUZZ_CHECK(vsc_pace_done(pace) == (vsc_pace_id_picc(pace).len > 0 && !failed &&
						      !vsc_pace_expects_token(pace)));
		FUZZ_CHECK(!failed || vsc_pace_keys(pace)->enc.len == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t next = 1, variant;
	const struct vsc_env env = { .ctx = &next, .random = count_up };
	struct vsc_in in = vsc_in_from(vsc_span_from(data, size));
	struct vsc_pace_setup setup = { .password = vsc_span_str("123456") };
	struct vsc_agree_key cam_key;
	struct vsc_group *group;
	struct vsc_pace *pace;

	if (vsc_in_u8(&in, &variant) < 0)
		return 0;
	variant %= (uint8_t)VSC_COUNT(variants);
	setup.alg = vsc_pace_alg_by_name(variants[variant].alg);
	FUZZ_CHECK(vsc_group_new(&group, variants[variant].id) == 0);
	FUZZ_CHECK(vsc_agree_key_import(&cam_key, group, VSC_BYTES(7)) == 0);
	setup.group = group;
	setup.cam_key = &cam_key;
	FUZZ_CHECK(vsc_pace_new(&pace, &setup, &env) == 0);
	run(pace, &in);
	vsc_pace_free(pace);
	vsc_agree_key_free(&cam_key);
	vsc_group_free(group);
	return 0;
}
