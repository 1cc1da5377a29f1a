/* Secure messaging against Doc 9303-11 D.4, values derived from G.1, Python's cryptography, and
 * what a PIV card of NIST's Special Database 33 said to a reader (recorded by OpenPhysical). */
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

/* A reader's published session, AES-256. */
static const struct step aes256_steps[] = {
	{ "SELECT EF.COM",
	    "0CA4020C1D8711011D35E7EB510E21A0DD12380D9AD2B92D8E0828CB68B81D3F"
	    "AFC000",
	    "00A4020C02011E", "", "990290008E08E083EAA61ADABFCE", 0x9000 },
	{ "READ BINARY 4", "0CB000000D9701048E084AFC933E0CDBE5F000", "00B0000004", "60185F01",
	    "871101D8059A9CF835105082CA2B1837E4AEC0990290008E08B36DB56761D706"
	    "BB",
	    0x9000 },
	{ "READ BINARY 22", "0CB000040D9701168E0811F7EFC907D1F27400", "00B0000416",
	    "04303130385F36063034303030305C06617563766D6E",
	    "87210142E919C115FAF69350B01813D77A9E8D91912A7F717AFD073F199070E6"
	    "1B79C6990290008E083382E3D983F44136",
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

/* Cipher suite 7, its commands 10 to 12; the last one came in a chain of two. */
static const struct step piv_steps[] = {
	{ "GET DATA printed information",
	    "0CCB3FFF20871101859C438194ED79E6E6387514EA8F48C19701008E08E07F316AD9CCBF1E00",
	    "00CB3FFF055C035FC10900",
	    "534B0113546573742043617264686F6C646572204A722E020A436F6E74726163746F7204093230343044"
	    "45433331050A30303030323132333436060F545354495352333230313631373139FE00",
	    "87510161639A6CD11EAFE488DA56E48BFD8924C9FBD9DBA554DF50415BD76DF0BB3D4399A0DD5E9697EB"
	    "56A3719499E3E7A7AD4FD89E92031A6B97ABDA4A0BC3D6F118FA792F5A5BB023D259DB9683B532B29D99"
	    "0290008E08694E8E990060B587",
	    0x9000 },
	{ "GET DATA key history",
	    "0CCB3FFF20871101C36D5F4F480F1A4949C38E6CF5414E1F9701008E08F30DE4B2F6F338B000",
	    "00CB3FFF055C035FC10C00", "5308C10101C20100FE00",
	    "8711019E505AD9FEB5742ECEAB351D27E84D77990290008E0880F906ADC940F80A", 0x9000 },
	{ "GENERAL AUTHENTICATE",
	    "0C87079A0001228782011101"
	    "5659440B990EC0D7CAD7736AAB963ADBD39FA952177F2BA1A6574322FA17180CD281BDC37C85D943ABD0"
	    "5DE71D1D80020037819BB813849E1215E6439627655EDBB964AF80328C0D1AB3D8FD7DE2031AA52FC96D"
	    "4608DBB47EFCAD1B304B9AF9675544653F0B4249D2F2195A4E70BA95DAC492E9FFFA7FD198E487156D3B"
	    "6E44D217D34F57FD3440FC6FAA0ED5B4EAFE825EA8349C4BCE58F9BA8B27A2383DD7A0E471C16D83124A"
	    "A1D18FA1419C3E5FF7E015727CFB2B8C01840793B889AF67BFD0C00763D8D2FB76CF4AAECFA2B8DFAC8F"
	    "B1628D61C1F5B93E800AF170EC65F290E94FAE2A0F5972720F0A7A75E7A5585C6CDD645579A3C7E0"
	    "FF88B69CC49D408F1E0DEC7A86301A78362E43A54C1A9701008E0846502374A296B7F90000",
	    "0087079A00010A"
	    "7C82010682008182010000A56E8F7330666E8998981BEF5D56A6BCCBFE5FDAAF031AD5E20CF63EAC7051"
	    "22AB34396B4927A0AD4ED78275B6C070765ED4E1F5DE84FCBD43F0E67847907A5D59D4EF915615DFD8C4"
	    "74875CBEA302A748F7D56E5D9CFC45E4A3740D37C755E238B416EA4A7578A27FD531454C4C4500F860EF"
	    "2CD8D5B061477349BB42DAAEE8D856B28553B0C9E448BDE6EEF703124224953C957490784477BB5184FB"
	    "97CF81A48BE5402C607FBC8EA8C12B8D6346F84C82894CAFCB91AB4405AFB1071D748E3C1758306FCF82"
	    "B073D2634A6F63F666D43FBD6E63E491F95254C1A91F8E6CC19DB830CB6076FD819F738E3C2493C9E82A"
	    "88F40523F76742860AD1F9F8B2D80100",
	    "7C820104828201000741DB98DFC19CB33B88F9385E81E5F8FFE109BDA320D9E543D07DFB8D2D83B0DFC4"
	    "AAC8696B699771A5AF82E42E2203016656528E6B0125B4D1977C4A4CA09B148D90CEFED944026E6F14B8"
	    "B6D3578CE4C8491654476AC5F9EFD94C03D20A90CDE2B65BA5E0589741CB5475EBE1E5879772C262777B"
	    "4B66955D0927BA70E32C13E3453B84338F2E05F1DFE239A9D1E3E0127E7F4F6A2B1A50092530AD614E2D"
	    "7A3F70A4ADA070ECD873637417F3C7D24E745379A047B120FBE2C5817D1FC9EF1C8017055FA586B09028"
	    "686EAB67183E70E54EDE6AC95D972C7D83F3D100C4EC32AC84A99C91449C8630CE5B0A1F5178E43A706C"
	    "89B5D01CDD9B315B34A28975",
	    "8782011101A30BC7018B48ABF809C9094869DD6766BB9F30B52EDC4398AF6C92969226C48CEE38A56B5A"
	    "AB7F61821E6E2095B338557CEB90CC3A8F1E823A52F380A81CFF72A078A6CD39BAEA8A5644F9AF815228"
	    "16BC7188ED80171155015B021804D4A3F0BDB74271194D2C611196214640FC37C70BA1D07B75E11477A3"
	    "6E81FE0C9FA7829CD1E11BDBF5EE1C2739E98DE880D042EF5C1553FFBB5EDDA4FE9FF22AE187829F7F14"
	    "33AEDF31CFF487BBA8AAD686137A40104779A05003551D4BBB9BDB4BF8BCF6A93E87F5A3DF8178FCE6E4"
	    "1A214268D1C0ED1A68D05B167E1EF896090BA1D6ACEDDC2384B9687AAB2AB3640DEF4126F943F78E282D"
	    "2DE3C78D06FF33FE8965276AD4EF5DB1B157303ACD28362DA2990290008E082984D0A9EC9A1D36",
	    0x9000 },
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
	uint8_t buf[600];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	char text[1200];

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

struct refusal {
	const char *name, *command;
	vsc_sw sw;
};

/* As that session was before its tenth command. */
static void
start_piv(struct vsc_sm *sm)
{
	VSC_AUTO_BLOB enc = hex("5A2853D90553F709ED378872D7DC6F41B83FF9C66A74B43B553112C14B6B10B5");
	VSC_AUTO_BLOB mac = hex("715C7F5025EEC53F0692C52DF7C250CF8BC69A80A51D138D72E52AE8BDD290AB");
	VSC_AUTO_BLOB rmac =
	    hex("627DA752F6770BD5810BDE6172B2F6310F207F5C5A0E12E034BBE5CAEB49FD17");
	VSC_AUTO_BLOB command = hex("2D44E074469E20267ADB5F2DCB7FB3B3");
	VSC_AUTO_BLOB answer = hex("25B497718B4862A976280F76FFEA08C2");

	assert_int_equal(vsc_sm_start_mcv(sm, &vsc_suite_aes256, vsc_blob_span(&enc),
			     vsc_blob_span(&mac), vsc_blob_span(&rmac), VSC_SM_PIV),
	    0);
	sm->now.ssc[15] = 9;
	vsc_move(sm->now.mcv[VSC_SM_COMMAND], command.ptr, command.len);
	vsc_move(sm->now.mcv[VSC_SM_ANSWER], answer.ptr, answer.len);
}

static void
piv_suite_7(void **state)
{
	struct vsc_sm sm = { .busy = false };

	(void)state;
	start_piv(&sm);
	for (size_t i = 0; i < VSC_COUNT(piv_steps); i++)
		play_step(&sm, &piv_steps[i]);
	vsc_sm_end(&sm);
}

/* Where MACs are chained there is one form; and the same command again is another one. */
static void
piv_refused(void **state)
{
	static const struct refusal rows[] = {
		{ "replay",
		    "0CCB3FFF20871101859C438194ED79E6E6387514EA8F48C19701008E08E07F316AD9CCBF1E00",
		    VSC_SW_SM_INCORRECT },
		{ "plain data", "0CCB3FFF11 81055C035FC109 8E080000000000000000 00",
		    VSC_SW_SM_MISSING },
		{ "data in 85",
		    "0CCB3FFF1C 851000000000000000000000000000000000 8E080000000000000000",
		    VSC_SW_SM_INCORRECT },
		{ "header in 89", "0CCB3FFF10 89040CCB3FFF 8E080000000000000000",
		    VSC_SW_SM_INCORRECT },
		{ "header not covered", "04CB3FFF0A 8E080000000000000000", VSC_SW_SM_MISSING },
		{ "no MAC", "0CCB3FFF03 970100 00", VSC_SW_SM_MISSING },
	};

	(void)state;
	for (const struct refusal *row = rows; row < rows + VSC_COUNT(rows); row++) {
		VSC_AUTO_BLOB raw = hex(row->command), store = { NULL, 0 };
		struct vsc_sm sm = { .busy = false, .absent = VSC_SW_SECURITY };
		struct vsc_apdu cmd, plain;

		start_piv(&sm);
		play_step(&sm, &piv_steps[0]);
		assert_int_equal(vsc_apdu_parse(&cmd, vsc_blob_span(&raw)), 0);
		if (vsc_sm_unwrap(&sm, &cmd, &store, &plain) != row->sw)
			FAIL_ROW(row, "status word");
		if (vsc_sm_unwrap(&sm, &cmd, &store, &plain) != VSC_SW_SECURITY)
			FAIL_ROW(row, "session goes on");
	}
}

static void
aes_256(void **state)
{
	struct vsc_sm sm = { .busy = false };

	(void)state;
	start(&sm, &vsc_suite_aes256,
	    "74B94F408BBB2CD92571FD5B6370A94CCE7A2FA42AE3EB4DA47B97CE6EAA24C6",
	    "9E28D5D9FF1D979BE752E8926BF0E1D35A440FC0AEFC4AA3BC5610055AC8B113",
	    "00000000000000000000000000000020");
	for (size_t i = 0; i < VSC_COUNT(aes256_steps); i++)
		play_step(&sm, &aes256_steps[i]);
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

static const struct refusal refusals[] = {
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
		cmocka_unit_test(piv_suite_7),
		cmocka_unit_test(piv_refused),
		cmocka_unit_test(aes_256),
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
