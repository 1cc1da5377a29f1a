/* PACE version 2, the chip's side. */
#include "crypto/pace.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/auto.h"
#include "crypto/pace_im.h"
#include "iso/tlv.h"

/* 0.4.0.127.0.7.2.2.4 is id-PACE */
#define ID_PACE(x, y)                                                                         \
	{                                                                                     \
		(const uint8_t[]){ 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, x, y }, 10 \
	}
#define ROWS(x, name, kind, mapping)                                              \
	{ ID_PACE(x, 2), name "-AES-128", kind, mapping, &vsc_suite_aes128 },     \
	    { ID_PACE(x, 3), name "-AES-192", kind, mapping, &vsc_suite_aes192 }, \
	{                                                                         \
		ID_PACE(x, 4), name "-AES-256", kind, mapping, &vsc_suite_aes256  \
	}
#define ROW_3DES(x, name, kind, mapping)                                    \
	{                                                                   \
		ID_PACE(x, 1), name "-3DES", kind, mapping, &vsc_suite_3des \
	}

/* TR-03110-3 A.1.1.1; chip authentication mapping exists with AES only */
static const struct vsc_pace_alg algs[] = {
	ROW_3DES(1, "DH-GM", VSC_GROUP_DH, VSC_PACE_GM),
	ROWS(1, "DH-GM", VSC_GROUP_DH, VSC_PACE_GM),
	ROW_3DES(2, "ECDH-GM", VSC_GROUP_ECDH, VSC_PACE_GM),
	ROWS(2, "ECDH-GM", VSC_GROUP_ECDH, VSC_PACE_GM),
	ROW_3DES(3, "DH-IM", VSC_GROUP_DH, VSC_PACE_IM),
	ROWS(3, "DH-IM", VSC_GROUP_DH, VSC_PACE_IM),
	ROW_3DES(4, "ECDH-IM", VSC_GROUP_ECDH, VSC_PACE_IM),
	ROWS(4, "ECDH-IM", VSC_GROUP_ECDH, VSC_PACE_IM),
	ROWS(6, "ECDH-CAM", VSC_GROUP_ECDH, VSC_PACE_CAM),
};

enum state { NONCE, MAP, AGREE, TOKEN, DONE, DEAD };

struct vsc_pace {
	enum state state;
	const struct vsc_pace_alg *alg;
	const struct vsc_group *group;
	const struct vsc_agree_key *cam_key;
	const struct vsc_env *env;
	BN_CTX *ctx;
	BIGNUM *map_secret; /* kept for chip authentication mapping */
	struct vsc_elem generator;
	struct vsc_blob k_pi, s;
	struct vsc_blob own, peer; /* agreement keys as they are in the tokens */
	struct vsc_blob car, previous_car, id_picc;
	struct vsc_session_keys keys;
};

const struct vsc_pace_alg *
vsc_pace_alg_nth(size_t n)
{
	return n < VSC_COUNT(algs) ? &algs[n] : NULL;
}

const struct vsc_pace_alg *
vsc_pace_alg_find(struct vsc_span oid)
{
	for (size_t i = 0; i < VSC_COUNT(algs); i++)
		if (vsc_span_eq(algs[i].oid, oid))
			return &algs[i];
	return NULL;
}

const struct vsc_pace_alg *
vsc_pace_alg_by_name(const char *name)
{
	for (size_t i = 0; i < VSC_COUNT(algs); i++)
		if (strcmp(algs[i].name, name) == 0)
			return &algs[i];
	return NULL;
}

int
vsc_pace_mrz_secret(struct vsc_span mrz_information, struct vsc_blob *secret)
{
	uint8_t digest[VSC_HASH_MAX];
	struct vsc_out out = vsc_out_from(digest, sizeof(digest));
	int err = vsc_hash_digest(VSC_HASH_SHA1, mrz_information, &out);

	if (err == 0)
		err = vsc_blob_set(secret, vsc_out_span(&out));
	vsc_wipe(digest, sizeof(digest));
	return err;
}

bool
vsc_pace_possible(const struct vsc_pace_alg *alg, const struct vsc_group *group)
{
	if (alg->kind != vsc_group_kind(group))
		return false;
	return alg->mapping != VSC_PACE_IM || alg->kind == VSC_GROUP_DH ||
	       BN_mod_word(vsc_group_prime(group), 4) == 3;
}

/* Nothing of the run is left but that it failed. */
static void
wipe_run(struct vsc_pace *pace)
{
	BN_clear_free(pace->map_secret);
	pace->map_secret = NULL;
	vsc_elem_free(&pace->generator);
	vsc_blob_free(&pace->k_pi);
	vsc_blob_free(&pace->s);
	vsc_blob_free(&pace->own);
	vsc_blob_free(&pace->peer);
}

static int
dead(struct vsc_pace *pace, int err)
{
	wipe_run(pace);
	vsc_session_keys_free(&pace->keys);
	vsc_blob_free(&pace->id_picc);
	pace->state = DEAD;
	return err;
}

int
vsc_pace_new(struct vsc_pace **pace, const struct vsc_pace_setup *setup, const struct vsc_env *env)
{
	struct vsc_pace *fresh;
	int err;

	if (!vsc_pace_possible(setup->alg, setup->group))
		return VSC_E_UNSUPPORTED;
	if (setup->alg->mapping == VSC_PACE_CAM &&
	    (setup->cam_key == NULL || !vsc_group_same(setup->cam_key->group, setup->group)))
		return VSC_E_PARAM;
	if ((fresh = calloc(1, sizeof(*fresh))) == NULL)
		return VSC_E_NOMEM;
	fresh->alg = setup->alg;
	fresh->group = setup->group;
	fresh->cam_key = setup->cam_key;
	fresh->env = env;
	fresh->ctx = BN_CTX_new();
	err = fresh->ctx == NULL ? VSC_E_NOMEM : 0;
	if (err == 0)
		err = vsc_kdf(
		    setup->alg->suite, setup->password, VSC_SPAN_EMPTY, VSC_KDF_PI, &fresh->k_pi);
	if (err == 0)
		err = vsc_blob_set(&fresh->car, setup->car);
	if (err == 0)
		err = vsc_blob_set(&fresh->previous_car, setup->previous_car);
	if (err < 0) {
		vsc_pace_free(fresh);
		return err;
	}
	*pace = fresh;
	return 0;
}

void
vsc_pace_free(struct vsc_pace *pace)
{
	if (pace == NULL)
		return;
	wipe_run(pace);
	vsc_session_keys_free(&pace->keys);
	vsc_blob_free(&pace->car);
	vsc_blob_free(&pace->previous_car);
	vsc_blob_free(&pace->id_picc);
	BN_CTX_free(pace->ctx);
	free(pace);
}

bool
vsc_pace_expects_token(const struct vsc_pace *pace)
{
	return pace->state == TOKEN;
}

bool
vsc_pace_done(const struct vsc_pace *pace)
{
	return pace->state == DONE;
}

const struct vsc_session_keys *
vsc_pace_keys(const struct vsc_pace *pace)
{
	return &pace->keys;
}

struct vsc_span
vsc_pace_id_picc(const struct vsc_pace *pace)
{
	return vsc_blob_span(&pace->id_picc);
}

/* s into the run, z = E(K_pi, s) to out */
static int
make_nonce(struct vsc_pace *pace, struct vsc_out *z)
{
	struct vsc_cipher *cipher = NULL;
	size_t len = vsc_pace_im_nonce_len(pace->alg->suite);
	int err;

	/* Generic mapping takes any length; one AES block is what the examples and all chips have.
	 */
	if (pace->alg->mapping != VSC_PACE_IM)
		len = 16;
	if (vsc_blob_alloc(&pace->s, len) < 0)
		return VSC_E_NOMEM;
	if (vsc_env_random(pace->env, pace->s.ptr, len) < 0)
		return VSC_E_CRYPTO;
	err = vsc_cipher_new(&cipher, pace->alg->suite, vsc_blob_span(&pace->k_pi), VSC_SPAN_EMPTY);
	if (err == 0)
		err = vsc_cipher_encrypt(cipher, NULL, vsc_blob_span(&pace->s), z);
	vsc_cipher_free(cipher);
	return err;
}

int
vsc_pace_nonce(struct vsc_pace *pace, struct vsc_out *z)
{
	int err;

	if (pace->state != NONCE)
		return dead(pace, VSC_E_STATE);
	if ((err = make_nonce(pace, z)) < 0)
		return dead(pace, err);
	vsc_blob_free(&pace->k_pi);
	pace->state = MAP;
	return 0;
}

/* A fresh key pair on a base (NULL: the group's generator); the public half as it goes out. */
static int
make_key(
    struct vsc_pace *pace, const struct vsc_elem *base, BIGNUM *secret, struct vsc_blob *public)
{
	struct vsc_elem key = { NULL, NULL };
	uint8_t buf[VSC_ELEM_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	int err = vsc_group_random(pace->group, pace->env, secret);

	if (err == 0)
		err = vsc_elem_mul(pace->group, secret, base, pace->ctx, &key);
	if (err == 0)
		err = vsc_elem_encode(pace->group, &key, pace->ctx, &out);
	if (err == 0)
		err = vsc_blob_set(public, vsc_out_span(&out));
	vsc_elem_free(&key);
	return err;
}

/* The other side's key, checked, and in the one encoding that tokens use. It must not be ours. */
static int
take_key(struct vsc_pace *pace, struct vsc_span bytes, const struct vsc_blob *own,
    struct vsc_elem *key, struct vsc_blob *encoded)
{
	uint8_t buf[VSC_ELEM_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	int err = vsc_elem_decode(pace->group, bytes, pace->ctx, key);

	if (err == 0)
		err = vsc_elem_encode(pace->group, key, pace->ctx, &out);
	if (err == 0 && vsc_span_eq(vsc_out_span(&out), vsc_blob_span(own)))
		err = VSC_E_PARAM;
	if (err == 0)
		err = vsc_blob_set(encoded, vsc_out_span(&out));
	return err;
}

/* G' = s G + H with H from a Diffie-Hellman key agreement */
static int
map_generic(struct vsc_pace *pace, struct vsc_span bytes, struct vsc_out *own)
{
	VSC_AUTO_BN_SECRET *s = BN_new(), *x = BN_new();
	VSC_AUTO_BLOB mine = { NULL, 0 }, theirs = { NULL, 0 };
	struct vsc_elem peer = { NULL, NULL }, h = { NULL, NULL };
	int err;

	if (s == NULL || x == NULL)
		return VSC_E_NOMEM;
	err = make_key(pace, NULL, x, &mine);
	if (err == 0)
		err = take_key(pace, bytes, &mine, &peer, &theirs);
	if (err == 0)
		err = vsc_elem_mul(pace->group, x, &peer, pace->ctx, &h);
	/* fails where s is 0 modulo the order, which nobody will see happen */
	if (err == 0)
		err = vsc_group_scalar(pace->group, vsc_blob_span(&pace->s), s);
	if (err == 0)
		err = vsc_elem_mul_add(pace->group, s, &h, pace->ctx, &pace->generator);
	if (err == 0 && vsc_elem_is_identity(pace->group, &pace->generator))
		err = VSC_E_PARAM;
	vsc_elem_free(&peer);
	vsc_elem_free(&h);
	if (err < 0)
		return err;
	vsc_out_put(own, vsc_blob_span(&mine));
	if (pace->alg->mapping == VSC_PACE_CAM) {
		pace->map_secret = x;
		x = NULL;
	}
	return 0;
}

static int
map_integrated(struct vsc_pace *pace, struct vsc_span t, struct vsc_out *own)
{
	VSC_AUTO_BN_SECRET *r = BN_new();
	int err;

	(void)own;
	if (r == NULL)
		return VSC_E_NOMEM;
	err = vsc_pace_im_random(pace->alg->suite, vsc_group_prime(pace->group),
	    vsc_blob_span(&pace->s), t, pace->ctx, r);
	if (err == 0)
		err = vsc_pace_im_generator(pace->group, r, pace->ctx, &pace->generator);
	return err;
}

int
vsc_pace_map(struct vsc_pace *pace, struct vsc_span peer, struct vsc_out *own)
{
	int err;

	if (pace->state != MAP)
		return dead(pace, VSC_E_STATE);
	err = pace->alg->mapping == VSC_PACE_IM ? map_integrated(pace, peer, own)
						: map_generic(pace, peer, own);
	if (err < 0)
		return dead(pace, err);
	vsc_blob_free(&pace->s);
	pace->state = AGREE;
	return 0;
}

static int
agree(struct vsc_pace *pace, struct vsc_span bytes)
{
	VSC_AUTO_BN_SECRET *x = BN_new();
	VSC_AUTO_BLOB secret = { NULL, 0 };
	struct vsc_elem peer = { NULL, NULL }, shared = { NULL, NULL };
	int err;

	if (x == NULL)
		return VSC_E_NOMEM;
	err = make_key(pace, &pace->generator, x, &pace->own);
	if (err == 0)
		err = take_key(pace, bytes, &pace->own, &peer, &pace->peer);
	if (err == 0)
		err = vsc_elem_mul(pace->group, x, &peer, pace->ctx, &shared);
	if (err == 0 && vsc_elem_is_identity(pace->group, &shared))
		err = VSC_E_PARAM;
	if (err == 0)
		err = vsc_elem_secret(pace->group, &shared, pace->ctx, &secret);
	if (err == 0)
		err = vsc_session_keys_derive(
		    &pace->keys, pace->alg->suite, vsc_blob_span(&secret), VSC_SPAN_EMPTY);
	if (err == 0)
		err = vsc_elem_compress(pace->group, vsc_blob_span(&pace->own), &pace->id_picc);
	vsc_elem_free(&peer);
	vsc_elem_free(&shared);
	return err;
}

int
vsc_pace_agree(struct vsc_pace *pace, struct vsc_span peer, struct vsc_out *own)
{
	int err;

	if (pace->state != AGREE)
		return dead(pace, VSC_E_STATE);
	if ((err = agree(pace, peer)) < 0)
		return dead(pace, err);
	vsc_elem_free(&pace->generator);
	vsc_out_put(own, vsc_blob_span(&pace->own));
	pace->state = TOKEN;
	return 0;
}

int
vsc_eac_token(const struct vsc_session_keys *keys, struct vsc_span oid, enum vsc_group_kind kind,
    struct vsc_span key, uint8_t token[VSC_SUITE_MAC_LEN])
{
	uint8_t buf[VSC_ELEM_MAX + 32];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_tlv_mark mark = vsc_tlv_begin(&out, 0x7F49);
	struct vsc_cipher *cipher = NULL;
	int err;

	vsc_tlv_put(&out, 0x06, oid);
	vsc_tlv_put(&out, kind == VSC_GROUP_ECDH ? 0x86 : 0x84, key);
	vsc_tlv_end(&out, mark);
	if (out.full)
		return VSC_E_SPACE;
	err = vsc_cipher_new(&cipher, keys->suite, VSC_SPAN_EMPTY, vsc_blob_span(&keys->mac));
	if (err == 0)
		err = vsc_cipher_mac(cipher, vsc_out_span(&out), token);
	vsc_cipher_free(cipher);
	return err;
}

/* CA_IC = SK_IC^-1 SK_map mod n, padded and encrypted with IV = E(KS_enc, -1) (Doc
 * 9303-11 4.4.3.3.3) */
static int
put_cam_data(struct vsc_pace *pace, struct vsc_out *cam)
{
	VSC_AUTO_BN_SECRET *data = BN_new();
	const BIGNUM *order = vsc_group_order(pace->group);
	size_t len = vsc_group_order_len(pace->group);
	uint8_t plain[VSC_ELEM_MAX], ones[VSC_SUITE_BLOCK_MAX], iv[VSC_SUITE_BLOCK_MAX];
	struct vsc_out out = vsc_out_from(plain, sizeof(plain));
	struct vsc_cipher *cipher = NULL;
	uint8_t *at = vsc_out_reserve(&out, len);
	int err;

	if (data == NULL || at == NULL)
		return VSC_E_NOMEM;
	BN_set_flags(data, BN_FLG_CONSTTIME);
	if (BN_mod_inverse(data, pace->cam_key->secret, order, pace->ctx) == NULL ||
	    BN_mod_mul(data, data, pace->map_secret, order, pace->ctx) != 1 ||
	    BN_bn2binpad(data, at, (int)len) < 0)
		return VSC_E_CRYPTO;
	vsc_pad(&out, len, pace->alg->suite->block_len);
	vsc_fill(ones, 0xFF, sizeof(ones));
	err = vsc_cipher_new(
	    &cipher, pace->alg->suite, vsc_blob_span(&pace->keys.enc), VSC_SPAN_EMPTY);
	if (err == 0)
		err = vsc_cipher_iv(cipher, vsc_span_from(ones, pace->alg->suite->block_len), iv);
	if (err == 0)
		err = vsc_cipher_encrypt(cipher, iv, vsc_out_span(&out), cam);
	vsc_cipher_free(cipher);
	vsc_wipe(plain, sizeof(plain));
	return err;
}

int
vsc_pace_token(
    struct vsc_pace *pace, struct vsc_span peer, struct vsc_out *token, struct vsc_out *cam)
{
	uint8_t theirs[VSC_SUITE_MAC_LEN], mine[VSC_SUITE_MAC_LEN];
	const struct vsc_pace_alg *alg = pace->alg;
	int err;

	if (pace->state != TOKEN || (alg->mapping == VSC_PACE_CAM && cam == NULL))
		return dead(pace, VSC_E_STATE);
	if (peer.len != VSC_SUITE_MAC_LEN)
		return dead(pace, VSC_E_FORMAT);
	err = vsc_eac_token(&pace->keys, alg->oid, alg->kind, vsc_blob_span(&pace->own), theirs);
	if (err == 0)
		err = vsc_eac_token(
		    &pace->keys, alg->oid, alg->kind, vsc_blob_span(&pace->peer), mine);
	if (err == 0 && !vsc_span_eq_ct(peer, VSC_SPAN_OF(theirs)))
		err = VSC_E_VERIFY;
	if (err == 0 && alg->mapping == VSC_PACE_CAM)
		err = put_cam_data(pace, cam);
	vsc_wipe(theirs, sizeof(theirs));
	if (err < 0)
		return dead(pace, err);
	vsc_out_put(token, VSC_SPAN_OF(mine));
	wipe_run(pace);
	pace->state = DONE;
	return 0;
}

static int
step_nonce(struct vsc_pace *pace, struct vsc_span value, struct vsc_out *out)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x80);
	int err = vsc_pace_nonce(pace, out);

	(void)value;
	vsc_tlv_end(out, mark);
	return err;
}

static int
step_map(struct vsc_pace *pace, struct vsc_span value, struct vsc_out *out)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x82);
	int err = vsc_pace_map(pace, value, out);

	vsc_tlv_end(out, mark);
	return err;
}

static int
step_agree(struct vsc_pace *pace, struct vsc_span value, struct vsc_out *out)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x84);
	int err = vsc_pace_agree(pace, value, out);

	vsc_tlv_end(out, mark);
	return err;
}

static int
step_token(struct vsc_pace *pace, struct vsc_span value, struct vsc_out *out)
{
	uint8_t buf[128];
	struct vsc_out cam = vsc_out_from(buf, sizeof(buf));
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x86);
	int err = vsc_pace_token(pace, value, out, &cam);

	vsc_tlv_end(out, mark);
	if (pace->car.len > 0)
		vsc_tlv_put(out, 0x87, vsc_blob_span(&pace->car));
	if (pace->previous_car.len > 0)
		vsc_tlv_put(out, 0x88, vsc_blob_span(&pace->previous_car));
	if (cam.len > 0)
		vsc_tlv_put(out, 0x8A, vsc_out_span(&cam));
	return err;
}

/* By state: the object that the command carries (0: none), and what answers it. */
static const struct {
	uint32_t tag;
	int (*run)(struct vsc_pace *pace, struct vsc_span value, struct vsc_out *out);
} steps[] = {
	[NONCE] = { 0, step_nonce },
	[MAP] = { 0x81, step_map },
	[AGREE] = { 0x83, step_agree },
	[TOKEN] = { 0x85, step_token },
};

/* The only object inside the 7C; tag 0 if it is empty. */
static int
dynamic_data(struct vsc_span data, struct vsc_tlv *tlv)
{
	struct vsc_span dynamic;
	struct vsc_in in;

	*tlv = (struct vsc_tlv){ .tag = 0 };
	if (vsc_tlv_only(data, 0x7C, &dynamic) < 0)
		return VSC_E_FORMAT;
	in = vsc_in_from(dynamic);
	if (vsc_tlv_next(&in, tlv) < 0 || vsc_in_left(&in) != 0)
		return VSC_E_FORMAT;
	return 0;
}

int
vsc_pace_step(struct vsc_pace *pace, struct vsc_span data, struct vsc_out *out)
{
	size_t start = out->len;
	struct vsc_tlv_mark mark;
	struct vsc_tlv tlv;
	int err;

	if (dynamic_data(data, &tlv) < 0)
		return dead(pace, VSC_E_FORMAT);
	if (pace->state >= DONE || tlv.tag != steps[pace->state].tag)
		return dead(pace, VSC_E_STATE);
	mark = vsc_tlv_begin(out, 0x7C);
	err = steps[pace->state].run(pace, tlv.value, out);
	vsc_tlv_end(out, mark);
	if (err == 0 && out->full)
		err = dead(pace, VSC_E_SPACE);
	if (err < 0)
		vsc_out_truncate(out, start);
	return err;
}
