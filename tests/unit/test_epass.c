/*
 * Worked examples of Doc 9303-11 through the whole card, byte for byte: appendices D.3 and D.4 (BAC
 * and its secure messaging), G.1, G.2, H.1 and H.2 (PACE). The chip's random values of the examples
 * are what the card draws. Secure messaging after G.1 has no published example; its bytes were
 * computed by a reader of our own (tests/cards/emrtd.py).
 */
#include "card.h"

#include "card/fs.h"
#include "cards/epass/epass.h"
#include "crypto/aa.h"

struct exchange {
	const char *command, *answer;
};

static const struct exchange bac[] = {
	{ "00A4040C07A0000002471001", "9000" },
	{ "0084000008", "4608F919887022129000" },
	{ "008200002872C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448"
	  "EEA8AD90A728",
	    "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D7449"
	    "9000" },
	{ "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
	    "990290008E08FA855A5D4C50A8ED9000" },
	{ "0CB000000D9701048E08ED6705417E96BA5500",
	    "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000" },
	{ "0CB000040D9701128E082EA28A70F3C7B53500",
	    "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D"
	    "749000" },
};

static const struct exchange pace_g1[] = {
	{ "0022C1A40F800A04007F00070202040202830101", "9000" },
	{ "10860000027C0000", "7C12801095A3A016522EE98D01E76CB6B98B42C39000" },
	{ "10860000457C438141047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2"
	  "CC5E544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D00",
	    "7C43824104824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F5730D8C8"
	    "79AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C549000" },
	{ "10860000457C438341042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD"
	  "301C3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB3646200",
	    "7C438441049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB7764B2"
	    "2277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F0949000" },
	{ "008600000C7C0A8508C2B0BD78D94BA86600", "7C0A86083ABB9674BCE93C089000" },
	{ "0CA4040C1D871101752F676B09FAC86A87D632749A49C7CC8E08C18BA1FCE707BD9F00",
	    "990290008E08BEA7B381C494A0799000" },
	{ "0CA4020C1D8711016EC84E1358184515AB2D827D30A5C92A8E08403D53BA7533FA7800",
	    "990290008E08E00BFFE5473D41409000" },
	{ "0CB000000D9701048E085F466809FF5A7CFA00",
	    "871101589BBC0A6D42160A410E922BF9B053C0990290008E08D740B23B68972F959000" },
	{ "0CB09E000D9701168E08BFA6A07C5D8B8DC200",
	    "87210157DF3291E272535C684FDAC97BABFB993B2B5FDD4A0B8EC12C3CABCB1B5E3CA0990290008E"
	    "08CD7510C5F0E1AC019000" },
	{ "0CB000100D9701208E082127CFCA305C7BAF00",
	    "87110110DC62BBA349D6111BF04110D56095EB990262828E08D2903F716A6128906282" },
	{ "0CA4020C1D8711015B2F29C050148915B65E27AA5CD2485C8E08FDB5983F8AB5662700",
	    "99026A828E0874C75E16C36B7EA56A82" },
};

static const struct exchange pace_g2[] = {
	{ "0022C1A40F800A04007F00070202040102830101", "9000" },
	{ "10860000027C0000", "7C128010854D8DF5827FA6852D1A4FA701CDDDCA9000" },
	{ "10860000867C818381818023FB3749EA030D2A25B278D2A562047ADE3F01B74F17A15402CB7352CA"
	  "7D2B3EB71C343DB13D1DEBCE9A3666DBCFC920B49174A602CB47965CAA73DC702489A44D41DB914D"
	  "E9613DC5E98C94160551C0DF86274B9359BC0490D01B03AD54022DCB4F57FAD6322497D7A1E28D46"
	  "710F461AFE710FBBBC5F8BA166F4311975EC6C00",
	    "7C818382818078879F57225AA8080D52ED0FC890A4B25336F699AA89A2D3A189654AF70729E623EA"
	    "5738B26381E4DA19E004706FACE7B235C2DBF2F38748312F3C98C2DD4882A41947B324AA1259AC22"
	    "579DB93F7085655AF30889DBB845D9E6783FE42C9F2449400306254C8AE8EE9DD812A804C0B66E8C"
	    "AFC14F84D8258950A91B44126EE69000" },
	{ "10860000867C8183838180907D89E2D425A178AA81AF4A7774EC8E388C115CAE67031E85EECE520B"
	  "D911551B9AE4D04369F29A02626C86FBC6747CC7BC352645B6161A2A42D44EDA80A08FA8D61B76D3"
	  "A154AD8A5A51786B0BC07147057871A922212C5F67F43173172236B7747D1671E6D692A3C7D40A0C"
	  "3C5CE397545D015C175EB5130551EDBC2EE5D400",
	    "7C8183848180075693D9AE941877573E634B6E644F8E60AF17A0076B8B123D9201074D36152BD8B3"
	    "A213F53820C42ADC79AB5D0AEEC3AEFB91394DA476BD97B9B14D0A65C1FC71A0E019CB08AF55E1F7"
	    "29005FBA7E3FA5DC41899238A250767A6D46DB974064386CD456743585F8E5D90CC8B4004B1F6D86"
	    "6C79CE0584E49687FF61BC29AEA19000" },
	{ "008600000C7C0A8508B46DD9BD4D98381F00", "7C0A8608917F37B5C0E6D8D19000" },
};

static const struct exchange pace_h1[] = {
	{ "0022C1A40F800A04007F00070202040402830102", "9000" },
	{ "10860000027C0000", "7C128010143DC40C08C8E891FBED7DEDB92B64AD9000" },
	{ "10860000147C1281105DD4CBFC96F5453B130D890A1CDBAE3200", "7C0282009000" },
	{ "10860000457C4383410489CBA23FFE96AA18D824627C3E934E54A9FD0B87A95D1471DC1C0ABFDCD6"
	  "40D46755DE9B7B778280B6BEBD57439ADFEB0E21FD4ED6DF42578C13418A59B34C3700",
	    "7C4384410467F78E5F7F7686082B293E8D087E056916D0F74BC01A5F8957D0DE45691E51E8932B69"
	    "A962B52A0985AD2C0A271EE6A13A8ADDDCD1A3A994B9DED257F4D227539000" },
	{ "008600000C7C0A8508450F02B86F6A090900", "7C0A860875D4D96E8D5B03089000" },
};

/* The example's private key is longer than the order; what counts is its residue. */
static const struct exchange pace_h2[] = {
	{ "0022C1A40F800A04007F00070202040302830102", "9000" },
	{ "10860000027C0000", "7C1280109ABB8864CA0FF1551E620D1EF4E135109000" },
	{ "10860000147C128110B3A6DB3C870C3E99245E0D1C06B747DE00", "7C0282009000" },
	{ "10860000867C81838381800F0CC62945A8029251FB7EF3C094E12EC68E4EF07F"
	  "27CB9D9CD04C5C4250FAE0E4F8A951557E929AEB48E5C6DD47F2F5CD7C351A9B"
	  "D2CD722C07EDE166770F08FFCB370262CF308DD7B07F2E0DA9CAAA1492344C85"
	  "2906919538C98A4BA4187E76CE9D87832386D319CE2E043C3343AEAE6EDBA1A9"
	  "894DC5094D22F7FE1351D500",
	    "7C8183848180928D9A0F9DBA450F13FC859C6F290D1D36E42431138A4378500B"
	    "EB4E0401854CFF111F71CB6DC1D0335807A11388CC8EAA87B07907AAD9FBA6B1"
	    "69AF6D8C26AF8DDDC39ADC3AD2E3FF882B84D23E9768E95A80E4746FB07A9767"
	    "679FE92133B4D379935C771BD7FBED6C7BB4B1708B275EA75679524CDC9C6A91"
	    "370CC662A2F39000" },
	{ "008600000C7C0A850855D61977CBF5307E00", "7C0A8608C2F04230187E15259000" },
};

/* Randomness: the system's until the passport is made, then what the example says. */
struct drawn {
	struct vsc_blob bytes;
	size_t used;
};

static int
draw(void *ctx, uint8_t *buf, size_t len)
{
	struct drawn *drawn = ctx;
	struct vsc_span next;

	if (drawn->bytes.len == 0)
		return vsc_env_random(NULL, buf, len);
	next = vsc_span_slice(vsc_blob_span(&drawn->bytes), drawn->used, len);
	if (next.len != len)
		return VSC_E_CRYPTO;
	drawn->used += len;
	return vsc_copy(buf, len, next);
}

static const char bac_mrz[] =
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C<3UTO6908061F9406236ZE184226B<<<<<14";
/* the document number, dates and check digits of appendix G in a TD1 of our own */
static const char pace_mrz[] = "I<UTOT220001293<<<<<<<<<<<<<<<6408125F1010318UTO<<<<<<<<<<<0"
			       "SPECIMEN<<<<<<<<<<<<<<<<<<<<<<";

static const struct example {
	const char *name, *mrz, *pace, *random;
	const struct exchange *exchanges;
	size_t count;
} examples[] = {
	{ "bac", bac_mrz, "gm", "4608F919887022120B4F80323EB3191CB04970CB4052790B", bac,
	    VSC_COUNT(bac) },
	{ "pace_g1", pace_mrz, "gm:13",
	    "3F00C4D39D153F2B2A214A078D899B22498FF49756F2DC1587840041839A85982BE7761D14715FB0"
	    "91EFA7BCE9058560107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A",
	    pace_g1, VSC_COUNT(pace_g1) },
	{ "pace_g2", pace_mrz, "gm:0",
	    "FA5B7E3E49753A0DB9178B7B9BD898C866DDAFEAC1609CB5B963BB0CB3FF8B3E047F336CA5B78012"
	    "6B7C980E9FCEA1D4539DA1D27C342DFA",
	    pace_g2, VSC_COUNT(pace_g2) },
	{ "pace_h1", pace_mrz, "im:13",
	    "2923BE84E16CD6AE529049F1F1BBE9EB107CF58696EF6155053340FD633392BA81909DF7B9706F22"
	    "6F32086C7AFF974A",
	    pace_h1, VSC_COUNT(pace_h1) },
	{ "pace_h2", pace_mrz, "im:0",
	    "FA5B7E3E49753A0DB9178B7B9BD898C8A5B780126B7C980E9FCEA1D4539DA1D2"
	    "7C342DFA",
	    pace_h2, VSC_COUNT(pace_h2) },
};

/* EF.COM as the examples have it: LDS 1.6. */
static void
put_com(struct vsc_card *card)
{
	static const char com[] = "60145F0104303130365F36063034303030305C026175";
	struct vsc_fs *fs = vsc_card_fs(card);
	struct vsc_file *file =
	    vsc_fs_by_fid(fs, vsc_fs_by_name(fs, vsc_epass_aid), VSC_EPASS_FID_COM);
	struct vsc_blob bytes = { NULL, 0 };

	assert_non_null(file);
	assert_int_equal(vsc_hex_parse(vsc_span_str(com), &bytes), 0);
	assert_int_equal(vsc_file_replace(fs, file, vsc_blob_span(&bytes)), 0);
	vsc_blob_free(&bytes);
}

static void
worked_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(examples); i++) {
		const struct example *e = &examples[i];
		const struct vsc_param items[] = { { "mrz", e->mrz }, { "fix-mrz", "" },
			{ "pace", e->pace }, { "can", "123456" }, { "pki", "ec-named" },
			{ "aa", "none" }, { "ca", "none" } };
		const struct vsc_params params = { items, VSC_COUNT(items) };
		struct drawn drawn = { .used = 0 };
		const struct vsc_env env = { .ctx = &drawn, .random = draw };
		struct vsc_card *card;

		print_message("%s\n", e->name);
		assert_int_equal(vsc_card_new(&card, &vsc_card_epass, &params, &env), 0);
		vsc_card_reset(card, VSC_RESET_ON);
		put_com(card);
		assert_int_equal(vsc_hex_parse(vsc_span_str(e->random), &drawn.bytes), 0);
		for (size_t n = 0; n < e->count; n++)
			expect(card, e->exchanges[n].command, e->exchanges[n].answer);
		assert_int_equal(drawn.used, drawn.bytes.len);
		vsc_card_free(card);
		vsc_blob_free(&drawn.bytes);
	}
}

/* --- --auth-delay --- */

struct pauses {
	unsigned ms[8];
	size_t count;
};

static void
note_pause(void *ctx, unsigned ms)
{
	struct pauses *pauses = ctx;

	assert_true(pauses->count < VSC_COUNT(pauses->ms));
	pauses->ms[pauses->count++] = ms;
}

static int
ones(void *ctx, uint8_t *buf, size_t len)
{
	(void)ctx;
	for (size_t i = 0; i < len; i++)
		buf[i] = 1;
	return 0;
}

/* None before the first attempt, then one for each that failed, up to a minute. */
static void
delay(void **state)
{
	static const char wrong[] = "0082000028"
				    "0000000000000000000000000000000000000000"
				    "0000000000000000000000000000000000000000"
				    "28";
	const struct vsc_param items[] = { { "mrz", bac_mrz }, { "fix-mrz", "" },
		{ "access", "bac" }, { "pki", "ec-named" }, { "aa", "none" }, { "ca", "none" },
		{ "auth-delay", "25000" } };
	const struct vsc_params params = { items, VSC_COUNT(items) };
	struct pauses pauses = { .count = 0 };
	const struct vsc_env env = { .ctx = &pauses, .random = ones, .pause = note_pause };
	struct vsc_card *card;

	(void)state;
	assert_int_equal(vsc_card_new(&card, &vsc_card_epass, &params, &env), 0);
	vsc_card_reset(card, VSC_RESET_ON);
	expect(card, "00A4040C07A0000002471001", "9000");
	for (int i = 0; i < 5; i++) {
		expect(card, "00A4040C07A0000002471001", "9000");
		expect(card, "0084000008", "01010101010101019000");
		expect(card, wrong, "6300");
	}
	vsc_card_free(card);
	assert_int_equal(pauses.count, 4);
	assert_int_equal(pauses.ms[0], 25000);
	assert_int_equal(pauses.ms[1], 50000);
	assert_int_equal(pauses.ms[2], 60000);
	assert_int_equal(pauses.ms[3], 60000);
}

/* --- --seed --- */

static int64_t
noon(void *ctx)
{
	(void)ctx;
	return 1795262400; /* 2026-11-21 */
}

/* What a card with a seed is, to its last byte: every file, its certificates, and a signature. */
static void
collect(struct vsc_out *all, const char *seed, const char *pki, const char *aa)
{
	const struct vsc_param items[] = { { "seed", seed }, { "pki", pki }, { "aa", aa },
		{ "pace", "gm,cam" } };
	const struct vsc_params params = { items, VSC_COUNT(items) };
	const struct vsc_env env = { .now = noon };
	uint8_t buf[512];
	struct vsc_out answer = vsc_out_from(buf, sizeof(buf));
	const struct vsc_epass *epass;
	struct vsc_card *card;
	struct vsc_file *app;

	assert_int_equal(vsc_card_new(&card, &vsc_card_epass, &params, &env), 0);
	vsc_card_reset(card, VSC_RESET_ON);
	epass = vsc_epass_of(card);
	app = vsc_fs_by_name(vsc_card_fs(card), vsc_epass_aid);
	for (uint16_t fid = 0x0101; fid <= VSC_EPASS_FID_COM; fid++) {
		struct vsc_file *file = vsc_fs_by_fid(vsc_card_fs(card), app, fid);

		if (file != NULL)
			vsc_out_put(all, vsc_file_content(file));
	}
	vsc_out_put(all, vsc_file_content(vsc_fs_by_fid(
			     vsc_card_fs(card), vsc_card_fs(card)->mf, VSC_EPASS_FID_SECURED)));
	vsc_out_put(all, vsc_blob_span(&epass->chip.csca));
	vsc_out_put(all, vsc_blob_span(&epass->chip.ds));
	assert_int_equal(vsc_aa_sign(epass->chip.aa, epass->chip.aa_hash,
			     VSC_BYTES(1, 2, 3, 4, 5, 6, 7, 8), vsc_card_env(card), &answer),
	    0);
	vsc_out_put(all, vsc_out_span(&answer));
	assert_false(all->full);
	vsc_card_free(card);
}

static void
same_seed_same_card(void **state)
{
	static const struct {
		const char *pki, *aa;
	} rows[] = { { "rsa", "rsa1024:sha1" }, { "rsapss", "p256" }, { "ec-named", "p521:sha512" },
		{ "ec", "bp256:sha1" } };
	struct vsc_blob rooms[3] = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };

	(void)state;
	for (size_t n = 0; n < VSC_COUNT(rooms); n++)
		assert_int_equal(vsc_blob_alloc(&rooms[n], 65536), 0);
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		struct vsc_out all[3];

		print_message("%s %s\n", rows[i].pki, rows[i].aa);
		for (size_t n = 0; n < VSC_COUNT(rooms); n++) {
			all[n] = vsc_out_from(rooms[n].ptr, rooms[n].len);
			collect(&all[n], n < 2 ? "00112233" : "00112234", rows[i].pki, rows[i].aa);
		}
		assert_span_equal(vsc_out_span(&all[0]), vsc_out_span(&all[1]));
		assert_false(vsc_span_eq(vsc_out_span(&all[0]), vsc_out_span(&all[2])));
	}
	for (size_t n = 0; n < VSC_COUNT(rooms); n++)
		vsc_blob_free(&rooms[n]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worked_examples),
		cmocka_unit_test(delay),
		cmocka_unit_test(same_seed_same_card),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
