/* Challenge and response: see auth_proof.h. */
#include "card/auth_proof.h"

#include "base/auto.h"
#include "card/engine.h"

/* What is signed: the challenge, or its digest. */
static int
to_sign(const struct vsc_operation *op, struct vsc_span challenge, struct vsc_out *digest,
    struct vsc_span *input)
{
	int rc;

	*input = challenge;
	if (op->hash == VSC_HASH_NONE)
		return 0;
	if ((rc = vsc_hash_digest(op->hash, challenge, digest)) < 0)
		return rc;
	*input = vsc_out_span(digest);
	return 0;
}

int
vsc_proof_make(const struct vsc_operation *op, struct vsc_span challenge, struct vsc_out *out)
{
	uint8_t buf[VSC_HASH_MAX], mac[8];
	struct vsc_out digest = vsc_out_from(buf, sizeof(buf));
	struct vsc_span input;
	int rc;

	if (op->scheme == VSC_SCHEME_MAC) {
		if ((rc = vsc_key_mac(op->key, challenge, mac)) == 0)
			vsc_out_put(out, VSC_SPAN_OF(mac));
		return rc;
	}
	if (vsc_key_is_symmetric(op->key))
		return vsc_key_encrypt_blocks(op->key, op->scheme, NULL, challenge, out);
	if ((rc = to_sign(op, challenge, &digest, &input)) < 0)
		return rc;
	return vsc_key_sign(op->key, op->scheme, op->hash, input, out);
}

int
vsc_proof_check(const struct vsc_operation *op, struct vsc_span challenge, struct vsc_span proof)
{
	uint8_t buf[VSC_HASH_MAX];
	struct vsc_out digest = vsc_out_from(buf, sizeof(buf)), made;
	VSC_AUTO_BLOB room = { NULL, 0 };
	struct vsc_span input;
	int rc;

	if (!vsc_key_is_symmetric(op->key)) {
		if ((rc = to_sign(op, challenge, &digest, &input)) < 0)
			return rc;
		return vsc_key_verify(op->key, op->scheme, op->hash, input, proof);
	}
	if ((rc = vsc_blob_alloc(&room, challenge.len + 8)) < 0)
		return rc;
	made = vsc_out_from(room.ptr, room.len);
	if ((rc = vsc_proof_make(op, challenge, &made)) < 0)
		return rc;
	return vsc_span_eq_ct(vsc_out_span(&made), proof) ? 0 : VSC_E_VERIFY;
}

vsc_sw
vsc_proof_spend(struct vsc_card *card, struct vsc_slot *slot)
{
	vsc_key_forget(card, slot->id);
	if (slot->max_tries == 0)
		return VSC_SW_OK;
	if (slot->tries == 0)
		return vsc_card_refuse(card, VSC_SW_AUTH_BLOCKED, "key %02X is blocked", slot->ref);
	slot->tries--;
	vsc_slot_touch(card, slot);
	return vsc_card_commit(card) < 0 ? VSC_SW_MEMORY_FAILURE : VSC_SW_OK;
}

vsc_sw
vsc_proof_judge(struct vsc_card *card, struct vsc_slot *slot, int rc)
{
	if (rc == VSC_E_VERIFY || rc == VSC_E_FORMAT)
		return vsc_card_refuse(card,
		    slot->max_tries == 0 ? VSC_SW_AUTH_FAILED : VSC_SW_TRIES_LEFT(slot->tries),
		    "key %02X is not proven", slot->ref);
	if (rc < 0)
		return vsc_operation_sw(card, rc);
	if (slot->max_tries != 0) {
		slot->tries = slot->max_tries;
		vsc_slot_touch(card, slot);
	}
	vsc_key_prove(card, slot->id);
	return VSC_SW_OK;
}
