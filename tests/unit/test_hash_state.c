/* Hashes continued from an intermediate value: FIPS 180-4's examples, begun by hand. */
#include "crypto/hash_state.h"

#include "test.h"

/* The initial value of each, as if nothing had been hashed yet, and the digest of "abc". */
static const struct {
	enum vsc_hash hash;
	const char *state, *digest;
} begun[] = {
	{ VSC_HASH_SHA1, "67452301 EFCDAB89 98BADCFE 10325476 C3D2E1F0 0000000000000000",
	    "A9993E364706816ABA3E25717850C26C9CD0D89D" },
	{ VSC_HASH_SHA224,
	    "C1059ED8 367CD507 3070DD17 F70E5939 FFC00B31 68581511 64F98FA7 BEFA4FA4 "
	    "0000000000000000",
	    "23097D223405D8228642A477BDA255B32AADBCE4BDA0B3F7E36C9DA7" },
	{ VSC_HASH_SHA256,
	    "6A09E667 BB67AE85 3C6EF372 A54FF53A 510E527F 9B05688C 1F83D9AB 5BE0CD19 "
	    "0000000000000000",
	    "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD" },
	{ VSC_HASH_SHA384,
	    "CBBB9D5DC1059ED8 629A292A367CD507 9159015A3070DD17 152FECD8F70E5939 67332667FFC00B31 "
	    "8EB44A8768581511 DB0C2E0D64F98FA7 47B5481DBEFA4FA4 0000000000000000",
	    "CB00753F45A35E8BB5A03D699AC65007272C32AB0EDED1631A8B605A43FF5BED8086072BA1E7CC2358BAEC"
	    "A134C825A7" },
	{ VSC_HASH_SHA512,
	    "6A09E667F3BCC908 BB67AE8584CAA73B 3C6EF372FE94F82B A54FF53A5F1D36F1 510E527FADE682D1 "
	    "9B05688C2B3E6C1F 1F83D9ABFB41BD6B 5BE0CD19137E2179 00000000000000000000000000000000",
	    "DDAF35A193617ABACC417349AE20413112E6FA4E89A97EA20A9EEEE64B55D39A2192992A274FC1A836BA3C"
	    "23A3FEEBBD454D4423643CE80E2A9AC94FA54CA49F" },
};

static void
from_the_beginning(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(begun); i++) {
		struct vsc_blob start = { NULL, 0 }, want = { NULL, 0 };
		uint8_t buf[VSC_HASH_MAX];
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));

		assert_int_equal(vsc_hex_parse(vsc_span_str(begun[i].state), &start), 0);
		assert_int_equal(vsc_hex_parse(vsc_span_str(begun[i].digest), &want), 0);
		assert_true(vsc_hash_is_state(begun[i].hash, vsc_blob_span(&start)));
		assert_int_equal(vsc_hash_resume(begun[i].hash, vsc_blob_span(&start),
				     vsc_span_str("abc"), &out),
		    0);
		assert_true(vsc_span_eq(vsc_out_span(&out), vsc_blob_span(&want)));
		vsc_blob_free(&start);
		vsc_blob_free(&want);
	}
}

/* No state is as long as one, and none is in the middle of a block. */
static void
refused(void **state)
{
	uint8_t bytes[64 + 16] = { 0 }, buf[VSC_HASH_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	(void)state;
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		bool is_sha256 = len == 40, is_sha512 = len == 72 || len == 80;

		assert_int_equal(
		    vsc_hash_is_state(VSC_HASH_SHA256, vsc_span_from(bytes, len)), is_sha256);
		assert_int_equal(
		    vsc_hash_is_state(VSC_HASH_SHA512, vsc_span_from(bytes, len)), is_sha512);
	}
	assert_false(vsc_hash_is_state(VSC_HASH_NONE, vsc_span_from(bytes, 40)));
	bytes[39] = 8; /* bits */
	assert_int_equal(
	    vsc_hash_resume(VSC_HASH_SHA256, vsc_span_from(bytes, 40), VSC_SPAN_EMPTY, &out),
	    VSC_E_FORMAT);
	bytes[38] = 2; /* 512 and 8 */
	assert_int_equal(
	    vsc_hash_resume(VSC_HASH_SHA256, vsc_span_from(bytes, 40), VSC_SPAN_EMPTY, &out),
	    VSC_E_FORMAT);
	bytes[39] = 0;
	assert_int_equal(
	    vsc_hash_resume(VSC_HASH_SHA256, vsc_span_from(bytes, 40), VSC_SPAN_EMPTY, &out), 0);
	out = vsc_out_from(buf, 31);
	assert_int_equal(
	    vsc_hash_resume(VSC_HASH_SHA256, vsc_span_from(bytes, 40), VSC_SPAN_EMPTY, &out),
	    VSC_E_SPACE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_the_beginning),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
