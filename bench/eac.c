/*
 * The chip's share of an EAC run: PACE generic mapping, terminal authentication with two
 *certificates, chip authentication; beside the bare OpenSSL operations that it cannot do without,
 *in the same run. The terminal works in between and is not counted.
 *
 *	bench_eac [ROUNDS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/core_names.h>

#include "../tests/unit/pace_terminal.h"
#include "crypto/auto.h"
#include "crypto/ca.h"
#include "crypto/ta.h"

/* What is measured: a group for the key agreements, keys for the certificates. */
struct subject {
	const char *name;
	unsigned id;
	const char *pace, *ca, *key, *signature;
};

static const struct subject subjects[] = {
	{ "ECDH, brainpoolP256r1", 13, "ECDH-GM-AES-128", "ECDH-AES-128", "brainpoolP256r1",
	    "ECDSA-SHA-256" },
	{ "ECDH, P-256", 12, "ECDH-GM-AES-128", "ECDH-AES-128", "P-256", "ECDSA-SHA-256" },
	{ "DH, 2048 and 256 bits", 2, "DH-GM-AES-128", "DH-AES-128", "RSA", "RSA-v1-5-SHA-256" },
	{ "DH, 1024 and 160 bits", 0, "DH-GM-AES-128", "DH-AES-128", "RSA", "RSA-v1-5-SHA-256" },
};

struct rig {
	const struct subject *subject;
	struct vsc_group *group;
	struct vsc_agree_key chip_key;
	struct vsc_cv_key cvca, dv, terminal;
	struct vsc_blob certs[3];
	struct vsc_trust trust;
	double chip; /* microseconds of this round */
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
must(int err, const char *what)
{
	if (err >= 0)
		return;
	fprintf(stderr, "bench_eac: %s: %s\n", what, vsc_err_text(err));
	exit(1);
}

static struct vsc_cv_key
make_key(const struct subject *subject)
{
	struct vsc_cv_key key;
	VSC_AUTO_PKEY *pkey = subject->id < 8 ? EVP_RSA_gen(2048u) : EVP_EC_gen(subject->key);

	must(pkey == NULL ? VSC_E_CRYPTO : 0, "key");
	must(vsc_cv_key_wrap(&key, pkey, vsc_cv_alg_by_name(subject->signature)), "key");
	return key;
}

static void
make_cert(struct vsc_blob *cert, const char *car, const struct vsc_cv_key *issuer, const char *chr,
    const struct vsc_cv_key *key, enum vsc_cvc_role role)
{
	const struct vsc_cvc_request request = { .car = vsc_span_str(car),
		.chr = vsc_span_str(chr),
		.issuer = issuer,
		.subject = key,
		.chat = { VSC_CVC_AT, role, vsc_chat_all_rights(VSC_CVC_AT) },
		.effective = 20260101,
		.expiration = 20261231,
		.with_params = role == VSC_CVC_CVCA };

	must(vsc_cvc_build(&request, cert), "certificate");
}

static void
rig_setup(struct rig *rig, const struct subject *subject)
{
	*rig = (struct rig){ .subject = subject, .trust = { .today = 20260101 } };
	must(vsc_group_new(&rig->group, subject->id), "group");
	must(vsc_agree_key_generate(&rig->chip_key, rig->group, NULL), "chip key");
	rig->cvca = make_key(subject);
	rig->dv = make_key(subject);
	rig->terminal = make_key(subject);
	make_cert(
	    &rig->certs[0], "DECVCAAT00001", &rig->cvca, "DECVCAAT00001", &rig->cvca, VSC_CVC_CVCA);
	make_cert(&rig->certs[1], "DECVCAAT00001", &rig->cvca, "DEDVDE0000001", &rig->dv,
	    VSC_CVC_DV_DOMESTIC);
	make_cert(&rig->certs[2], "DEDVDE0000001", &rig->dv, "DETERM0000001", &rig->terminal,
	    VSC_CVC_TERMINAL);
	must(vsc_trust_add(&rig->trust, vsc_blob_span(&rig->certs[0]), 0), "trust point");
}

static void
rig_free(struct rig *rig)
{
	vsc_agree_key_free(&rig->chip_key);
	vsc_cv_key_free(&rig->cvca);
	vsc_cv_key_free(&rig->dv);
	vsc_cv_key_free(&rig->terminal);
	for (size_t i = 0; i < 3; i++)
		vsc_blob_free(&rig->certs[i]);
	vsc_trust_free(&rig->trust);
	vsc_group_free(rig->group);
}

static struct vsc_blob
run_pace(struct rig *rig)
{
	static int (*const steps[])(struct pace_terminal *, struct vsc_span,
	    struct vsc_blob *) = { pace_terminal_map, pace_terminal_agree, pace_terminal_token };
	const struct vsc_pace_setup setup = { .alg = vsc_pace_alg_by_name(rig->subject->pace),
		.group = rig->group,
		.password = vsc_span_str("123456"),
		.car = vsc_trust_car(&rig->trust, VSC_CVC_AT, 0) };
	struct vsc_blob cmd = { NULL, 0 }, id = { NULL, 0 };
	struct pace_terminal terminal;
	struct vsc_pace *pace;
	uint8_t buf[1024];
	double start = now();

	must(vsc_pace_new(&pace, &setup, NULL), "PACE");
	rig->chip += now() - start;
	must(pace_terminal_start(&terminal, setup.alg, rig->group, setup.password), "terminal");
	must(pace_terminal_put(&cmd, 0, VSC_SPAN_EMPTY), "command");
	for (size_t i = 0; i < 4; i++) {
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));

		start = now();
		must(vsc_pace_step(pace, vsc_blob_span(&cmd), &out), "PACE");
		rig->chip += now() - start;
		must(i < 3 ? steps[i](&terminal, vsc_out_span(&out), &cmd)
			   : pace_terminal_finish(&terminal, vsc_out_span(&out)),
		    "terminal's PACE");
	}
	must(vsc_blob_set(&id, vsc_pace_id_picc(pace)), "ID_PICC");
	start = now();
	vsc_pace_free(pace);
	rig->chip += now() - start;
	pace_terminal_free(&terminal);
	vsc_blob_free(&cmd);
	return id;
}

/* ID_PICC || challenge || Comp(key), signed */
static struct vsc_blob
terminal_signs(
    const struct rig *rig, struct vsc_span id, struct vsc_span challenge, struct vsc_span comp)
{
	uint8_t buf[300];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_blob signature = { NULL, 0 };

	vsc_out_put(&out, id);
	vsc_out_put(&out, challenge);
	vsc_out_put(&out, comp);
	must(vsc_cv_sign(&rig->terminal, vsc_out_span(&out), &signature), "signature");
	return signature;
}

static void
run_ta(struct rig *rig, struct vsc_ta *ta, struct vsc_span id, struct vsc_span comp)
{
	static const char *const issuers[] = { "", "DECVCAAT00001", "DEDVDE0000001" };
	const struct vsc_ta_setup setup = { .version = VSC_TA_2,
		.trust = &rig->trust,
		.chat = { VSC_CVC_AT, VSC_CVC_TERMINAL, vsc_chat_all_rights(VSC_CVC_AT) } };
	VSC_AUTO_BLOB signature = { NULL, 0 };
	uint8_t challenge[VSC_TA_CHALLENGE_LEN];
	double start = now();
	struct vsc_span body;
	bool changed;

	vsc_ta_start(ta, &setup);
	for (size_t i = 1; i < 3; i++) {
		must(vsc_tlv_only(vsc_blob_span(&rig->certs[i]), 0x7F21, &body), "certificate");
		must(vsc_ta_set_issuer(ta, vsc_span_str(issuers[i])), "issuer");
		must(vsc_ta_verify_certificate(ta, body, &changed), "certificate");
	}
	must(vsc_ta_set_key(
		 ta, rig->terminal.alg->oid, vsc_span_str("DETERM0000001"), comp, VSC_SPAN_EMPTY),
	    "MSE:Set AT");
	must(vsc_ta_challenge(ta, challenge), "challenge");
	rig->chip += now() - start;
	signature = terminal_signs(rig, id, VSC_SPAN_OF(challenge), comp);
	start = now();
	must(vsc_ta_authenticate(ta, id, VSC_SPAN_EMPTY, vsc_blob_span(&signature)), "TA");
	rig->chip += now() - start;
}

/* One whole run. */
static double
run_chip(struct rig *rig)
{
	struct vsc_ca_result result = { .nonce = { 0 } };
	VSC_AUTO_BLOB id = { NULL, 0 }, comp = { NULL, 0 };
	struct vsc_ta ta = { .done = false };
	struct vsc_agree_key terminal;
	double start;

	rig->chip = 0;
	id = run_pace(rig);
	must(vsc_agree_key_generate(&terminal, rig->group, NULL), "terminal's key");
	must(vsc_elem_compress(rig->group, vsc_blob_span(&terminal.public), &comp), "Comp");
	run_ta(rig, &ta, vsc_blob_span(&id), vsc_blob_span(&comp));
	start = now();
	must(vsc_ca_run_2(vsc_ca_alg_by_name(rig->subject->ca), &rig->chip_key,
		 vsc_blob_span(&terminal.public), vsc_ta_terminal_key(&ta), NULL, &result),
	    "CA");
	vsc_ca_result_free(&result);
	vsc_ta_reset(&ta);
	rig->chip += now() - start;
	vsc_agree_key_free(&terminal);
	return rig->chip;
}

/* What the bare operations work on; set up once, outside the measurement. */
struct bare {
	BN_CTX *ctx;
	BIGNUM *scalar, *y, *r;
	EC_POINT *point, *product;
	BN_MONT_CTX *mont;
	EVP_PKEY_CTX *verify;
	uint8_t digest[32], signature[512];
	size_t signature_len;
};

static void
bare_setup(struct bare *bare, const struct rig *rig)
{
	EVP_PKEY_CTX *sign = EVP_PKEY_CTX_new(rig->cvca.pkey, NULL);
	const EC_GROUP *ec = vsc_group_ec(rig->group);

	*bare = (struct bare){ .ctx = BN_CTX_new(),
		.scalar = BN_new(),
		.y = BN_new(),
		.r = BN_new(),
		.mont = BN_MONT_CTX_new(),
		.verify = EVP_PKEY_CTX_new(rig->cvca.pkey, NULL),
		.signature_len = sizeof(bare->signature) };
	must(vsc_group_random(rig->group, NULL, bare->scalar), "scalar");
	if (ec != NULL) {
		bare->point = EC_POINT_new(ec);
		bare->product = EC_POINT_new(ec);
		EC_POINT_mul(ec, bare->point, bare->scalar, NULL, NULL, bare->ctx);
	} else {
		BN_MONT_CTX_set(bare->mont, vsc_group_prime(rig->group), bare->ctx);
		BN_mod_exp_mont(bare->y, vsc_group_generator(rig->group), bare->scalar,
		    vsc_group_prime(rig->group), bare->ctx, bare->mont);
	}
	if (EVP_PKEY_sign_init(sign) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(sign, EVP_sha256()) != 1 ||
	    EVP_PKEY_sign(sign, bare->signature, &bare->signature_len, bare->digest,
		sizeof(bare->digest)) != 1 ||
	    EVP_PKEY_verify_init(bare->verify) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(bare->verify, EVP_sha256()) != 1)
		must(VSC_E_CRYPTO, "bare signature");
	EVP_PKEY_CTX_free(sign);
}

static void
bare_free(struct bare *bare)
{
	BN_CTX_free(bare->ctx);
	BN_free(bare->scalar);
	BN_free(bare->y);
	BN_free(bare->r);
	BN_MONT_CTX_free(bare->mont);
	EC_POINT_free(bare->point);
	EC_POINT_free(bare->product);
	EVP_PKEY_CTX_free(bare->verify);
}

/* Six multiplications, two of them of the generator. */
static void
bare_curve(struct bare *bare, const EC_GROUP *ec)
{
	for (int i = 0; i < 2; i++)
		EC_POINT_mul(ec, bare->product, bare->scalar, NULL, NULL, bare->ctx);
	for (int i = 0; i < 4; i++)
		EC_POINT_mul(ec, bare->product, NULL, bare->point, bare->scalar, bare->ctx);
}

/* Six exponentiations with secret exponents, and one y^q for each of the three keys received:
 * without it a residue of small order gives the chip's secret away. */
static void
bare_residue(struct bare *bare, const struct vsc_group *group)
{
	for (int i = 0; i < 6; i++)
		BN_mod_exp_mont_consttime(
		    bare->r, bare->y, bare->scalar, vsc_group_prime(group), bare->ctx, bare->mont);
	for (int i = 0; i < 3; i++)
		BN_mod_exp_mont(bare->r, bare->y, vsc_group_order(group), vsc_group_prime(group),
		    bare->ctx, bare->mont);
}

static double
run_bare(struct bare *bare, const struct rig *rig)
{
	double start = now();

	if (vsc_group_kind(rig->group) == VSC_GROUP_ECDH)
		bare_curve(bare, vsc_group_ec(rig->group));
	else
		bare_residue(bare, rig->group);
	for (int i = 0; i < 3; i++)
		if (EVP_PKEY_verify(bare->verify, bare->signature, bare->signature_len,
			bare->digest, sizeof(bare->digest)) != 1)
			must(VSC_E_CRYPTO, "bare verification");
	return now() - start;
}

static int
ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
measure(const struct subject *subject, size_t rounds)
{
	double *chip = calloc(rounds, sizeof(*chip)), *floor = calloc(rounds, sizeof(*floor));
	struct bare bare;
	struct rig rig;

	if (chip == NULL || floor == NULL)
		must(VSC_E_NOMEM, "rounds");
	rig_setup(&rig, subject);
	bare_setup(&bare, &rig);
	run_chip(&rig);
	/* in turn, so that a busy machine disturbs both alike */
	for (size_t i = 0; i < rounds; i++) {
		floor[i] = run_bare(&bare, &rig);
		chip[i] = run_chip(&rig);
	}
	qsort(chip, rounds, sizeof(*chip), ascending);
	qsort(floor, rounds, sizeof(*floor), ascending);
	printf("%-24s chip %8.1f us, bare operations %8.1f us, ratio %.3f (best %.3f)\n",
	    subject->name, chip[rounds / 2], floor[rounds / 2],
	    chip[rounds / 2] / floor[rounds / 2], chip[0] / floor[0]);
	bare_free(&bare);
	rig_free(&rig);
	free(chip);
	free(floor);
}

int
main(int argc, char **argv)
{
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 101;

	if (rounds < 1 || rounds > 100000) {
		fprintf(stderr, "usage: bench_eac [ROUNDS]\n");
		return 2;
	}
	for (size_t i = 0; i < VSC_COUNT(subjects); i++)
		measure(&subjects[i], (size_t)rounds);
	return 0;
}
