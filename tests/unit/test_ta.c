#include <openssl/obj_mac.h>

#include "crypto/params.h"
#include "crypto/ta.h"
#include "eac_pki.h"
#include "emrtd_vectors.h"
#include "script_env.h"

enum { CVCA, LINK, LINK2, DV, TERMINAL, OTHER, NKEYS };

static const char *const names[NKEYS] = { "DECVCAAT00001", "DECVCAAT00002", "DECVCAAT00003",
	"DEDVDE0000001", "DETERM0000001", "DEOTHER000001" };

/* One certificate that is presented: MSE:Set DST to `issuer`, then PSO:VERIFY CERTIFICATE. */
struct step {
	int issuer, subject; /* keys; their names are CAR and CHR */
	enum vsc_cvc_type type;
	enum vsc_cvc_role role;
	uint32_t effective, expiration;
	int signer; /* the key that really signs, plus 1; 0: the issuer */
	int select; /* what the selection answers */
	int verify; /* what the verification answers, if the selection was good */
	bool params;
};

#define AT     VSC_CVC_AT
#define IS     VSC_CVC_IS
#define R_CVCA VSC_CVC_CVCA
#define R_DV   VSC_CVC_DV_DOMESTIC
#define R_FDV  VSC_CVC_DV_FOREIGN
#define R_T    VSC_CVC_TERMINAL
#define OK_DV                                                          \
	{                                                              \
		CVCA, DV, AT, R_DV, 20260201, 20270101, 0, 0, 0, false \
	}
#define OK_T                                                              \
	{                                                                 \
		DV, TERMINAL, AT, R_T, 20260301, 20260401, 0, 0, 0, false \
	}

/* The chip's day is 2026-02-15; the CVCA is valid from 2026-01-01 to 2026-12-31. */
static const struct {
	const char *name;
	struct step steps[4];
	size_t nsteps;
	uint32_t today; /* afterwards */
} chains[] = {
	{ "CVCA, DV, terminal", { OK_DV, OK_T }, 2, 20260301 },
	{ "foreign DV does not set the date",
	    { { CVCA, DV, AT, R_FDV, 20260601, 20270101, 0, 0, 0, false },
		{ DV, TERMINAL, AT, R_T, 20260701, 20260801, 0, 0, 0, false } },
	    2, 20260215 },
	{ "not yet effective is taken and sets the date",
	    { { CVCA, DV, AT, R_DV, 20260601, 20270101, 0, 0, 0, false } }, 1, 20260601 },
	{ "expired on the last day is not yet expired",
	    { { CVCA, DV, AT, R_DV, 20260101, 20260215, 0, 0, 0, false } }, 1, 20260215 },
	{ "expired DV", { { CVCA, DV, AT, R_DV, 20260101, 20260214, 0, 0, VSC_E_VERIFY, false } },
	    1, 20260215 },
	{ "expired terminal",
	    { OK_DV, { DV, TERMINAL, AT, R_T, 20260101, 20260214, 0, 0, VSC_E_VERIFY, false } }, 2,
	    20260215 },
	{ "the DV's date counts for its terminal",
	    { { CVCA, DV, AT, R_DV, 20260601, 20270101, 0, 0, 0, false },
		{ DV, TERMINAL, AT, R_T, 20260301, 20260401, 0, 0, VSC_E_VERIFY, false } },
	    2, 20260601 },
	{ "terminal under the CVCA",
	    { { CVCA, TERMINAL, AT, R_T, 20260201, 20270101, 0, 0, VSC_E_VERIFY, false } }, 1,
	    20260215 },
	{ "terminal under a terminal",
	    { OK_DV, OK_T,
		{ TERMINAL, OTHER, AT, R_T, 20260301, 20260401, 0, 0, VSC_E_VERIFY, false } },
	    3, 20260301 },
	{ "DV under a terminal",
	    { OK_DV, OK_T,
		{ TERMINAL, OTHER, AT, R_DV, 20260301, 20260401, 0, 0, VSC_E_VERIFY, false } },
	    3, 20260301 },
	{ "DV under a DV",
	    { OK_DV, { DV, OTHER, AT, R_DV, 20260301, 20260401, 0, 0, VSC_E_VERIFY, false } }, 2,
	    20260215 },
	{ "CVCA under a DV",
	    { OK_DV, { DV, LINK, AT, R_CVCA, 20260301, 20270401, 0, 0, VSC_E_VERIFY, true } }, 2,
	    20260215 },
	{ "forged DV",
	    { { CVCA, DV, AT, R_DV, 20260201, 20270101, OTHER + 1, 0, VSC_E_VERIFY, false } }, 1,
	    20260215 },
	{ "forged terminal",
	    { OK_DV,
		{ DV, TERMINAL, AT, R_T, 20260301, 20260401, OTHER + 1, 0, VSC_E_VERIFY, false } },
	    2, 20260215 },
	{ "a forgery does not move the date",
	    { { CVCA, LINK, AT, R_CVCA, 20300301, 20320401, OTHER + 1, 0, VSC_E_VERIFY, true } }, 1,
	    20260215 },
	{ "DV of another type",
	    { { CVCA, DV, IS, R_DV, 20260201, 20270101, 0, 0, VSC_E_VERIFY, false } }, 1,
	    20260215 },
	{ "terminal of another type",
	    { OK_DV, { DV, TERMINAL, IS, R_T, 20260301, 20260401, 0, 0, VSC_E_VERIFY, false } }, 2,
	    20260215 },
	{ "DV with domain parameters",
	    { { CVCA, DV, AT, R_DV, 20260201, 20270101, 0, 0, VSC_E_VERIFY, true } }, 1, 20260215 },
	{ "unknown issuer",
	    { { OTHER, DV, AT, R_DV, 20260201, 20270101, 0, VSC_E_NOT_FOUND, 0, false } }, 1,
	    20260215 },
	{ "the certificate of an earlier step is gone after the next",
	    { OK_DV, OK_T,
		{ DV, OTHER, AT, R_T, 20260301, 20260401, 0, VSC_E_NOT_FOUND, 0, false } },
	    3, 20260301 },
	{ "link, then DV under the new CVCA",
	    { { CVCA, LINK, AT, R_CVCA, 20260301, 20290101, 0, 0, 0, true },
		{ LINK, DV, AT, R_DV, 20260401, 20270101, 0, 0, 0, false },
		{ DV, TERMINAL, AT, R_T, 20260401, 20260501, 0, 0, 0, false } },
	    3, 20260401 },
	{ "link without parameters inherits",
	    { { CVCA, LINK, AT, R_CVCA, 20260301, 20290101, 0, 0, 0, false },
		{ LINK, DV, AT, R_DV, 20260401, 20270101, 0, 0, 0, false } },
	    2, 20260401 },
	{ "link, then DV under the old CVCA",
	    { { CVCA, LINK, AT, R_CVCA, 20260301, 20290101, 0, 0, 0, true },
		{ CVCA, DV, AT, R_DV, 20260401, 20270101, 0, 0, 0, false } },
	    2, 20260401 },
	{ "two links: the first CVCA is forgotten",
	    { { CVCA, LINK, AT, R_CVCA, 20260301, 20290101, 0, 0, 0, true },
		{ LINK, LINK2, AT, R_CVCA, 20260302, 20290101, 0, 0, 0, true },
		{ CVCA, DV, AT, R_DV, 20260401, 20270101, 0, VSC_E_NOT_FOUND, 0, false } },
	    3, 20260302 },
	{ "the same link again changes nothing",
	    { { CVCA, LINK, AT, R_CVCA, 20260301, 20290101, 0, 0, 0, true },
		{ CVCA, LINK, AT, R_CVCA, 20260301, 20290101, 0, 0, 0, true },
		{ CVCA, DV, AT, R_DV, 20260401, 20270101, 0, 0, 0, false } },
	    3, 20260401 },
	{ "another successor of the previous CVCA",
	    { { CVCA, LINK, AT, R_CVCA, 20260301, 20290101, 0, 0, 0, true },
		{ CVCA, LINK2, AT, R_CVCA, 20260301, 20290101, 0, 0, VSC_E_VERIFY, true } },
	    2, 20260301 },
	{ "an expired link leads to the one that has not",
	    { { CVCA, LINK, AT, R_CVCA, 20260102, 20260214, 0, 0, 0, true },
		{ LINK, DV, AT, R_DV, 20260201, 20270101, 0, 0, VSC_E_VERIFY, false },
		{ LINK, LINK2, AT, R_CVCA, 20260103, 20290101, 0, 0, 0, true },
		{ LINK2, DV, AT, R_DV, 20260201, 20270101, 0, 0, 0, false } },
	    4, 20260215 },
	{ "the date passes the CVCA: no DV, but a link",
	    { { CVCA, DV, AT, R_DV, 20270201, 20280101, 0, 0, 0, false },
		{ CVCA, DV, AT, R_DV, 20270201, 20280101, 0, 0, VSC_E_VERIFY, false },
		{ CVCA, LINK, AT, R_CVCA, 20260301, 20290101, 0, 0, 0, true },
		{ LINK, DV, AT, R_DV, 20270201, 20280101, 0, 0, 0, false } },
	    4, 20270201 },
};

static struct vsc_cv_key keys[NKEYS];

static int
make_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < NKEYS; i++)
		keys[i] = pki_key("brainpoolP256r1", "ECDSA-SHA-256");
	return 0;
}

static int
free_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < NKEYS; i++)
		vsc_cv_key_free(&keys[i]);
	return 0;
}

static struct vsc_blob
make_cert(const struct step *step, uint64_t rights)
{
	struct vsc_cvc_request request = pki_request(names[step->issuer], &keys[step->issuer],
	    names[step->subject], &keys[step->subject], step->type, step->role);

	if (step->signer != 0)
		request.issuer = &keys[step->signer - 1];
	request.chat.rights &= rights;
	request.effective = step->effective;
	request.expiration = step->expiration;
	request.with_params = step->params;
	return pki_build(&request);
}

static const struct step root_step = { CVCA, CVCA, AT, R_CVCA, 20260101, 20261231, 0, 0, 0, true };

static void
trust_root(struct vsc_trust *trust)
{
	VSC_AUTO_BLOB root = make_cert(&root_step, UINT64_MAX);

	*trust = (struct vsc_trust){ .today = 20260215 };
	assert_int_equal(vsc_trust_add(trust, vsc_blob_span(&root), 0), 0);
}

static struct vsc_ta_setup
setup_for(struct vsc_trust *trust, const struct vsc_env *env)
{
	return (struct vsc_ta_setup){ .version = VSC_TA_2,
		.trust = trust,
		.env = env,
		.chat = { AT, R_T, vsc_chat_all_rights(AT) } };
}

static int
present(struct vsc_ta *ta, const struct step *step, uint64_t rights)
{
	VSC_AUTO_BLOB cert = make_cert(step, rights);
	bool changed;
	int err = vsc_ta_set_issuer(ta, vsc_span_str(names[step->issuer]));

	return err < 0 ? err : vsc_ta_verify_certificate(ta, pki_body(&cert), &changed);
}

static void
certificate_chains(void **state)
{
	(void)state;
	for (size_t i = 0; i < VSC_COUNT(chains); i++) {
		struct vsc_trust trust;
		struct vsc_ta_setup setup = setup_for(&trust, NULL);
		struct vsc_ta ta = { .done = false };

		trust_root(&trust);
		vsc_ta_start(&ta, &setup);
		for (size_t k = 0; k < chains[i].nsteps; k++) {
			const struct step *step = &chains[i].steps[k];
			VSC_AUTO_BLOB cert = make_cert(step, UINT64_MAX);
			bool changed;
			int err = vsc_ta_set_issuer(&ta, vsc_span_str(names[step->issuer]));

			if (err != step->select)
				FAIL_ROW(&chains[i], "selection");
			if (err < 0)
				continue;
			err = vsc_ta_verify_certificate(&ta, pki_body(&cert), &changed);
			if (err != step->verify)
				fail_msg("row \"%s\": certificate %zu: %d", chains[i].name, k, err);
		}
		if (trust.today != chains[i].today)
			fail_msg("row \"%s\": date %u", chains[i].name, trust.today);
		vsc_ta_reset(&ta);
		vsc_trust_free(&trust);
	}
}

static void
no_verification_without_selection(void **state)
{
	const struct step dv = OK_DV;
	VSC_AUTO_BLOB cert = make_cert(&dv, UINT64_MAX);
	struct vsc_trust trust;
	struct vsc_ta_setup setup = setup_for(&trust, NULL);
	struct vsc_ta ta = { .done = false };
	bool changed;

	(void)state;
	trust_root(&trust);
	assert_int_equal(vsc_ta_verify_certificate(&ta, pki_body(&cert), &changed), VSC_E_STATE);
	vsc_ta_start(&ta, &setup);
	assert_int_equal(vsc_ta_verify_certificate(&ta, pki_body(&cert), &changed), VSC_E_STATE);
	assert_int_equal(vsc_ta_set_issuer(&ta, vsc_span_str(names[CVCA])), 0);
	assert_int_equal(vsc_ta_verify_certificate(&ta, pki_body(&cert), &changed), 0);
	/* selected: the DV; presented: one that names the CVCA */
	assert_int_equal(vsc_ta_set_issuer(&ta, vsc_span_str(names[DV])), 0);
	assert_int_equal(
	    vsc_ta_verify_certificate(&ta, pki_body(&cert), &changed), VSC_E_NOT_FOUND);
	assert_int_equal(vsc_ta_set_issuer(&ta, vsc_span_str("XX")), VSC_E_NOT_FOUND);
	assert_int_equal(vsc_ta_verify_certificate(&ta, pki_body(&cert), &changed), VSC_E_STATE);
	vsc_ta_reset(&ta);
	vsc_trust_free(&trust);
}

#define AUX(x) 0x67, 0x08, 0x73, 0x06, 0x06, 0x01, x, 0x53, 0x01, x

/* The terminal's signature over what it believes the chip will see. */
static struct vsc_blob
sign(const struct vsc_cv_key *key, struct vsc_span id, struct vsc_span challenge,
    struct vsc_span comp, struct vsc_span aux)
{
	uint8_t buf[300];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_blob signature = { NULL, 0 };

	vsc_out_put(&out, id);
	vsc_out_put(&out, challenge);
	vsc_out_put(&out, comp);
	vsc_out_put(&out, aux);
	assert_int_equal(vsc_cv_sign(key, vsc_out_span(&out), &signature), 0);
	return signature;
}

static const uint8_t id_picc[] = { 1, 2, 3 }, comp[] = { 4, 5, 6 };
static const uint8_t aux_1[] = { AUX(1) }, aux_2[] = { AUX(2) };

static void
ready_terminal(
    struct vsc_ta *ta, struct vsc_trust *trust, uint64_t cvca, uint64_t dv, uint64_t term)
{
	const struct step dv_step = OK_DV, t_step = OK_T;
	struct vsc_ta_setup setup = setup_for(trust, NULL);
	VSC_AUTO_BLOB root = make_cert(&root_step, cvca);

	*trust = (struct vsc_trust){ .today = 20260215 };
	assert_int_equal(vsc_trust_add(trust, vsc_blob_span(&root), 0), 0);
	vsc_ta_start(ta, &setup);
	assert_int_equal(present(ta, &dv_step, dv), 0);
	assert_int_equal(present(ta, &t_step, term), 0);
}

static void
proof_of_possession(void **state)
{
	struct vsc_trust trust;
	struct vsc_ta ta = { .done = false };
	struct vsc_span oid = vsc_cv_alg_by_name("ECDSA-SHA-256")->oid,
			chr = vsc_span_str(names[TERMINAL]);
	struct vsc_span value;
	uint8_t challenge[8], second[8];

	(void)state;
	ready_terminal(&ta, &trust, UINT64_MAX, 0x3F0000FFFF, 0x0000FF00FF);
	assert_int_equal(
	    vsc_ta_authenticate(&ta, VSC_SPAN_OF(id_picc), VSC_SPAN_EMPTY, VSC_SPAN_OF(comp)),
	    VSC_E_STATE);
	/* MSE:Set AT and what is wrong with it */
	assert_int_equal(
	    vsc_ta_set_key(&ta, oid, vsc_span_str(names[DV]), VSC_SPAN_OF(comp), VSC_SPAN_EMPTY),
	    VSC_E_NOT_FOUND);
	assert_int_equal(vsc_ta_set_key(&ta, vsc_cv_alg_by_name("ECDSA-SHA-1")->oid, chr,
			     VSC_SPAN_OF(comp), VSC_SPAN_EMPTY),
	    VSC_E_PARAM);
	assert_int_equal(
	    vsc_ta_set_key(&ta, VSC_SPAN_EMPTY, chr, VSC_SPAN_OF(comp), VSC_SPAN_EMPTY),
	    VSC_E_PARAM);
	assert_int_equal(
	    vsc_ta_set_key(&ta, oid, chr, VSC_SPAN_EMPTY, VSC_SPAN_EMPTY), VSC_E_FORMAT);
	assert_int_equal(vsc_ta_set_key(&ta, oid, chr, VSC_SPAN_OF(comp), VSC_BYTES(0x67, 1, 0x73)),
	    VSC_E_FORMAT);
	assert_int_equal(vsc_ta_set_key(&ta, oid, chr, VSC_SPAN_OF(comp), VSC_SPAN_OF(aux_1)), 0);
	{
		VSC_AUTO_BLOB none = sign(&keys[TERMINAL], VSC_SPAN_OF(id_picc),
		    VSC_BYTES(0, 0, 0, 0, 0, 0, 0, 0), VSC_SPAN_OF(comp), VSC_SPAN_OF(aux_1));

		assert_int_equal(vsc_ta_authenticate(&ta, VSC_SPAN_OF(id_picc), VSC_SPAN_EMPTY,
				     vsc_blob_span(&none)),
		    VSC_E_STATE);
	}
	/* another's signature uses the challenge up */
	assert_int_equal(vsc_ta_challenge(&ta, challenge), 0);
	{
		VSC_AUTO_BLOB forged = sign(&keys[OTHER], VSC_SPAN_OF(id_picc),
		    VSC_SPAN_OF(challenge), VSC_SPAN_OF(comp), VSC_SPAN_OF(aux_1));
		VSC_AUTO_BLOB late = sign(&keys[TERMINAL], VSC_SPAN_OF(id_picc),
		    VSC_SPAN_OF(challenge), VSC_SPAN_OF(comp), VSC_SPAN_OF(aux_1));

		assert_int_equal(vsc_ta_authenticate(&ta, VSC_SPAN_OF(id_picc), VSC_SPAN_EMPTY,
				     vsc_blob_span(&forged)),
		    VSC_E_VERIFY);
		assert_int_equal(vsc_ta_authenticate(&ta, VSC_SPAN_OF(id_picc), VSC_SPAN_EMPTY,
				     vsc_blob_span(&late)),
		    VSC_E_STATE);
		assert_int_equal(vsc_ta_challenge(&ta, second), 0);
		assert_false(vsc_span_eq(VSC_SPAN_OF(challenge), VSC_SPAN_OF(second)));
		assert_int_equal(vsc_ta_authenticate(&ta, VSC_SPAN_OF(id_picc), VSC_SPAN_EMPTY,
				     vsc_blob_span(&late)),
		    VSC_E_VERIFY);
	}
	/* the auxiliary data of an earlier MSE:Set AT does not count */
	assert_int_equal(vsc_ta_set_key(&ta, oid, chr, VSC_SPAN_OF(comp), VSC_SPAN_OF(aux_2)), 0);
	assert_int_equal(vsc_ta_rights(&ta), 0);
	assert_int_equal(vsc_ta_aux_find(&ta, VSC_BYTES(2), &value), VSC_E_NOT_FOUND);
	assert_int_equal(vsc_ta_challenge(&ta, challenge), 0);
	{
		VSC_AUTO_BLOB good = sign(&keys[TERMINAL], VSC_SPAN_OF(id_picc),
		    VSC_SPAN_OF(challenge), VSC_SPAN_OF(comp), VSC_SPAN_OF(aux_2));

		assert_int_equal(vsc_ta_authenticate(&ta, VSC_SPAN_OF(id_picc), VSC_SPAN_EMPTY,
				     vsc_blob_span(&good)),
		    0);
		assert_true(vsc_ta_done(&ta));
		assert_int_equal(vsc_ta_rights(&ta), 0xFF);
		assert_span_equal(vsc_ta_terminal_key(&ta), VSC_SPAN_OF(comp));
		assert_int_equal(vsc_ta_aux_find(&ta, VSC_BYTES(2), &value), 0);
		assert_span_equal(value, VSC_BYTES(2));
		assert_int_equal(vsc_ta_aux_find(&ta, VSC_BYTES(1), &value), VSC_E_NOT_FOUND);
		/* once is enough */
		assert_int_equal(vsc_ta_challenge(&ta, challenge), 0);
		assert_int_equal(vsc_ta_authenticate(&ta, VSC_SPAN_OF(id_picc), VSC_SPAN_EMPTY,
				     vsc_blob_span(&good)),
		    VSC_E_STATE);
		assert_int_equal(
		    vsc_ta_set_key(&ta, oid, chr, VSC_SPAN_OF(comp), VSC_SPAN_EMPTY), VSC_E_STATE);
	}
	vsc_ta_reset(&ta);
	assert_int_equal(vsc_ta_rights(&ta), 0);
	assert_int_equal(vsc_ta_terminal_key(&ta).len, 0);
	vsc_trust_free(&trust);
}

/* TR-03110-3 B.3: version 2 takes GET CHALLENGE before the first certificate, version 1 does not */
static void
challenge_comes_first(void **state)
{
	const struct step dv = OK_DV, term = OK_T;

	(void)state;
	for (unsigned version = VSC_TA_1; version <= VSC_TA_2; version++) {
		VSC_AUTO_BLOB signature = { NULL, 0 };
		struct vsc_ta ta = { .done = false };
		struct vsc_span mine = version == VSC_TA_2 ? VSC_SPAN_OF(comp) : VSC_SPAN_EMPTY;
		struct vsc_span theirs = version == VSC_TA_2 ? VSC_SPAN_EMPTY : VSC_SPAN_OF(comp);
		struct vsc_trust trust;
		uint8_t challenge[8];

		ready_terminal(&ta, &trust, UINT64_MAX, UINT64_MAX, UINT64_MAX);
		ta.setup.version = (enum vsc_ta_version)version;
		assert_int_equal(vsc_ta_challenge(&ta, challenge), 0);
		assert_int_equal(present(&ta, &dv, UINT64_MAX), 0);
		assert_int_equal(present(&ta, &term, UINT64_MAX), 0);
		assert_int_equal(vsc_ta_set_key(&ta, vsc_cv_alg_by_name("ECDSA-SHA-256")->oid,
				     vsc_span_str(names[TERMINAL]), mine, VSC_SPAN_EMPTY),
		    0);
		signature = sign(&keys[TERMINAL], VSC_SPAN_OF(id_picc), VSC_SPAN_OF(challenge),
		    VSC_SPAN_OF(comp), VSC_SPAN_EMPTY);
		assert_int_equal(vsc_ta_authenticate(
				     &ta, VSC_SPAN_OF(id_picc), theirs, vsc_blob_span(&signature)),
		    version == VSC_TA_2 ? 0 : VSC_E_STATE);
		vsc_ta_reset(&ta);
		vsc_trust_free(&trust);
	}
}

static void
rights_are_what_all_have(void **state)
{
	static const struct {
		const char *name;
		uint64_t chat, cvca, dv, terminal, want;
	} rows[] = {
		{ "all", UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0x3F3FFFFFFF },
		{ "PACE asked for less", 0x0F, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0x0F },
		{ "the CVCA may not give", UINT64_MAX, 0x0F, UINT64_MAX, UINT64_MAX, 0x0F },
		{ "the DV does not have", UINT64_MAX, UINT64_MAX, 0xF0, UINT64_MAX, 0xF0 },
		{ "the terminal does not have", UINT64_MAX, UINT64_MAX, UINT64_MAX, 0x01, 0x01 },
		{ "nothing in common", UINT64_MAX, 0x0F, 0xF0, UINT64_MAX, 0 },
	};

	(void)state;
	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		struct vsc_trust trust;
		struct vsc_ta ta = { .done = false };
		uint8_t challenge[8];
		VSC_AUTO_BLOB signature = { NULL, 0 };
		const struct step dv = OK_DV, term = OK_T;

		ready_terminal(&ta, &trust, rows[i].cvca, rows[i].dv, rows[i].terminal);
		ta.setup.chat.rights = rows[i].chat;
		assert_int_equal(present(&ta, &dv, rows[i].dv), 0);
		assert_int_equal(present(&ta, &term, rows[i].terminal), 0);
		assert_int_equal(
		    vsc_ta_set_key(&ta, vsc_cv_alg_by_name("ECDSA-SHA-256")->oid,
			vsc_span_str(names[TERMINAL]), VSC_SPAN_OF(comp), VSC_SPAN_EMPTY),
		    0);
		assert_int_equal(vsc_ta_challenge(&ta, challenge), 0);
		signature = sign(&keys[TERMINAL], VSC_SPAN_OF(id_picc), VSC_SPAN_OF(challenge),
		    VSC_SPAN_OF(comp), VSC_SPAN_EMPTY);
		assert_int_equal(vsc_ta_authenticate(&ta, VSC_SPAN_OF(id_picc), VSC_SPAN_EMPTY,
				     vsc_blob_span(&signature)),
		    0);
		if (vsc_ta_rights(&ta) != rows[i].want)
			FAIL_ROW(&rows[i], "rights");
		vsc_ta_reset(&ta);
		vsc_trust_free(&trust);
	}
}

/* The published runs: certificates of 2010 and 2011, whose CVCA is for inspection systems. */
static void
published_run(const char *name, const char *root, unsigned type)
{
	struct script script = { vector(name, "ta_nonce"), 0 };
	struct vsc_env env = script_env(&script);
	struct vsc_trust trust = { .today = 20100920 };
	struct vsc_ta_setup setup = setup_for(&trust, &env);
	struct vsc_ta ta = { .done = false };
	static const char *const below[] = { "dv_cert", "ta_cert" };
	VSC_AUTO_BLOB cvca = vector(name, root), picc = vector(name, "picc_pub_key");
	VSC_AUTO_BLOB terminal = vector(name, "ca_pcd_pub_key"), id = { NULL, 0 },
		      key = { NULL, 0 };
	VSC_AUTO_BLOB signature = vector(name, "ta_pcd_signature");
	struct vsc_group *group;
	struct vsc_cvc cvc;
	uint8_t challenge[8];

	assert_int_equal(vsc_group_new(&group, type), 0);
	assert_int_equal(vsc_trust_add(&trust, vsc_blob_span(&cvca), VSC_CVC_AT), 0);
	setup.ignore_dates = true;
	vsc_ta_start(&ta, &setup);
	for (size_t i = 0; i < 2; i++) {
		VSC_AUTO_BLOB cert = vector(name, below[i]);
		bool changed;

		assert_int_equal(vsc_cvc_parse_file(vsc_blob_span(&cert), &cvc), 0);
		assert_int_equal(vsc_ta_set_issuer(&ta, cvc.car), 0);
		assert_int_equal(vsc_ta_verify_certificate(&ta, pki_body(&cert), &changed), 0);
		if (i == 0)
			continue;
		assert_int_equal(vsc_elem_compress(group, vsc_blob_span(&picc), &id), 0);
		assert_int_equal(vsc_elem_compress(group, vsc_blob_span(&terminal), &key), 0);
		assert_int_equal(vsc_ta_set_key(&ta, cvc.fields.alg->oid, cvc.chr,
				     vsc_blob_span(&key), VSC_SPAN_EMPTY),
		    0);
	}
	assert_int_equal(vsc_ta_challenge(&ta, challenge), 0);
	assert_int_equal(
	    vsc_ta_authenticate(&ta, vsc_blob_span(&id), VSC_SPAN_EMPTY, vsc_blob_span(&signature)),
	    0);
	vsc_ta_reset(&ta);
	vsc_trust_free(&trust);
	vsc_group_free(group);
	vsc_blob_free(&script.bytes);
}

static void
published_runs(void **state)
{
	(void)state;
	published_run("ECDH", "cvca_cert", 13);
	published_run("DH", "cvca", 0);
}

static void
trust_survives_saving(void **state)
{
	const struct step link = { CVCA, LINK, AT, R_CVCA, 20260301, 20290101, 0, 0, 0, false };
	struct vsc_trust trust, again;
	struct vsc_ta_setup setup = setup_for(&trust, NULL);
	struct vsc_ta ta = { .done = false };
	VSC_AUTO_BLOB saved = { NULL, 0 }, twice = { NULL, 0 };
	const struct step dv = { LINK, DV, AT, R_DV, 20260401, 20270101, 0, 0, 0, false };

	(void)state;
	trust_root(&trust);
	vsc_ta_start(&ta, &setup);
	assert_int_equal(present(&ta, &link, UINT64_MAX), 0);
	assert_int_equal(vsc_trust_save(&trust, &saved), 0);
	assert_int_equal(vsc_trust_load(&again, vsc_blob_span(&saved)), 0);
	assert_int_equal(again.today, 20260301);
	assert_span_equal(vsc_trust_car(&again, AT, 0), vsc_span_str(names[LINK]));
	assert_span_equal(vsc_trust_car(&again, AT, 1), vsc_span_str(names[CVCA]));
	assert_int_equal(vsc_trust_car(&again, IS, 0).len, 0);
	assert_int_equal(vsc_trust_save(&again, &twice), 0);
	assert_span_equal(vsc_blob_span(&twice), vsc_blob_span(&saved));
	setup.trust = &again;
	vsc_ta_start(&ta, &setup);
	assert_int_equal(present(&ta, &dv, UINT64_MAX), 0);
	vsc_ta_reset(&ta);
	vsc_trust_free(&again);
	/* cut or changed, it is refused, not half believed */
	for (size_t len = 0; len < saved.len; len++)
		assert_int_equal(
		    vsc_trust_load(&again, vsc_span_from(saved.ptr, len)), VSC_E_CORRUPT);
	vsc_trust_free(&trust);
}

static void
personalisation(void **state)
{
	const struct step second = { LINK, LINK, AT, R_CVCA, 20250101, 20261231, 0, 0, 0, true };
	const struct step third = { LINK2, LINK2, AT, R_CVCA, 20250101, 20261231, 0, 0, 0, true };
	const struct step forged = { LINK2, LINK2, AT, R_CVCA, 20250101, 20261231, OTHER + 1, 0, 0,
		true };
	const struct step dv = OK_DV;
	VSC_AUTO_BLOB a = make_cert(&second, UINT64_MAX), b = make_cert(&third, UINT64_MAX);
	VSC_AUTO_BLOB c = make_cert(&forged, UINT64_MAX), d = make_cert(&dv, UINT64_MAX);
	struct vsc_trust trust;

	(void)state;
	trust_root(&trust);
	assert_int_equal(vsc_trust_add(&trust, vsc_blob_span(&c), 0), VSC_E_VERIFY);
	assert_int_equal(vsc_trust_add(&trust, vsc_blob_span(&d), 0), VSC_E_VERIFY);
	assert_int_equal(vsc_trust_add(&trust, vsc_blob_span(&a), 0), 0);
	assert_int_equal(vsc_trust_add(&trust, vsc_blob_span(&a), 0), VSC_E_EXISTS);
	assert_int_equal(vsc_trust_add(&trust, vsc_blob_span(&b), 0), VSC_E_SPACE);
	/* the older one came later and is the previous one all the same */
	assert_span_equal(vsc_trust_car(&trust, AT, 0), vsc_span_str(names[CVCA]));
	assert_span_equal(vsc_trust_car(&trust, AT, 1), vsc_span_str(names[LINK]));
	vsc_trust_free(&trust);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificate_chains),
		cmocka_unit_test(no_verification_without_selection),
		cmocka_unit_test(proof_of_possession),
		cmocka_unit_test(challenge_comes_first),
		cmocka_unit_test(rights_are_what_all_have),
		cmocka_unit_test(published_runs),
		cmocka_unit_test(trust_survives_saving),
		cmocka_unit_test(personalisation),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
