/*
 * PERFORM SECURITY OPERATION (ISO/IEC 7816-8:2019 5.2 to 5.11): P1 is the tag of what comes out, P2
 * of what goes in. Keys and algorithms are the current environment's.
 */
#include <openssl/obj_mac.h>

#include "base/auto.h"
#include "card/cmd.h"
#include "card/engine.h"
#include "card/operation.h"
#include "crypto/cvc.h"
#include "iso/tlv.h"

/* An object whose value must be there. */
static vsc_sw
need(struct vsc_card *card, struct vsc_span data, uint32_t tag, struct vsc_span *value)
{
	if (vsc_tlv_find(data, tag, value) == 0)
		return VSC_SW_OK;
	return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "object %02X expected", tag);
}

/* --- HASH --- */

static vsc_sw
keep_digest(struct vsc_card *card, enum vsc_hash hash, struct vsc_span digest)
{
	struct vsc_se *se = vsc_card_se(card);

	if (digest.len != vsc_hash_len(hash))
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "%zu bytes are no hash value", digest.len);
	se->hash = hash;
	return vsc_blob_set(&se->digest, digest) < 0 ? VSC_SW_INTERNAL : VSC_SW_OK;
}

/* The hash that template HT names, or that the signature to come will need. */
static vsc_sw
current_hash(struct vsc_card *card, enum vsc_hash *hash)
{
	const struct vsc_se *se = vsc_card_se(card);
	const struct vsc_alg *alg = vsc_alg_by_id(se->crt[VSC_CRT_HT][VSC_ROLE_COMPUTE].alg);

	if (alg == NULL)
		alg = vsc_alg_by_id(se->crt[VSC_CRT_DST][VSC_ROLE_COMPUTE].alg);
	if (alg == NULL)
		alg = vsc_alg_by_id(se->crt[VSC_CRT_DST][VSC_ROLE_VERIFY].alg);
	if (alg == NULL || alg->hash == VSC_HASH_NONE)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no hash function is set (template AA)");
	*hash = alg->hash;
	return VSC_SW_OK;
}

static vsc_sw
hash_data(
    struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_span data, struct vsc_out *out)
{
	uint8_t buf[VSC_HASH_MAX];
	struct vsc_out digest = vsc_out_from(buf, sizeof(buf));
	enum vsc_hash hash = VSC_HASH_NONE;
	vsc_sw sw;

	if ((sw = current_hash(card, &hash)) != VSC_SW_OK)
		return sw;
	if (vsc_hash_digest(hash, data, &digest) < 0)
		return VSC_SW_INTERNAL;
	if (cmd->ne > 0)
		vsc_out_put(out, vsc_out_span(&digest));
	return keep_digest(card, hash, vsc_out_span(&digest));
}

/* 90 80: the data */
static vsc_sw
hash_plain(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	return hash_data(card, cmd, cmd->data, out);
}

/* 90 A0: 80 the data, or 90 a hash value made outside */
static vsc_sw
hash_template(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	enum vsc_hash hash = VSC_HASH_NONE;
	struct vsc_span value;
	vsc_sw sw;

	if (vsc_tlv_find(cmd->data, 0x90, &value) == 0) {
		if ((sw = current_hash(card, &hash)) != VSC_SW_OK)
			return sw;
		return keep_digest(card, hash, value);
	}
	if ((sw = need(card, cmd->data, 0x80, &value)) != VSC_SW_OK)
		return sw;
	return hash_data(card, cmd, value, out);
}

/* --- Digital signature --- */

/* 9E 9A: over the data field, or what HASH left. The latter is good for one signature. */
static vsc_sw
compute_signature(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_se *se = vsc_card_se(card);
	struct vsc_span input = cmd->data;
	struct vsc_operation op;
	vsc_sw sw;

	if (input.len == 0 && (input = vsc_blob_span(&se->digest)).len == 0)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "nothing to sign");
	sw = vsc_operation_prepare(card, VSC_CRT_DST, VSC_ROLE_COMPUTE, VSC_USE_SIGN, &op);
	if (sw != VSC_SW_OK)
		return sw;
	sw = vsc_operation_sw(card, vsc_key_sign(op.key, op.scheme, op.hash, input, out));
	vsc_blob_free(&se->digest);
	return sw;
}

/* 00 A8: 9E the signature; 9A or 90 what was signed, unless HASH left it */
static vsc_sw
verify_signature(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_se *se = vsc_card_se(card);
	struct vsc_span signature, input;
	struct vsc_operation op;
	vsc_sw sw;

	(void)out;
	if ((sw = need(card, cmd->data, 0x9E, &signature)) != VSC_SW_OK)
		return sw;
	if (vsc_tlv_find(cmd->data, 0x9A, &input) < 0 && vsc_tlv_find(cmd->data, 0x90, &input) < 0)
		input = vsc_blob_span(&se->digest);
	if (input.len == 0)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "no hash value");
	sw = vsc_operation_prepare(card, VSC_CRT_DST, VSC_ROLE_VERIFY, VSC_USE_VERIFY, &op);
	if (sw != VSC_SW_OK)
		return sw;
	return vsc_operation_sw(card, vsc_key_verify(op.key, op.scheme, op.hash, input, signature));
}

/* --- Cryptographic checksum --- */

static vsc_sw
checksum(struct vsc_card *card, enum vsc_crt_role role, struct vsc_span data, uint8_t mac[8])
{
	struct vsc_operation op;
	vsc_sw sw;

	sw = vsc_operation_prepare(card, VSC_CRT_CCT, role, VSC_USE_CHECKSUM, &op);
	if (sw != VSC_SW_OK)
		return sw;
	if (op.scheme != VSC_SCHEME_MAC)
		return vsc_operation_sw(card, VSC_E_PARAM);
	return vsc_operation_sw(card, vsc_key_mac(op.key, data, mac));
}

/* 8E 80 */
static vsc_sw
compute_checksum(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	uint8_t mac[8];
	vsc_sw sw = checksum(card, VSC_ROLE_COMPUTE, cmd->data, mac);

	if (sw == VSC_SW_OK)
		vsc_out_put(out, VSC_SPAN_OF(mac));
	return sw;
}

/* 00 A2: 80 the data, 8E the checksum */
static vsc_sw
verify_checksum(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_span data, given;
	uint8_t mac[8];
	vsc_sw sw;

	(void)out;
	if ((sw = need(card, cmd->data, 0x80, &data)) != VSC_SW_OK ||
	    (sw = need(card, cmd->data, 0x8E, &given)) != VSC_SW_OK ||
	    (sw = checksum(card, VSC_ROLE_VERIFY, data, mac)) != VSC_SW_OK)
		return sw;
	return vsc_operation_sw(card, vsc_span_eq_ct(VSC_SPAN_OF(mac), given) ? 0 : VSC_E_VERIFY);
}

/* --- Confidentiality --- */

static bool
is_block_cipher(const struct vsc_operation *op)
{
	return op->scheme == VSC_SCHEME_ECB || op->scheme == VSC_SCHEME_CBC;
}

/* One block, or none: then zero. */
static int
initial_value(const struct vsc_operation *op, const uint8_t **iv)
{
	*iv = op->iv.len == 0 ? NULL : op->iv.ptr;
	return op->iv.len == 0 || op->iv.len == vsc_key_len(op->key) ? 0 : VSC_E_PARAM;
}

static int
encipher_blocks(const struct vsc_operation *op, struct vsc_span plain, struct vsc_out *out)
{
	VSC_AUTO_BLOB padded = { NULL, 0 };
	size_t block = vsc_key_len(op->key);
	struct vsc_out copy;
	const uint8_t *iv;
	int rc;

	if ((rc = initial_value(op, &iv)) < 0)
		return rc;
	if (op->scheme == VSC_SCHEME_ECB)
		return vsc_key_encrypt_blocks(op->key, op->scheme, NULL, plain, out);
	if (vsc_blob_alloc(&padded, plain.len / block * block + block) < 0)
		return VSC_E_NOMEM;
	copy = vsc_out_from(padded.ptr, padded.len);
	vsc_out_put(&copy, plain);
	vsc_pad(&copy, plain.len, block);
	return vsc_key_encrypt_blocks(op->key, op->scheme, iv, vsc_out_span(&copy), out);
}

static int
decipher_blocks(const struct vsc_operation *op, struct vsc_span cryptogram, struct vsc_out *out)
{
	size_t start = out->len, len;
	const uint8_t *iv;
	int rc;

	if ((rc = initial_value(op, &iv)) < 0 ||
	    (rc = vsc_key_decrypt_blocks(op->key, op->scheme, iv, cryptogram, out)) < 0 ||
	    op->scheme == VSC_SCHEME_ECB)
		return rc;
	rc = vsc_unpad(
	    vsc_span_slice(vsc_out_span(out), start, out->len), vsc_key_len(op->key), &len);
	vsc_out_truncate(out, rc < 0 ? start : start + len);
	return rc;
}

static vsc_sw
encipher(struct vsc_card *card, struct vsc_span plain, struct vsc_out *out)
{
	struct vsc_operation op;
	vsc_sw sw;

	sw = vsc_operation_prepare(card, VSC_CRT_CT, VSC_ROLE_VERIFY, VSC_USE_ENCIPHER, &op);
	if (sw != VSC_SW_OK)
		return sw;
	if (is_block_cipher(&op))
		return vsc_operation_sw(card, encipher_blocks(&op, plain, out));
	return vsc_operation_sw(card, vsc_key_encipher(op.key, op.scheme, op.hash, plain, out));
}

/* 84 80, 82 80: the cryptogram as it is */
static vsc_sw
encipher_bare(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	return encipher(card, cmd->data, out);
}

/* 86 80: with a padding indicator, 00 no further indication */
static vsc_sw
encipher_indicated(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	vsc_out_u8(out, 0x00);
	return encipher(card, cmd->data, out);
}

/* The other side's point: A6{7F49{86}}, or bare. */
static struct vsc_span
agreement_point(struct vsc_span data)
{
	static const uint32_t path[] = { 0xA6, 0x7F49, 0x86, 0 };
	struct vsc_span point;

	return vsc_tlv_find_path(data, path, &point) == 0 ? point : data;
}

static vsc_sw
decipher(struct vsc_card *card, struct vsc_span cryptogram, struct vsc_out *out)
{
	struct vsc_operation op;
	vsc_sw sw;

	sw = vsc_operation_prepare(card, VSC_CRT_CT, VSC_ROLE_COMPUTE, VSC_USE_DECIPHER, &op);
	if (sw != VSC_SW_OK)
		return sw;
	if (op.scheme == VSC_SCHEME_ECDH)
		return vsc_operation_sw(
		    card, vsc_key_agree(op.key, agreement_point(cryptogram), out));
	if (is_block_cipher(&op))
		sw = vsc_operation_sw(card, decipher_blocks(&op, cryptogram, out));
	else
		sw = vsc_operation_sw(
		    card, vsc_key_decipher(op.key, op.scheme, op.hash, cryptogram, out));
	/* nothing tells a wrong padding from another wrong input */
	return sw == VSC_SW_AUTH_FAILED ? VSC_SW_WRONG_DATA : sw;
}

/* 80 84, 80 82 */
static vsc_sw
decipher_bare(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	return decipher(card, cmd->data, out);
}

/* 80 86: a padding indicator first; a template A6 for key agreement begins without one */
static vsc_sw
decipher_indicated(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	if (cmd->data.len > 0 && cmd->data.ptr[0] == 0xA6)
		return decipher(card, cmd->data, out);
	return decipher(card, vsc_span_slice(cmd->data, 1, cmd->data.len), out);
}

/* --- Certificates --- */

/* The new key, found from now on by the holder's reference (CHR), for this session's DF. */
static vsc_sw
keep_certified(struct vsc_card *card, const struct vsc_cvc *cvc, const struct vsc_cv_key *key)
{
	struct vsc_slot spec = { .df = vsc_card_position(card)->df->id,
		.usage = VSC_USE_VERIFY | VSC_USE_EXTERNAL | VSC_USE_CERTIFICATE |
			 VSC_USE_ENCIPHER | VSC_USE_IMPORT };
	struct vsc_slot *old = vsc_slot_by_name(card, cvc->chr);
	int rc;

	if (old != NULL && (old->usage & VSC_USE_IMPORT) == 0)
		return vsc_card_refuse(
		    card, VSC_SW_CONDITIONS, "a key of this name may not be replaced");
	if (vsc_key_from_pkey(&spec.key, key->pkey, false) < 0)
		return VSC_SW_WRONG_DATA;
	if (old != NULL) {
		vsc_slot_set_key(card, old, spec.key);
		return VSC_SW_OK;
	}
	/* references of certified keys count up from E0: nobody names them by it */
	for (spec.ref = 0xE0; vsc_slot_find(card, spec.ref) != NULL; spec.ref++)
		if (spec.ref == 0xFF) {
			vsc_key_free(spec.key);
			return VSC_SW_NO_SPACE;
		}
	if (vsc_blob_set(&spec.name, cvc->chr) < 0) {
		vsc_key_free(spec.key);
		return VSC_SW_INTERNAL;
	}
	rc = vsc_slot_add(card, &spec, NULL);
	vsc_blob_free(&spec.name);
	return rc < 0 ? VSC_SW_INTERNAL : VSC_SW_OK;
}

/*
 * 00 BE: a card verifiable certificate (7F4E, 5F37), signed with the key that template DST names.
 * The algorithm is the issuer key's family with the hash that DST's algorithm has.
 */
static vsc_sw
verify_certificate(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	uint8_t buf[VSC_HASH_MAX];
	struct vsc_out digest = vsc_out_from(buf, sizeof(buf));
	struct vsc_cv_key key = { .alg = NULL };
	const struct vsc_curve *curve;
	struct vsc_operation op;
	struct vsc_cvc cvc;
	vsc_sw sw;

	(void)out;
	if (vsc_cvc_parse(cmd->data, &cvc) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "not a certificate");
	sw = vsc_operation_prepare(card, VSC_CRT_DST, VSC_ROLE_VERIFY, VSC_USE_CERTIFICATE, &op);
	if (sw != VSC_SW_OK)
		return sw;
	if (op.slot->name.len > 0 && !vsc_span_eq(vsc_blob_span(&op.slot->name), cvc.car))
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "the certificate names another issuer (42)");
	if (op.hash == VSC_HASH_NONE)
		op.hash = VSC_HASH_SHA256;
	if (vsc_hash_digest(op.hash, cvc.body, &digest) < 0)
		return VSC_SW_INTERNAL;
	sw = vsc_operation_sw(
	    card, vsc_key_verify(op.key, op.scheme, op.hash, vsc_out_span(&digest), cvc.signature));
	if (sw != VSC_SW_OK)
		return sw;
	curve = vsc_key_curve(op.key);
	if (vsc_cv_key_load(&key, &cvc.fields, curve == NULL ? NID_undef : curve->nid) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "no key that we know (7F49)");
	sw = keep_certified(card, &cvc, &key);
	vsc_cv_key_free(&key);
	return sw;
}

static const struct operation {
	uint8_t p1, p2;
	vsc_sw (*run)(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out);
} operations[] = {
	{ 0x00, 0xA2, verify_checksum },
	{ 0x00, 0xA8, verify_signature },
	{ 0x00, 0xBE, verify_certificate },
	{ 0x80, 0x82, decipher_bare },
	{ 0x80, 0x84, decipher_bare },
	{ 0x80, 0x86, decipher_indicated },
	{ 0x82, 0x80, encipher_bare },
	{ 0x84, 0x80, encipher_bare },
	{ 0x86, 0x80, encipher_indicated },
	{ 0x8E, 0x80, compute_checksum },
	{ 0x90, 0x80, hash_plain },
	{ 0x90, 0xA0, hash_template },
	{ 0x9E, 0x9A, compute_signature },
};

vsc_sw
vsc_cmd_pso(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	for (size_t i = 0; i < VSC_COUNT(operations); i++)
		if (operations[i].p1 == cmd->p1 && operations[i].p2 == cmd->p2)
			return operations[i].run(card, cmd, out);
	return vsc_card_refuse(
	    card, VSC_SW_WRONG_P1P2, "no operation %02X from %02X", cmd->p1, cmd->p2);
}
