/* Key derivation against what cards and standards say: rows with names. */
#include "test.h"

#include "base/auto.h"
#include "crypto/kdf.h"

/* Session keys of PIV's secure messaging (SP 800-73-4 part 2, 4.1.6): one from a card of NIST's
 * Special Database 33, one computed with Python's hashlib. */
static const struct row {
	const char *name;
	enum vsc_hash hash;
	const char *secret, *info, *keys;
} rows[] = {
	{ "cipher suite 7", VSC_HASH_SHA384,
	    "0A8CB2C2DF282B8304B49F885DB7E6D423E2E40A58D7F5146DAE9074786F4B21021B8664786F7C1A451790"
	    "E45A43350F",
	    "040D0D0D0D080000000000000000010010E4F222578F43427EAA1FAB0D8DBD229708A5500073BA17703718"
	    "BB5B9ACFF40653521BFF81CE65DA8EF2CDE0196A0384BFA70100",
	    "6B2CCC5B79D6EC2599AEB6F5888D258B32C96913B5F19B3ABA7818A75CB08BAB715C7F5025EEC53F0692C5"
	    "2DF7C250CF8BC69A80A51D138D72E52AE8BDD290AB5A2853D90553F709ED378872D7DC6F41B83FF9C66A74"
	    "B43B553112C14B6B10B5627DA752F6770BD5810BDE6172B2F6310F207F5C5A0E12E034BBE5CAEB49FD1"
	    "7" },
	{ "cipher suite 2", VSC_HASH_SHA256,
	    "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
	    "0409090909080102030405060708010010101112131415161718191A1B1C1D1E1F08A1A2A3A4A5A6A7A810"
	    "C0C1C2C3C4C5C6C7C8C9CACBCCCDCECF0100",
	    "07E25D9A6F0B3853813538437627A87BCD45C03FBB870C06B01B3E8D9F4FBC350AE1D866983E1F9C1B2685"
	    "90C316D4C6C05F19C888BE44B39A79B7DBFDD3A27D" },
	{ "part of a block", VSC_HASH_SHA256, "00", "", "060DC63E55" },
	{ "nothing", VSC_HASH_SHA256, "00", "01", "" },
};

static void
concatenation(void **state)
{
	(void)state;
	for (const struct row *row = rows; row < rows + VSC_COUNT(rows); row++) {
		VSC_AUTO_BLOB secret = { NULL, 0 }, info = { NULL, 0 }, keys = { NULL, 0 };
		uint8_t buf[128];
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));

		assert_int_equal(vsc_hex_parse(vsc_span_str(row->secret), &secret), 0);
		assert_int_equal(vsc_hex_parse(vsc_span_str(row->info), &info), 0);
		assert_int_equal(vsc_hex_parse(vsc_span_str(row->keys), &keys), 0);
		if (vsc_kdf_concat(row->hash, vsc_blob_span(&secret), vsc_blob_span(&info),
			keys.len, &out) < 0)
			FAIL_ROW(row, "refused");
		if (!vsc_span_eq(vsc_out_span(&out), vsc_blob_span(&keys)))
			FAIL_ROW(row, "other keys");
	}
}

static void
no_room(void **state)
{
	uint8_t buf[33];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	(void)state;
	assert_int_equal(
	    vsc_kdf_concat(VSC_HASH_SHA256, VSC_BYTES(1), VSC_SPAN_EMPTY, 34, &out), VSC_E_SPACE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(concatenation),
		cmocka_unit_test(no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
