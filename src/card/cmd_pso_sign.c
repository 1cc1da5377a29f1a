/*
 * PERFORM SECURITY OPERATION: COMPUTE and VERIFY DIGITAL SIGNATURE (ISO/IEC 7816-8:2019 5). The
 * input is a hash value (or what else the algorithm takes), what HASH left, or a template AC or BC:
 * a message, the values in it or the objects themselves, which the card hashes.
 */
#include "base/auto.h"
#include "card/engine.h"
#include "card/operation.h"
#include "card/pso.h"
#include "iso/tlv.h"

#define TAG_INPUT     0x9Au
#define TAG_HASH      0x90u
#define TAG_SIGNATURE 0x9Eu
#define TAG_VALUES    0xACu
#define TAG_OBJECTS   0xBCu

/* What is signed. */
struct input {
	struct vsc_span bytes;
	bool message; /* to be hashed, where the algorithm has a hash */
	bool kept;    /* what HASH left */
};

/* The values of AC one after the other, in room of data.len bytes; a hash value alone is one. */
static vsc_sw
join_values(struct vsc_card *card, struct vsc_span data, struct vsc_blob *room, struct input *input)
{
	struct vsc_in in = vsc_in_from(data);
	struct vsc_out out;
	struct vsc_tlv tlv;
	int rc;

	if (vsc_blob_alloc(room, data.len) < 0)
		return VSC_SW_INTERNAL;
	out = vsc_out_from(room->ptr, room->len);
	while ((rc = vsc_tlv_next(&in, &tlv)) == 1)
		vsc_out_put(&out, tlv.value);
	if (rc < 0 || out.len == 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "objects to be signed expected");
	input->bytes = vsc_out_span(&out);
	input->message = vsc_tlv_only(data, TAG_HASH, &input->bytes) < 0;
	return VSC_SW_OK;
}

static vsc_sw
take_objects(struct vsc_card *card, struct vsc_span data, struct input *input)
{
	if (data.len == 0 || !vsc_tlv_valid(data, 0))
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "objects to be signed expected");
	input->bytes = data;
	input->message = true;
	return VSC_SW_OK;
}

static struct input
kept_digest(struct vsc_card *card)
{
	return (struct input){ .bytes = vsc_blob_span(&vsc_card_se(card)->digest), .kept = true };
}

/* The input as the algorithm takes it; digest is room for a hash value. */
static vsc_sw
prepare_input(
    struct vsc_card *card, struct input *input, struct vsc_operation *op, struct vsc_out *digest)
{
	enum vsc_hash hash = vsc_card_se(card)->hash;

	if (input->kept && op->hash != VSC_HASH_NONE && op->hash != hash)
		return vsc_card_refuse(
		    card, VSC_SW_CONDITIONS, "HASH was of another hash function");
	/* the DigestInfo tells what the hash was */
	if (input->kept && op->scheme == VSC_SCHEME_RSA_PKCS1)
		op->hash = hash;
	if (!input->message || op->hash == VSC_HASH_NONE)
		return VSC_SW_OK;
	if (vsc_hash_digest(op->hash, input->bytes, digest) < 0)
		return VSC_SW_INTERNAL;
	input->bytes = vsc_out_span(digest);
	return VSC_SW_OK;
}

static vsc_sw
sign(struct vsc_card *card, struct input input, struct vsc_out *out)
{
	uint8_t buf[VSC_HASH_MAX];
	struct vsc_out digest = vsc_out_from(buf, sizeof(buf));
	struct vsc_operation op;
	vsc_sw sw;

	if (input.bytes.len == 0)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "nothing to sign");
	sw = vsc_operation_prepare(card, VSC_CRT_DST, VSC_ROLE_COMPUTE, VSC_USE_SIGN, &op);
	if (sw != VSC_SW_OK || (sw = prepare_input(card, &input, &op, &digest)) != VSC_SW_OK)
		return sw;
	sw = vsc_operation_sw(card, vsc_key_sign(op.key, op.scheme, op.hash, input.bytes, out));
	/* what HASH left is good for one signature */
	vsc_blob_free(&vsc_card_se(card)->digest);
	return sw;
}

/* 9E 9A: over the data field, or what HASH left */
vsc_sw
vsc_pso_sign_value(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct input input = { .bytes = cmd->data };

	if (cmd->data.len == 0)
		input = kept_digest(card);
	return sign(card, input, out);
}

/* 9E AC */
vsc_sw
vsc_pso_sign_values(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	VSC_AUTO_BLOB room = { NULL, 0 };
	struct input input = { .message = true };
	vsc_sw sw = join_values(card, cmd->data, &room, &input);

	return sw == VSC_SW_OK ? sign(card, input, out) : sw;
}

/* 9E BC */
vsc_sw
vsc_pso_sign_objects(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct input input = { .message = true };
	vsc_sw sw = take_objects(card, cmd->data, &input);

	return sw == VSC_SW_OK ? sign(card, input, out) : sw;
}

/* 9A or 90 a hash value, AC or BC a message; none: what HASH left. */
static vsc_sw
signed_input(
    struct vsc_card *card, struct vsc_span data, struct vsc_blob *room, struct input *input)
{
	struct vsc_span value;

	*input = (struct input){ .message = false };
	if (vsc_tlv_find(data, TAG_VALUES, &value) == 0)
		return join_values(card, value, room, input);
	if (vsc_tlv_find(data, TAG_OBJECTS, &value) == 0)
		return take_objects(card, value, input);
	if (vsc_tlv_find(data, TAG_INPUT, &input->bytes) < 0 &&
	    vsc_tlv_find(data, TAG_HASH, &input->bytes) < 0)
		*input = kept_digest(card);
	if (input->bytes.len == 0)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "no hash value");
	return VSC_SW_OK;
}

/* 00 A8: 9E the signature, and what was signed */
vsc_sw
vsc_pso_verify_signature(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	uint8_t buf[VSC_HASH_MAX];
	struct vsc_out digest = vsc_out_from(buf, sizeof(buf));
	VSC_AUTO_BLOB room = { NULL, 0 };
	struct vsc_span signature;
	struct vsc_operation op;
	struct input input;
	vsc_sw sw;

	(void)out;
	if ((sw = vsc_pso_need(card, cmd->data, TAG_SIGNATURE, &signature)) != VSC_SW_OK ||
	    (sw = signed_input(card, cmd->data, &room, &input)) != VSC_SW_OK)
		return sw;
	sw = vsc_operation_prepare(card, VSC_CRT_DST, VSC_ROLE_VERIFY, VSC_USE_VERIFY, &op);
	if (sw != VSC_SW_OK || (sw = prepare_input(card, &input, &op, &digest)) != VSC_SW_OK)
		return sw;
	return vsc_operation_sw(
	    card, vsc_key_verify(op.key, op.scheme, op.hash, input.bytes, signature));
}
