/* Secure messaging against Doc 9303-11 D.4, values derived from G.1, and Python's cryptography. */
#include "test.h"

#include "base/auto.h"
#include "card/sm.h"

struct step {
	const char *name, *command, *plain, *body, *answer;
	vsc_sw sw;
};

static const struct step d4_steps[] = {
	{ "step 1", "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800", "00A4020C02011E", "",
	    "990290008E08FA855A5D4C50A8ED", 0x9000 },
	{ "step 2", "0CB000000D9701048E08ED6705417E96BA5500", "00B0000004", "60145F01",
	    "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED", 0x9000 },
	{ "step 3", "0CB000040D9701128E082EA28A70F3C7B53500", "00B0000412",
	    "04303130365F36063034303030305C026175",
	    "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E"
	    "08C8B2787EAEA07D74",
	    0x9000 },
};

static const struct step aes_steps[] = {
	{ "SELECT AID",
	    "0CA4040C1D871101752F676B09FAC86A87D632749A49C7CC8E08C18BA1FCE707"
	    "BD9F00",
	    "00A4040C07A0000002471001", "", "990290008E08BEA7B381C494A079", 0x9000 },
	{ "SELECT EF.COM",
	    "0CA4020C1D8711016EC84E1358184515AB2D827D30A5C92A8E08403D53BA7533"
	    "FA7800",
	    "00A4020C02011E", "", "990290008E08E00BFFE5473D4140", 0x9000 },
	{ "READ BINARY 4", "0CB000000D9701048E085F466809FF5A7CFA00", "00B0000004", "60145F01",
	    "871101589BBC0A6D42160A410E922BF9B053C0990290008E08D740B23B68972F"
	    "95",
	    0x9000 },
	{ "READ BINARY SFI 1E", "0CB09E000D9701168E08BFA6A07C5D8B8DC200", "00B09E0016",
	    "60145F0104303130365F36063034303030305C026175",
	    "87210157DF3291E272535C684FDAC97BABFB993B2B5FDD4A0B8EC12C3CABCB1B"
	    "5E3CA0990290008E08CD7510C5F0E1AC01",
	    0x9000 },
	{ "READ BINARY past end", "0CB000100D9701208E082127CFCA305C7BAF00", "00B0001020",
	    "3030305C026175",
	    "8711019F6C6CD4EEEED01F44034EE58C971D79990262828E083A777C1FAA7E7B"
	    "45",
	    0x6282 },
	{ "SELECT missing EF",
	    "0CA4020C1D8711015B2F29C050148915B65E27AA5CD2485C8E08FDB5983F8AB5"
	    "662700",
	    "00A4020C020107", "", "99026A828E0874C75E16C36B7EA5", 0x6A82 },
	{ "READ BINARY B1 offset 8000",
	    "0CB100001F8510D82BFAD4B13AA79711F5D2BC598CA6DC9701008E0844065D21"
	    "57A3094900",
	    "00B10000045402800000", "5310000102030405060708090A0B0C0D0E0F",
	    "852073E0867374F45456755987215333425BB8EF05C07AA8E8358ADFE9DEF195"
	    "003F990290008E0868C095A060FAC50F",
	    0x9000 },
};

/* AES-128, MAC key 40..4F, counter from zero: MAC only, header by class, by DO'89', not at all. */
static const struct step mac_steps[] = {
	{ "81 and 97, INS odd", "0CDB3FFF1281030102039701008E086E3E3975B054FC9000",
	    "00DB3FFF0301020300", "0102", "B3020102990290008E083EF3D47E176D09D7", 0x9000 },
	{ "header in 89", "08D6000015890408D6000081030102038E08EC638F9BE8DBC7CD00",
	    "00D6000003010203", "", "99026A828E08A42D6A9E3C285845", 0x6A82 },
	{ "channel 4", "60D6000015890460D6000081030102038E08ADA6A91D4B92B72400", "40D6000003010203",
	    "", "990290008E081CCEECEE22B4B397", 0x9000 },
	{ "header not authenticated", "08D600000F81030102038E08A89CAB988A4988C400",
	    "00D6000003010203", "", NULL, 0x9000 },
};

static const uint8_t mac_key[] = { 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A,
	0x4B, 0x4C, 0x4D, 0x4E, 0x4F };

static struct vsc_blob
hex(const char *text)
{
	struct vsc_blob bytes = { NULL, 0 };

	assert_int_equal(vsc_hex_parse(vsc_span_str(text), &bytes), 0);
	return bytes;
}

static void
start(struct vsc_sm *sm, const struct vsc_suite *suite, const char *enc, const char *mac,
    const char *ssc)
{
	VSC_AUTO_BLOB e = hex(enc), m = hex(mac), s = hex(ssc);

	assert_int_equal(vsc_sm_start(sm, suite, vsc_blob_span(&e), vsc_blob_span(&m),
			     vsc_blob_span(&s), VSC_SM_EMRTD),
	    0);
}

static void
start_d4(struct vsc_sm *sm)
{
	start(sm, &vsc_suite_3des, "979EC13B1CBFE9DCD01AB0FED307EAE5",
	    "F1CB1F1FB5ADF208806B89DC579DC1F8", "887022120C06C226");
}

/* keep, resume: what the command does with sessions, if not NULL. */
static void
play_switch(struct vsc_sm *sm, const struct step *step, struct vsc_sm_keys *keep,
    struct vsc_sm_keys *resume)
{
	VSC_AUTO_BLOB raw = hex(step->command), body = hex(step->body), store = { NULL, 0 };
	struct vsc_apdu cmd, plain;
	uint8_t buf[300];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	char text[300];

	assert_int_equal(vsc_apdu_parse(&cmd, vsc_blob_span(&raw)), 0);
	if (vsc_sm_unwrap(sm, &cmd, &store, &plain) != VSC_SW_OK)
		FAIL_ROW(step, "unwrap");
	vsc_apdu_put(&out, &plain);
	assert_string_equal(vsc_hex_text(text, sizeof(text), vsc_out_span(&out), 0), step->plain);
	out.len = 0;
	if (keep != NULL)
		assert_int_equal(vsc_sm_keep(sm, keep), 0);
	if (resume != NULL)
		assert_int_equal(vsc_sm_resume(sm, resume), 0);
	assert_int_equal(vsc_sm_wrap(sm, vsc_blob_span(&body), step->sw, &out), 0);
	if (step->answer != NULL)
		assert_string_equal(
		    vsc_hex_text(text, sizeof(text), vsc_out_span(&out), 0), step->answer);
}

static void
play_step(struct vsc_sm *sm, const struct step *step)
{
	play_switch(sm, step, NULL, NULL);
}

static void
doc_9303_d4(void **state)
{
	struct vsc_sm sm = { .busy = false };

	(void)state;
	start_d4(&sm);
	for (size_t i = 0; i < VSC_COUNT(d4_steps); i++)
		play_step(&sm, &d4_steps[i]);
	assert_span_equal(vsc_span_from(sm.now.ssc, 8),
	    VSC_BYTES(0x88, 0x70, 0x22, 0x12, 0x0C, 0x06, 0xC2, 0x2C));
	vsc_sm_end(&sm);
}

static void
aes_128(void **state)
{
	struct vsc_sm sm = { .busy = false };

	(void)state;
	start(&sm, &vsc_suite_aes128, "F5F0E35C0D7161EE6724EE513A0D9A7F",
	    "FE251C7858B356B24514B3BD5F4297D1", "");
	for (size_t i = 0; i < VSC_COUNT(aes_steps); i++)
		play_step(&sm, &aes_steps[i]);
	vsc_sm_end(&sm);
}

static void
mac_only(void **state)
{
	struct vsc_sm sm = { .busy = false };

	(void)state;
	assert_int_equal(vsc_sm_start(&sm, &vsc_suite_aes128, VSC_SPAN_EMPTY, VSC_SPAN_OF(mac_key),
			     VSC_SPAN_EMPTY, VSC_SM_HEADER_FREE),
	    0);
	for (size_t i = 0; i < VSC_COUNT(mac_steps); i++)
		play_step(&sm, &mac_steps[i]);
	vsc_sm_end(&sm);
}

/* Without the flag, the same unauthenticated header is refused, and ends the session. */
static void
header_must_be_authenticated(void **state)
{
	VSC_AUTO_BLOB raw = hex("08D600000F81030102038E08A89CAB988A4988C400"), store = { NULL, 0 };
	struct vsc_sm sm = { .busy = false };
	struct vsc_apdu cmd, plain;

	(void)state;
	assert_int_equal(vsc_sm_start(&sm, &vsc_suite_aes128, VSC_SPAN_EMPTY, VSC_SPAN_OF(mac_key),
			     VSC_SPAN_EMPTY, 0),
	    0);
	sm.now.ssc[15] = 6;
	assert_int_equal(vsc_apdu_parse(&cmd, vsc_blob_span(&raw)), 0);
	assert_int_equal(vsc_sm_unwrap(&sm, &cmd, &store, &plain), VSC_SW_SM_MISSING);
	assert_false(vsc_sm_active(&sm));
	assert_int_equal(vsc_sm_unwrap(&sm, &cmd, &store, &plain), VSC_SW_NO_SM);
}

/* No bit of a protected command can change without ending the session. */
static void
every_bit_counts(void **state)
{
	VSC_AUTO_BLOB raw = hex(d4_steps[0].command), store = { NULL, 0 };

	(void)state;
	for (size_t bit = 0; bit < 8 * (raw.len - 1); bit++) {
		struct vsc_sm sm = { .busy = false };
		struct vsc_apdu cmd, plain;
		vsc_sw sw = VSC_SW_WRONG_LENGTH;

		start_d4(&sm);
		raw.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (vsc_apdu_parse(&cmd, vsc_blob_span(&raw)) == 0)
			sw = vsc_sm_unwrap(&sm, &cmd, &store, &plain);
		raw.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (sw != VSC_SW_SM_MISSING && sw != VSC_SW_SM_INCORRECT &&
		    sw != VSC_SW_WRONG_LENGTH)
			fail_msg("bit %zu: %04X", bit, sw);
		assert_true(sw == VSC_SW_WRONG_LENGTH || !vsc_sm_active(&sm));
		vsc_sm_end(&sm);
	}
}

static const struct refusal {
	const char *name, *command;
	vsc_sw sw;
} refusals[] = {
	{ "no data", "0CB00000", VSC_SW_SM_MISSING },
	{ "no MAC", "0CB000000397010000", VSC_SW_SM_MISSING },
	{ "short MAC", "0CB00000069701008E01AA00", VSC_SW_SM_INCORRECT },
	{ "plain data where encryption is demanded", "0CD600000D810101 8E08000000000000000000",
	    VSC_SW_SM_MISSING },
	{ "object outside of the MAC", "0CD600000D800101 8E08000000000000000000",
	    VSC_SW_SM_INCORRECT },
	{ "not BER-TLV", "0CD600000287FF00", VSC_SW_SM_INCORRECT },
	{ "something after the MAC", "0CD600000D8E080000000000000000 97010000",
	    VSC_SW_SM_INCORRECT },
	{ "two Le", "0CB00000109701009701008E08000000000000000000", VSC_SW_SM_INCORRECT },
	{ "other header in 89", "0CB00000108904 0CB10000 8E08000000000000000000",
	    VSC_SW_SM_INCORRECT },
	{ "replay of the last command", "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
	    VSC_SW_SM_INCORRECT },
};

static void
refused(void **state)
{
	(void)state;
	for (const struct refusal *row = refusals; row < refusals + VSC_COUNT(refusals); row++) {
		VSC_AUTO_BLOB raw = hex(row->command), store = { NULL, 0 };
		struct vsc_sm sm = { .busy = false };
		struct vsc_apdu cmd, plain;

		start_d4(&sm);
		play_step(&sm, &d4_steps[0]);
		if (vsc_apdu_parse(&cmd, vsc_blob_span(&raw)) < 0)
			FAIL_ROW(row, "APDU");
		if (vsc_sm_unwrap(&sm, &cmd, &store, &plain) != row->sw)
			FAIL_ROW(row, "status word");
		if (vsc_sm_active(&sm))
			FAIL_ROW(row, "session goes on");
	}
}

/* Header only: padded once (ISO), or with one more padded block (Doc 9303 readers). */
static void
both_paddings_of_a_bare_header(void **state)
{
	static const uint8_t header[16] = { 0x0C, 0x44, 0x00, 0x00, 0x80 }, more[16] = { 0x80 };

	(void)state;
	for (int blocks = 0; blocks < 2; blocks++) {
		uint8_t ssc[16] = { 0 }, raw[16] = { 0x0C, 0x44, 0x00, 0x00, 0x0A, 0x8E, 0x08 };
		VSC_AUTO_BLOB store = { NULL, 0 };
		struct vsc_sm sm = { .busy = false };
		struct vsc_cipher *cipher;
		struct vsc_apdu cmd, plain;

		ssc[15] = 1;
		assert_int_equal(vsc_cipher_new(&cipher, &vsc_suite_aes128, VSC_SPAN_EMPTY,
				     VSC_SPAN_OF(mac_key)),
		    0);
		assert_int_equal(vsc_cipher_mac_start(cipher), 0);
		assert_int_equal(vsc_cipher_mac_add(cipher, VSC_SPAN_OF(ssc)), 0);
		assert_int_equal(vsc_cipher_mac_add(cipher, VSC_SPAN_OF(header)), 0);
		if (blocks == 1)
			assert_int_equal(vsc_cipher_mac_add(cipher, VSC_SPAN_OF(more)), 0);
		assert_int_equal(vsc_cipher_mac_end(cipher, raw + 7), 0);
		vsc_cipher_free(cipher);
		assert_int_equal(vsc_sm_start(&sm, &vsc_suite_aes128, VSC_SPAN_EMPTY,
				     VSC_SPAN_OF(mac_key), VSC_SPAN_EMPTY, 0),
		    0);
		assert_int_equal(vsc_apdu_parse(&cmd, VSC_SPAN_OF(raw)), 0);
		assert_int_equal(vsc_sm_unwrap(&sm, &cmd, &store, &plain), VSC_SW_OK);
		assert_int_equal(plain.data.len, 0);
		assert_false(plain.has_le);
		vsc_sm_end(&sm);
	}
}

/* Keys that a protected command brings are used after its answer. */
static void
new_keys_after_the_answer(void **state)
{
	VSC_AUTO_BLOB raw = hex(d4_steps[0].command), store = { NULL, 0 };
	struct vsc_sm sm = { .busy = false };
	struct vsc_apdu cmd, plain;
	uint8_t buf[64];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	char text[64];

	(void)state;
	start_d4(&sm);
	assert_int_equal(vsc_apdu_parse(&cmd, vsc_blob_span(&raw)), 0);
	assert_int_equal(vsc_sm_unwrap(&sm, &cmd, &store, &plain), VSC_SW_OK);
	start(&sm, &vsc_suite_aes128, "F5F0E35C0D7161EE6724EE513A0D9A7F",
	    "FE251C7858B356B24514B3BD5F4297D1", "");
	assert_int_equal(vsc_sm_wrap(&sm, VSC_SPAN_EMPTY, VSC_SW_OK, &out), 0);
	assert_string_equal(
	    vsc_hex_text(text, sizeof(text), vsc_out_span(&out), 0), d4_steps[0].answer);
	play_step(&sm, &aes_steps[0]);
	vsc_sm_end(&sm);
}

/* Two sessions side by side: each goes on with its counter, whatever came in between. */
static void
one_kept_for_the_other(void **state)
{
	struct vsc_sm_keys aes = { .flags = 0 }, d4 = { .flags = 0 }, none = { .flags = 0 };
	struct vsc_sm sm = { .busy = false };

	(void)state;
	start(&sm, &vsc_suite_aes128, "F5F0E35C0D7161EE6724EE513A0D9A7F",
	    "FE251C7858B356B24514B3BD5F4297D1", "");
	assert_int_equal(vsc_sm_keep(&sm, &aes), VSC_E_STATE);
	aes = sm.now;
	sm.now.cipher = NULL;
	start_d4(&sm);
	for (size_t i = 0; i < VSC_COUNT(d4_steps); i++) {
		bool to_aes = i < VSC_COUNT(aes_steps);

		play_switch(&sm, &d4_steps[i], to_aes ? &d4 : NULL, to_aes ? &aes : NULL);
		if (!to_aes)
			continue;
		assert_null(aes.cipher);
		play_switch(&sm, &aes_steps[i], &aes, &d4);
		assert_null(d4.cipher);
	}
	assert_int_equal(vsc_sm_resume(&sm, &aes), VSC_E_STATE);
	sm.busy = true;
	assert_int_equal(vsc_sm_resume(&sm, &none), VSC_E_STATE);
	vsc_sm_end(&sm);
	vsc_sm_keys_free(&aes);
	vsc_sm_keys_free(&d4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doc_9303_d4),
		cmocka_unit_test(aes_128),
		cmocka_unit_test(mac_only),
		cmocka_unit_test(header_must_be_authenticated),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(refused),
		cmocka_unit_test(both_paddings_of_a_bare_header),
		cmocka_unit_test(new_keys_after_the_answer),
		cmocka_unit_test(one_kept_for_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
