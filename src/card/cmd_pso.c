/*
 * PERFORM SECURITY OPERATION (ISO/IEC 7816-8:2019 5.2 to 5.11): P1 is the tag of what comes out, P2
 * of what goes in. Keys and algorithms are the current environment's.
 */
#include "base/auto.h"
#include "card/cmd.h"
#include "card/engine.h"
#include "card/operation.h"
#include "card/pso.h"
#include "iso/tlv.h"

vsc_sw
vsc_pso_need(struct vsc_card *card, struct vsc_span data, uint32_t tag, struct vsc_span *value)
{
	if (vsc_tlv_find(data, tag, value) == 0)
		return VSC_SW_OK;
	return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "object %02X expected", tag);
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
	if ((sw = vsc_pso_need(card, cmd->data, 0x80, &data)) != VSC_SW_OK ||
	    (sw = vsc_pso_need(card, cmd->data, 0x8E, &given)) != VSC_SW_OK ||
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

static bool
names_key(const struct vsc_crt *crt)
{
	return crt->has_key || crt->name.len > 0;
}

/* The other side's point: A6{7F49{86}}, or bare. */
static struct vsc_span
agreement_point(struct vsc_span data)
{
	static const uint32_t path[] = { 0xA6, 0x7F49, 0x86, 0 };
	struct vsc_span point;

	return vsc_tlv_find_path(data, path, &point) == 0 ? point : data;
}

/*
 * The key of template CT; where that names none, of KAT, which is for key agreement. So is a key of
 * CT that agrees and does not decipher.
 */
static vsc_sw
prepare_decipher(struct vsc_card *card, struct vsc_operation *op)
{
	const struct vsc_crt *ct = &vsc_card_se(card)->crt[VSC_CRT_CT][VSC_ROLE_COMPUTE];
	const struct vsc_crt *kat = &vsc_card_se(card)->crt[VSC_CRT_KAT][VSC_ROLE_COMPUTE];
	bool by_kat = !names_key(ct) && names_key(kat);
	enum vsc_crt_kind kind = by_kat ? VSC_CRT_KAT : VSC_CRT_CT;
	struct vsc_slot *slot;
	bool agrees;
	vsc_sw sw;

	if ((sw = vsc_operation_slot(card, kind, VSC_ROLE_COMPUTE, &slot)) != VSC_SW_OK)
		return sw;
	agrees = by_kat || (slot->usage & (VSC_USE_AGREE | VSC_USE_DECIPHER)) == VSC_USE_AGREE;
	sw = vsc_operation_prepare(
	    card, kind, VSC_ROLE_COMPUTE, agrees ? VSC_USE_AGREE : VSC_USE_DECIPHER, op);
	if (sw == VSC_SW_OK && agrees && op->scheme != VSC_SCHEME_ECDH)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_UNUSABLE,
		    "key %02X is for key agreement only", op->slot->ref);
	return sw;
}

static vsc_sw
decipher(struct vsc_card *card, struct vsc_span cryptogram, struct vsc_out *out)
{
	struct vsc_operation op;
	vsc_sw sw;

	if ((sw = prepare_decipher(card, &op)) != VSC_SW_OK)
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

static const struct operation {
	uint8_t p1, p2;
	vsc_pso_fn *run;
} operations[] = {
	{ 0x00, 0x92, vsc_pso_verify_certificate },
	{ 0x00, 0xA2, verify_checksum },
	{ 0x00, 0xA8, vsc_pso_verify_signature },
	{ 0x00, 0xAE, vsc_pso_verify_values },
	{ 0x00, 0xBE, vsc_pso_verify_template },
	{ 0x80, 0x82, decipher_bare },
	{ 0x80, 0x84, decipher_bare },
	{ 0x80, 0x86, decipher_indicated },
	{ 0x82, 0x80, encipher_bare },
	{ 0x84, 0x80, encipher_bare },
	{ 0x86, 0x80, encipher_indicated },
	{ 0x8E, 0x80, compute_checksum },
	{ 0x90, 0x80, vsc_pso_hash_plain },
	{ 0x90, 0xA0, vsc_pso_hash_template },
	{ 0x9E, 0x9A, vsc_pso_sign_value },
	{ 0x9E, 0xAC, vsc_pso_sign_values },
	{ 0x9E, 0xBC, vsc_pso_sign_objects },
};

/*
 * The odd instruction carries data objects (ISO/IEC 7816-4:2020 5.5): the input in the one that P2
 * names, the result in that of P1. Either may be absent as it may be in the even one.
 */
static vsc_sw
run_odd(struct vsc_card *card, const struct operation *operation, const struct vsc_apdu *cmd,
    struct vsc_out *out)
{
	struct vsc_apdu bare = *cmd;
	struct vsc_tlv_mark mark;
	size_t start = out->len;
	vsc_sw sw;

	if (cmd->data.len > 0 && vsc_tlv_only(cmd->data, cmd->p2, &bare.data) < 0)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "one object %02X expected, as P2 says", cmd->p2);
	if (cmd->p1 == 0x00)
		return operation->run(card, &bare, out);
	mark = vsc_tlv_begin(out, cmd->p1);
	sw = operation->run(card, &bare, out);
	if (out->len == mark.value || sw != VSC_SW_OK)
		vsc_out_truncate(out, start);
	else
		vsc_tlv_end(out, mark);
	return sw;
}

vsc_sw
vsc_cmd_pso(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	for (size_t i = 0; i < VSC_COUNT(operations); i++)
		if (operations[i].p1 == cmd->p1 && operations[i].p2 == cmd->p2)
			return (cmd->ins & 1) != 0 ? run_odd(card, &operations[i], cmd, out)
						   : operations[i].run(card, cmd, out);
	return vsc_card_refuse(
	    card, VSC_SW_WRONG_P1P2, "no operation %02X from %02X", cmd->p1, cmd->p2);
}
