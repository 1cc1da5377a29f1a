/* Secure messaging ciphers against published values and values of Python's cryptography. */
#include "test.h"

#include "base/auto.h"
#include "crypto/suite.h"

static struct vsc_blob
hex(const char *text)
{
	struct vsc_blob bytes = { NULL, 0 };

	assert_int_equal(vsc_hex_parse(vsc_span_str(text), &bytes), 0);
	return bytes;
}

static const struct row {
	const char *name;
	const struct vsc_suite *suite;
	const char *enc, *mac, *ssc;
	const char *iv, *plain, *cryptogram, *message, *tag;
} rows[] = {
	{ "Doc 9303-11 D.3, E_IFD and M_IFD", &vsc_suite_3des, "AB94FDECF2674FDFB9B391F85D7F76F2",
	    "7962D9ECE03D1ACD4C76089DCE131543", "0000000000000000", "0000000000000000",
	    "781723860C06C2264608F919887022120B795240CB7049B01C19B33E32804F0B",
	    "72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2",
	    "72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2",
	    "5F1448EEA8AD90A7" },
	{ "AES-128", &vsc_suite_aes128, "000102030405060708090A0B0C0D0E0F",
	    "404142434445464748494A4B4C4D4E4F", "00000000000000000000000000000005",
	    "9b82998964728141405e23dd9f1dd01b",
	    "202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F",
	    "b261ddd65f13e2f4494e8578ba2f8f98a8966dc50cb7fd5418ab089a1669c83f",
	    "54686520717569636b2062726f776e20666f78", "cf6ea9683b48a9cb" },
	{ "AES-192", &vsc_suite_aes192, "000102030405060708090A0B0C0D0E0F1011121314151617",
	    "404142434445464748494A4B4C4D4E4F5051525354555657", "00000000000000000000000000000005",
	    "48336d8fa98d766e3adf96a552caa56d",
	    "202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F",
	    "af7cd95205670882631a893d7e4745ce0d283cef1ff58796416aeffacb0f5178",
	    "54686520717569636b2062726f776e20666f78", "1606d98c6af44f1f" },
	{ "AES-256", &vsc_suite_aes256,
	    "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
	    "404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F",
	    "00000000000000000000000000000005", "a90741e6797146a550b63f264a604ee4",
	    "202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F",
	    "e3d08e0435ceb8aaa9d581c661efba10d50d8ba2bac9e034a10d914cb2d9c008",
	    "54686520717569636b2062726f776e20666f78", "9739a65f8737834f" },
};

static void
run_row(const struct row *row)
{
	VSC_AUTO_BLOB enc = hex(row->enc), mac = hex(row->mac), ssc = hex(row->ssc),
		      iv = hex(row->iv), plain = hex(row->plain), cryptogram = hex(row->cryptogram),
		      message = hex(row->message), tag = hex(row->tag);
	uint8_t buf[64], got_iv[16], got_mac[8];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_cipher *cipher;

	assert_int_equal(
	    vsc_cipher_new(&cipher, row->suite, vsc_blob_span(&enc), vsc_blob_span(&mac)), 0);
	/* twice: the prepared contexts must start afresh */
	for (int pass = 0; pass < 2; pass++) {
		out.len = 0;
		assert_int_equal(vsc_cipher_iv(cipher, vsc_blob_span(&ssc), got_iv), 0);
		assert_span_equal(vsc_span_from(got_iv, iv.len), vsc_blob_span(&iv));
		assert_int_equal(
		    vsc_cipher_encrypt(cipher, got_iv, vsc_blob_span(&plain), &out), 0);
		assert_span_equal(vsc_out_span(&out), vsc_blob_span(&cryptogram));
		out.len = 0;
		assert_int_equal(
		    vsc_cipher_decrypt(cipher, got_iv, vsc_blob_span(&cryptogram), &out), 0);
		assert_span_equal(vsc_out_span(&out), vsc_blob_span(&plain));
		assert_int_equal(vsc_cipher_mac(cipher, vsc_blob_span(&message), got_mac), 0);
		assert_span_equal(VSC_SPAN_OF(got_mac), vsc_blob_span(&tag));
	}
	vsc_cipher_free(cipher);
}

static void
known_answers(void **state)
{
	(void)state;
	for (const struct row *row = rows; row < rows + VSC_COUNT(rows); row++)
		run_row(row);
}

/* However a message is cut, its MAC is the same. */
static void
mac_in_pieces(void **state)
{
	uint8_t message[600], whole[8], pieces[8];
	struct vsc_cipher *cipher;

	(void)state;
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)(i * 7);
	assert_int_equal(
	    vsc_cipher_new(&cipher, &vsc_suite_3des, VSC_SPAN_EMPTY, vsc_span_from(message, 16)),
	    0);
	assert_int_equal(vsc_cipher_mac_start(cipher), 0);
	assert_int_equal(vsc_cipher_mac_add(cipher, VSC_SPAN_OF(message)), 0);
	assert_int_equal(vsc_cipher_mac_end(cipher, whole), 0);
	for (size_t step = 1; step < 40; step++) {
		assert_int_equal(vsc_cipher_mac_start(cipher), 0);
		for (size_t at = 0; at < sizeof(message); at += step)
			assert_int_equal(vsc_cipher_mac_add(cipher,
					     vsc_span_slice(VSC_SPAN_OF(message), at, step)),
			    0);
		assert_int_equal(vsc_cipher_mac_end(cipher, pieces), 0);
		assert_span_equal(VSC_SPAN_OF(pieces), VSC_SPAN_OF(whole));
	}
	/* half a block at the end */
	assert_int_equal(vsc_cipher_mac_start(cipher), 0);
	assert_int_equal(vsc_cipher_mac_add(cipher, vsc_span_from(message, 12)), 0);
	assert_int_equal(vsc_cipher_mac_end(cipher, pieces), VSC_E_FORMAT);
	vsc_cipher_free(cipher);
}

static void
refusals(void **state)
{
	uint8_t key[32] = { 1 }, buf[64];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_cipher *cipher = NULL;

	(void)state;
	assert_int_equal(
	    vsc_cipher_new(&cipher, &vsc_suite_aes128, vsc_span_from(key, 24), VSC_SPAN_EMPTY),
	    VSC_E_PARAM);
	assert_int_equal(
	    vsc_cipher_new(&cipher, &vsc_suite_3des, VSC_SPAN_EMPTY, vsc_span_from(key, 24)),
	    VSC_E_PARAM);
	assert_null(cipher);
	assert_int_equal(
	    vsc_cipher_new(&cipher, &vsc_suite_aes128, vsc_span_from(key, 16), VSC_SPAN_EMPTY), 0);
	assert_int_equal(
	    vsc_cipher_encrypt(cipher, NULL, vsc_span_from(key, 15), &out), VSC_E_FORMAT);
	assert_int_equal(out.len, 0);
	assert_int_equal(vsc_cipher_mac_start(cipher), VSC_E_STATE);
	vsc_cipher_free(cipher);
}

static const struct pad_row {
	const char *name;
	struct vsc_span padded;
	int result;
	size_t len;
} pad_rows[] = {
	{ "one byte", BYTES(1, 2, 3, 4, 5, 6, 7, 0x80), 0, 7 },
	{ "whole block", BYTES(0x80, 0, 0, 0, 0, 0, 0, 0), 0, 0 },
	{ "80 before the padding is data", BYTES(0x80, 0x80, 0, 0, 0, 0, 0, 0), 0, 1 },
	{ "no padding", BYTES(1, 2, 3, 4, 5, 6, 7, 8), VSC_E_FORMAT, 0 },
	{ "zeros only", BYTES(0, 0, 0, 0, 0, 0, 0, 0), VSC_E_FORMAT, 0 },
	{ "80 one block early", BYTES(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
	    VSC_E_FORMAT, 0 },
	{ "empty", { NULL, 0 }, VSC_E_FORMAT, 0 },
	{ "not whole blocks", BYTES(0x80), VSC_E_FORMAT, 0 },
};

static void
padding(void **state)
{
	uint8_t buf[16];

	(void)state;
	for (const struct pad_row *row = pad_rows; row < pad_rows + VSC_COUNT(pad_rows); row++) {
		size_t len = 0;

		if (vsc_unpad(row->padded, 8, &len) != row->result || len != row->len)
			FAIL_ROW(row, "unpad");
	}
	for (size_t len = 0; len <= 8; len++) {
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));
		size_t back;

		vsc_out_fill(&out, 0xFF, len);
		vsc_pad(&out, len, 8);
		assert_int_equal(out.len, len / 8 * 8 + 8);
		assert_int_equal(vsc_unpad(vsc_out_span(&out), 8, &back), 0);
		assert_int_equal(back, len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(mac_in_pieces),
		cmocka_unit_test(refusals),
		cmocka_unit_test(padding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
