#include "crypto/bac.h"
#include "emrtd_vectors.h"
#include "script_env.h"

#include "base/auto.h"

static void
bac_from_example(struct vsc_bac *bac)
{
	VSC_AUTO_BLOB mrz = vector("D1", "mrz_information");

	assert_int_equal(vsc_bac_init(bac, vsc_blob_span(&mrz)), 0);
}

/* E_IFD || M_IFD */
static struct vsc_blob
example_cryptogram(void)
{
	struct vsc_blob cryptogram = vector("D3", "E_IFD");
	VSC_AUTO_BLOB mac = vector("D3", "M_IFD");

	assert_int_equal(vsc_blob_append(&cryptogram, vsc_blob_span(&mac)), 0);
	return cryptogram;
}

static void
published_example(void **state)
{
	struct script script = { vector("D3", "K_IC"), 0 };
	struct vsc_env env = script_env(&script);
	VSC_AUTO_BLOB cryptogram = example_cryptogram(), challenge = vector("D3", "RND_IC");
	struct vsc_bac_session session = { .ssc = { 0 } };
	struct vsc_bac bac;
	uint8_t buf[64];
	struct vsc_out answer = vsc_out_from(buf, sizeof(buf));

	(void)state;
	bac_from_example(&bac);
	assert_int_equal(vsc_bac_answer(&bac, challenge.ptr, vsc_blob_span(&cryptogram), &env,
			     &answer, &session),
	    0);
	assert_vector(vsc_span_slice(vsc_out_span(&answer), 0, 32), "D3", "E_IC");
	assert_vector(vsc_span_slice(vsc_out_span(&answer), 32, 8), "D3", "M_IC");
	assert_int_equal(answer.len, 40);
	assert_vector(vsc_blob_span(&session.keys.enc), "D3", "KSEnc");
	assert_vector(vsc_blob_span(&session.keys.mac), "D3", "KSMAC");
	assert_vector(vsc_bac_session_ssc(&session), "D3", "SSC");
	vsc_bac_session_free(&session);
	vsc_bac_free(&bac);
	vsc_blob_free(&script.bytes);
}

/* Every bit of the cryptogram counts, and so does the challenge. */
static void
nothing_else_opens(void **state)
{
	VSC_AUTO_BLOB cryptogram = example_cryptogram(), challenge = vector("D3", "RND_IC");
	struct vsc_bac_session session = { .ssc = { 0 } };
	struct vsc_bac bac;
	uint8_t buf[64];
	struct vsc_out answer = vsc_out_from(buf, sizeof(buf));

	(void)state;
	bac_from_example(&bac);
	for (size_t bit = 0; bit < 8 * cryptogram.len; bit++) {
		cryptogram.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(vsc_bac_answer(&bac, challenge.ptr, vsc_blob_span(&cryptogram),
				     NULL, &answer, &session),
		    VSC_E_VERIFY);
		cryptogram.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	challenge.ptr[0] ^= 1;
	assert_int_equal(vsc_bac_answer(&bac, challenge.ptr, vsc_blob_span(&cryptogram), NULL,
			     &answer, &session),
	    VSC_E_VERIFY);
	for (size_t len = 0; len < cryptogram.len; len++)
		assert_int_equal(vsc_bac_answer(&bac, challenge.ptr,
				     vsc_span_from(cryptogram.ptr, len), NULL, &answer, &session),
		    VSC_E_FORMAT);
	assert_int_equal(answer.len, 0);
	assert_int_equal(session.keys.enc.len, 0);
	vsc_bac_free(&bac);
}

/* The same key material each time, another key from the chip: other session keys. */
static void
sessions_differ(void **state)
{
	VSC_AUTO_BLOB cryptogram = example_cryptogram(), challenge = vector("D3", "RND_IC");
	struct vsc_bac_session a = { .ssc = { 0 } }, b = { .ssc = { 0 } };
	struct vsc_bac bac;
	uint8_t buf[128];
	struct vsc_out answer = vsc_out_from(buf, sizeof(buf));

	(void)state;
	bac_from_example(&bac);
	assert_int_equal(
	    vsc_bac_answer(&bac, challenge.ptr, vsc_blob_span(&cryptogram), NULL, &answer, &a), 0);
	assert_int_equal(
	    vsc_bac_answer(&bac, challenge.ptr, vsc_blob_span(&cryptogram), NULL, &answer, &b), 0);
	assert_false(vsc_span_eq(vsc_blob_span(&a.keys.enc), vsc_blob_span(&b.keys.enc)));
	vsc_bac_session_free(&a);
	vsc_bac_session_free(&b);
	vsc_bac_free(&bac);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_example),
		cmocka_unit_test(nothing_else_opens),
		cmocka_unit_test(sessions_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
