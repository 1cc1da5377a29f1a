/*
 * PERFORM SECURITY OPERATION: HASH (ISO/IEC 7816-8:2019 5). The result is kept for a signature, and
 * given out if Le asks for it. What was hashed outside up to a block's end comes as an intermediate
 * hash code (chaining value and number of bits), the rest is hashed here.
 */
#include "card/engine.h"
#include "card/pso.h"
#include "crypto/hash_state.h"
#include "iso/tlv.h"

#define TAG_PLAIN 0x80u
#define TAG_HASH  0x90u

/* The hash that template HT names, or that the signature to come will need. */
static vsc_sw
current_hash(struct vsc_card *card, enum vsc_hash *hash)
{
	static const struct {
		enum vsc_crt_kind kind;
		enum vsc_crt_role role;
	} places[] = {
		{ VSC_CRT_HT, VSC_ROLE_COMPUTE },
		{ VSC_CRT_HT, VSC_ROLE_VERIFY },
		{ VSC_CRT_DST, VSC_ROLE_COMPUTE },
		{ VSC_CRT_DST, VSC_ROLE_VERIFY },
	};
	const struct vsc_alg *alg = NULL;

	for (size_t i = 0; i < VSC_COUNT(places) && alg == NULL; i++)
		alg = vsc_alg_by_id(vsc_card_se(card)->crt[places[i].kind][places[i].role].alg);
	if (alg == NULL || alg->hash == VSC_HASH_NONE)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no hash function is set (template AA)");
	*hash = alg->hash;
	return VSC_SW_OK;
}

static vsc_sw
keep_digest(struct vsc_card *card, enum vsc_hash hash, struct vsc_span digest)
{
	struct vsc_se *se = vsc_card_se(card);

	se->hash = hash;
	vsc_blob_free(&se->hash_state);
	return vsc_blob_set(&se->digest, digest) < 0 ? VSC_SW_INTERNAL : VSC_SW_OK;
}

/* Hashing has to go on: there is no digest until it has. */
static vsc_sw
keep_state(struct vsc_card *card, enum vsc_hash hash, struct vsc_span state)
{
	struct vsc_se *se = vsc_card_se(card);

	se->hash = hash;
	vsc_blob_free(&se->digest);
	return vsc_blob_set(&se->hash_state, state) < 0 ? VSC_SW_INTERNAL : VSC_SW_OK;
}

/* state empty: from the beginning */
static vsc_sw
hash_data(struct vsc_card *card, enum vsc_hash hash, struct vsc_span state, struct vsc_span data,
    struct vsc_out *out, bool wanted)
{
	uint8_t buf[VSC_HASH_MAX];
	struct vsc_out digest = vsc_out_from(buf, sizeof(buf));
	int rc;

	if (state.len == 0)
		rc = vsc_hash_digest(hash, data, &digest);
	else
		rc = vsc_hash_resume(hash, state, data, &digest);
	if (rc == VSC_E_FORMAT)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "not an intermediate hash code after whole blocks");
	if (rc < 0)
		return VSC_SW_INTERNAL;
	if (wanted)
		vsc_out_put(out, vsc_out_span(&digest));
	return keep_digest(card, hash, vsc_out_span(&digest));
}

vsc_sw
vsc_pso_hash_plain(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	enum vsc_hash hash = VSC_HASH_NONE;
	vsc_sw sw;

	if ((sw = current_hash(card, &hash)) != VSC_SW_OK)
		return sw;
	return hash_data(card, hash, VSC_SPAN_EMPTY, cmd->data, out, cmd->ne > 0);
}

struct objects {
	struct vsc_span plain, code;
	bool has_plain, has_code;
};

/* 80 and 90, each once, nothing else. */
static vsc_sw
read_objects(struct vsc_card *card, struct vsc_span data, struct objects *found)
{
	struct vsc_in in = vsc_in_from(data);
	struct vsc_tlv tlv;
	int rc;

	*found = (struct objects){ .has_plain = false };
	while ((rc = vsc_tlv_next(&in, &tlv)) == 1) {
		bool *has = tlv.tag == TAG_PLAIN ? &found->has_plain : &found->has_code;

		if ((tlv.tag != TAG_PLAIN && tlv.tag != TAG_HASH) || *has)
			return vsc_card_refuse(
			    card, VSC_SW_WRONG_DATA, "object %02X does not belong here", tlv.tag);
		*has = true;
		*(tlv.tag == TAG_PLAIN ? &found->plain : &found->code) = tlv.value;
	}
	if (rc < 0 || (!found->has_plain && !found->has_code))
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "objects 90, 80 expected");
	return VSC_SW_OK;
}

/* A hash value from outside, or an intermediate one that a later command continues. */
static vsc_sw
take_code(struct vsc_card *card, enum vsc_hash hash, struct vsc_span code)
{
	if (code.len == vsc_hash_len(hash))
		return keep_digest(card, hash, code);
	if (vsc_hash_is_state(hash, code))
		return keep_state(card, hash, code);
	return vsc_card_refuse(card, VSC_SW_WRONG_DATA,
	    "%zu bytes are neither hash value nor intermediate hash code", code.len);
}

/*
 * 80: the data, or the rest of it if an intermediate hash code came in the command before; 90 and
 * 80: both at once; 90 alone: a hash value, or an intermediate one.
 */
vsc_sw
vsc_pso_hash_template(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_se *se = vsc_card_se(card);
	enum vsc_hash hash = VSC_HASH_NONE;
	struct objects found;
	struct vsc_span state;
	vsc_sw sw;

	if ((sw = read_objects(card, cmd->data, &found)) != VSC_SW_OK ||
	    (sw = current_hash(card, &hash)) != VSC_SW_OK)
		return sw;
	if (!found.has_plain)
		return take_code(card, hash, found.code);
	state = found.has_code ? found.code : vsc_blob_span(&se->hash_state);
	return hash_data(card, hash, state, found.plain, out, cmd->ne > 0);
}
