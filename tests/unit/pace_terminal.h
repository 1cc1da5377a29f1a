/*
 * The terminal's side of PACE, for tests and the benchmark: what the chip is asked, and the check
 * of what it answers. Byte compatibility is the worked examples' job; this one runs every
 * combination.
 */
#ifndef VSC_TEST_PACE_TERMINAL_H
#define VSC_TEST_PACE_TERMINAL_H

#include "crypto/pace.h"
#include "crypto/pace_im.h"
#include "iso/tlv.h"

struct pace_terminal {
	const struct vsc_pace_alg *alg;
	const struct vsc_group *group;
	struct vsc_agree_key map, own;
	struct vsc_blob k_pi, s, chip_map, chip_own;
	struct vsc_elem generator;
	struct vsc_session_keys keys;
};

static inline void
pace_terminal_free(struct pace_terminal *t)
{
	vsc_agree_key_free(&t->map);
	vsc_agree_key_free(&t->own);
	vsc_blob_free(&t->k_pi);
	vsc_blob_free(&t->s);
	vsc_blob_free(&t->chip_map);
	vsc_blob_free(&t->chip_own);
	vsc_elem_free(&t->generator);
	vsc_session_keys_free(&t->keys);
}

/* 7C { tag value } */
static inline int
pace_terminal_put(struct vsc_blob *cmd, uint32_t tag, struct vsc_span value)
{
	uint8_t buf[VSC_ELEM_MAX + 16];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_tlv_mark mark = vsc_tlv_begin(&out, 0x7C);

	if (tag != 0)
		vsc_tlv_put(&out, tag, value);
	vsc_tlv_end(&out, mark);
	return out.full ? VSC_E_SPACE : vsc_blob_set(cmd, vsc_out_span(&out));
}

/* The object with this tag in the chip's answer. */
static inline int
pace_terminal_get(struct vsc_span answer, uint32_t tag, struct vsc_span *value)
{
	const uint32_t path[] = { 0x7C, tag, 0 };

	return vsc_tlv_find_path(answer, path, value);
}

static inline int
pace_terminal_start(struct pace_terminal *t, const struct vsc_pace_alg *alg,
    const struct vsc_group *group, struct vsc_span password)
{
	*t = (struct pace_terminal){ .alg = alg, .group = group };
	return vsc_kdf(alg->suite, password, VSC_SPAN_EMPTY, VSC_KDF_PI, &t->k_pi);
}

/* The answer with the nonce in, the mapping command out. */
static inline int
pace_terminal_map(struct pace_terminal *t, struct vsc_span answer, struct vsc_blob *cmd)
{
	uint8_t plain[32], nonce[32];
	struct vsc_out out = vsc_out_from(plain, sizeof(plain));
	struct vsc_cipher *cipher = NULL;
	struct vsc_span z;
	BN_CTX *ctx;
	BIGNUM *r;
	int err;

	if (pace_terminal_get(answer, 0x80, &z) < 0)
		return VSC_E_FORMAT;
	err = vsc_cipher_new(&cipher, t->alg->suite, vsc_blob_span(&t->k_pi), VSC_SPAN_EMPTY);
	if (err == 0)
		err = vsc_cipher_decrypt(cipher, NULL, z, &out);
	vsc_cipher_free(cipher);
	if (err == 0)
		err = vsc_blob_set(&t->s, vsc_out_span(&out));
	if (err < 0)
		return err;
	if (t->alg->mapping != VSC_PACE_IM) {
		err = vsc_agree_key_generate(&t->map, t->group, NULL);
		return err < 0 ? err : pace_terminal_put(cmd, 0x81, vsc_blob_span(&t->map.public));
	}
	ctx = BN_CTX_new();
	r = BN_new();
	err = vsc_env_random(NULL, nonce, t->alg->suite->key_len);
	if (err == 0)
		err = vsc_pace_im_random(t->alg->suite, vsc_group_prime(t->group),
		    vsc_blob_span(&t->s), vsc_span_from(nonce, t->alg->suite->key_len), ctx, r);
	if (err == 0)
		err = vsc_pace_im_generator(t->group, r, ctx, &t->generator);
	BN_free(r);
	BN_CTX_free(ctx);
	return err < 0 ? err
		       : pace_terminal_put(cmd, 0x81, vsc_span_from(nonce, t->alg->suite->key_len));
}

/* A key pair on the mapped generator. */
static inline int
pace_terminal_key(struct pace_terminal *t, BN_CTX *ctx)
{
	uint8_t buf[VSC_ELEM_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_elem public = { NULL, NULL };
	int err = vsc_agree_key_generate(&t->own, t->group, NULL);

	if (err == 0)
		err = vsc_elem_mul(t->group, t->own.secret, &t->generator, ctx, &public);
	if (err == 0)
		err = vsc_elem_encode(t->group, &public, ctx, &out);
	if (err == 0)
		err = vsc_blob_set(&t->own.public, vsc_out_span(&out));
	vsc_elem_free(&public);
	return err;
}

/* The answer of the mapping in, the key agreement command out. */
static inline int
pace_terminal_agree(struct pace_terminal *t, struct vsc_span answer, struct vsc_blob *cmd)
{
	struct vsc_elem peer = { NULL, NULL }, h = { NULL, NULL };
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *s = BN_new();
	struct vsc_span value;
	int err = pace_terminal_get(answer, 0x82, &value);

	if (err == 0)
		err = vsc_blob_set(&t->chip_map, value);
	if (err == 0 && t->alg->mapping != VSC_PACE_IM) {
		err = vsc_elem_decode(t->group, value, ctx, &peer);
		if (err == 0)
			err = vsc_elem_mul(t->group, t->map.secret, &peer, ctx, &h);
		if (err == 0)
			err = vsc_group_scalar(t->group, vsc_blob_span(&t->s), s);
		if (err == 0)
			err = vsc_elem_mul_add(t->group, s, &h, ctx, &t->generator);
	}
	if (err == 0)
		err = pace_terminal_key(t, ctx);
	vsc_elem_free(&peer);
	vsc_elem_free(&h);
	BN_free(s);
	BN_CTX_free(ctx);
	return err < 0 ? err : pace_terminal_put(cmd, 0x83, vsc_blob_span(&t->own.public));
}

/* The chip's key in, the token command out. */
static inline int
pace_terminal_token(struct pace_terminal *t, struct vsc_span answer, struct vsc_blob *cmd)
{
	uint8_t token[VSC_SUITE_MAC_LEN];
	struct vsc_elem peer = { NULL, NULL }, shared = { NULL, NULL };
	struct vsc_blob secret = { NULL, 0 };
	BN_CTX *ctx = BN_CTX_new();
	struct vsc_span value;
	int err = pace_terminal_get(answer, 0x84, &value);

	if (err == 0)
		err = vsc_blob_set(&t->chip_own, value);
	if (err == 0)
		err = vsc_elem_decode(t->group, value, ctx, &peer);
	if (err == 0)
		err = vsc_elem_mul(t->group, t->own.secret, &peer, ctx, &shared);
	if (err == 0)
		err = vsc_elem_secret(t->group, &shared, ctx, &secret);
	if (err == 0)
		err = vsc_session_keys_derive(
		    &t->keys, t->alg->suite, vsc_blob_span(&secret), VSC_SPAN_EMPTY);
	if (err == 0)
		err = vsc_eac_token(&t->keys, t->alg->oid, t->alg->kind, value, token);
	vsc_elem_free(&peer);
	vsc_elem_free(&shared);
	vsc_blob_free(&secret);
	BN_CTX_free(ctx);
	return err < 0 ? err : pace_terminal_put(cmd, 0x85, VSC_SPAN_OF(token));
}

/* Is the chip's token right? */
static inline int
pace_terminal_finish(struct pace_terminal *t, struct vsc_span answer)
{
	uint8_t token[VSC_SUITE_MAC_LEN];
	struct vsc_span value;
	int err = vsc_eac_token(
	    &t->keys, t->alg->oid, t->alg->kind, vsc_blob_span(&t->own.public), token);

	if (err == 0)
		err = pace_terminal_get(answer, 0x86, &value);
	if (err < 0)
		return err;
	return vsc_span_eq(value, VSC_SPAN_OF(token)) ? 0 : VSC_E_VERIFY;
}

/* All four steps. < 0: of whichever side refused. */
static inline int
pace_terminal_run(struct pace_terminal *t, struct vsc_pace *chip)
{
	static int (*const steps[])(struct pace_terminal *, struct vsc_span,
	    struct vsc_blob *) = { pace_terminal_map, pace_terminal_agree, pace_terminal_token };
	uint8_t buf[2 * VSC_ELEM_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_blob cmd = { NULL, 0 };
	int err = pace_terminal_put(&cmd, 0, VSC_SPAN_EMPTY);

	for (size_t i = 0; err == 0 && i < 4; i++) {
		out = vsc_out_from(buf, sizeof(buf));
		err = vsc_pace_step(chip, vsc_blob_span(&cmd), &out);
		if (err == 0)
			err = i < 3 ? steps[i](t, vsc_out_span(&out), &cmd)
				    : pace_terminal_finish(t, vsc_out_span(&out));
	}
	vsc_blob_free(&cmd);
	return err;
}

#endif
