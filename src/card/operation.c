/* Which key, which algorithm, and may it: see operation.h. */
#include "card/operation.h"

#include "card/engine.h"

static const struct vsc_crt *
template_of(struct vsc_card *card, enum vsc_crt_kind kind, enum vsc_crt_role role)
{
	return &vsc_card_se(card)->crt[kind][role];
}

static struct vsc_slot *
named_slot(struct vsc_card *card, const struct vsc_crt *crt)
{
	if (crt->has_key)
		return vsc_slot_find(card, crt->key);
	return crt->name.len == 0 ? NULL : vsc_slot_by_name(card, vsc_blob_span(&crt->name));
}

vsc_sw
vsc_operation_slot(
    struct vsc_card *card, enum vsc_crt_kind kind, enum vsc_crt_role role, struct vsc_slot **slot)
{
	if ((*slot = named_slot(card, template_of(card, kind, role))) == NULL)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND,
		    "the environment names no key in template %02X", vsc_crt_tag(kind));
	return VSC_SW_OK;
}

/* What a key does when nobody says how. */
static enum vsc_scheme
usual_scheme(const struct vsc_key *key, enum vsc_usage usage)
{
	static const struct {
		enum vsc_key_kind kind;
		unsigned usage;
		enum vsc_scheme scheme;
	} rows[] = {
		{ VSC_KEY_RSA, VSC_USE_ALL, VSC_SCHEME_RSA_PKCS1 },
		{ VSC_KEY_EC, VSC_USE_AGREE | VSC_USE_DECIPHER, VSC_SCHEME_ECDH },
		{ VSC_KEY_EC, VSC_USE_ALL, VSC_SCHEME_ECDSA },
		{ VSC_KEY_ED25519, VSC_USE_ALL, VSC_SCHEME_EDDSA },
		{ VSC_KEY_X25519, VSC_USE_ALL, VSC_SCHEME_ECDH },
		{ VSC_KEY_3DES, VSC_USE_CHECKSUM, VSC_SCHEME_MAC },
		{ VSC_KEY_AES, VSC_USE_CHECKSUM, VSC_SCHEME_MAC },
		{ VSC_KEY_3DES, VSC_USE_DECIPHER | VSC_USE_ENCIPHER, VSC_SCHEME_CBC },
		{ VSC_KEY_AES, VSC_USE_DECIPHER | VSC_USE_ENCIPHER, VSC_SCHEME_CBC },
	};

	for (size_t i = 0; i < VSC_COUNT(rows); i++)
		if (rows[i].kind == vsc_key_kind(key) && (rows[i].usage & usage) != 0)
			return rows[i].scheme;
	return VSC_SCHEME_ECB;
}

static vsc_sw
ready(struct vsc_card *card, struct vsc_slot *slot, uint8_t id, enum vsc_usage usage,
    struct vsc_operation *op)
{
	const struct vsc_alg *alg;
	vsc_sw sw;

	if ((sw = vsc_slot_use(card, slot, usage, id)) != VSC_SW_OK)
		return sw;
	alg = vsc_alg_by_id(id != 0 ? id : slot->alg);
	if ((id != 0 || slot->alg != 0) && alg == NULL)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND, "no algorithm %02X", id);
	op->slot = slot;
	op->key = slot->key;
	op->scheme = alg != NULL ? alg->scheme : usual_scheme(slot->key, usage);
	op->hash = alg != NULL ? alg->hash : VSC_HASH_NONE;
	return VSC_SW_OK;
}

vsc_sw
vsc_operation_prepare(struct vsc_card *card, enum vsc_crt_kind kind, enum vsc_crt_role role,
    enum vsc_usage usage, struct vsc_operation *op)
{
	const struct vsc_crt *crt = template_of(card, kind, role);
	struct vsc_slot *slot;
	vsc_sw sw;

	if ((sw = vsc_operation_slot(card, kind, role, &slot)) != VSC_SW_OK)
		return sw;
	op->iv = vsc_blob_span(&crt->iv);
	return ready(card, slot, crt->alg, usage, op);
}

vsc_sw
vsc_operation_by_p1p2(struct vsc_card *card, const struct vsc_apdu *cmd, enum vsc_crt_kind kind,
    enum vsc_crt_role role, enum vsc_usage usage, struct vsc_operation *op)
{
	const struct vsc_crt *crt = template_of(card, kind, role);
	uint8_t alg = cmd->p1;
	struct vsc_slot *slot;
	vsc_sw sw;

	if ((cmd->p2 & 0x60) != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P2 %02X is no reference", cmd->p2);
	op->iv = VSC_SPAN_EMPTY;
	if (cmd->p2 == 0) {
		alg = cmd->p1 != 0 ? cmd->p1 : crt->alg;
		if ((sw = vsc_operation_slot(card, kind, role, &slot)) != VSC_SW_OK)
			return sw;
	} else if ((slot = vsc_slot_find(card, cmd->p2)) == NULL) {
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no key at reference %02X", cmd->p2);
	}
	if (cmd->p1 != 0 && vsc_alg_by_id(cmd->p1) == NULL)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1 %02X is no algorithm", cmd->p1);
	return ready(card, slot, alg, usage, op);
}

vsc_sw
vsc_operation_sw(struct vsc_card *card, int err)
{
	static const struct {
		int err;
		vsc_sw sw;
		const char *why;
	} rows[] = {
		{ VSC_E_PARAM, VSC_SW_WRONG_DATA, "key, algorithm and input do not go together" },
		{ VSC_E_FORMAT, VSC_SW_WRONG_DATA, "the input is malformed" },
		{ VSC_E_VERIFY, VSC_SW_AUTH_FAILED, "it is wrong" },
	};

	if (err == 0)
		return VSC_SW_OK;
	for (size_t i = 0; i < VSC_COUNT(rows); i++)
		if (rows[i].err == err)
			return vsc_card_refuse(card, rows[i].sw, "%s", rows[i].why);
	return vsc_card_refuse(card, VSC_SW_INTERNAL, "%s", vsc_err_text(err));
}

const struct vsc_suite *
vsc_operation_suite(const struct vsc_key *key)
{
	static const struct {
		enum vsc_key_kind kind;
		unsigned bits;
		const struct vsc_suite *suite;
	} suites[] = {
		{ VSC_KEY_3DES, 128, &vsc_suite_3des },
		{ VSC_KEY_AES, 128, &vsc_suite_aes128 },
		{ VSC_KEY_AES, 192, &vsc_suite_aes192 },
		{ VSC_KEY_AES, 256, &vsc_suite_aes256 },
	};

	for (size_t i = 0; i < VSC_COUNT(suites); i++)
		if (suites[i].kind == vsc_key_kind(key) && suites[i].bits == vsc_key_bits(key))
			return suites[i].suite;
	return NULL;
}

static vsc_sw
sm_key(struct vsc_card *card, enum vsc_crt_kind kind, struct vsc_slot **slot)
{
	vsc_sw sw;

	if ((sw = vsc_operation_slot(card, kind, VSC_ROLE_SM, slot)) != VSC_SW_OK ||
	    (sw = vsc_slot_use(card, *slot, VSC_USE_SM, 0)) != VSC_SW_OK)
		return sw;
	if (vsc_operation_suite((*slot)->key) == NULL)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_UNUSABLE,
		    "key %02X is not one for secure messaging", (*slot)->ref);
	return VSC_SW_OK;
}

static unsigned
sm_flags(const struct vsc_crt *confidentiality)
{
	unsigned flags = VSC_SM_HEADER_FREE;

	if ((confidentiality->usage & 0x10) != 0)
		flags |= VSC_SM_ENCRYPT_COMMAND;
	if ((confidentiality->usage & 0x20) != 0)
		flags |= VSC_SM_ENCRYPT_RESPONSE;
	return flags;
}

/* Counter: the CCT's initial value (87), else zero. A CT waits for its CCT. */
vsc_sw
vsc_operation_start_sm(struct vsc_card *card)
{
	const struct vsc_crt *cct = template_of(card, VSC_CRT_CCT, VSC_ROLE_SM);
	const struct vsc_crt *ct = template_of(card, VSC_CRT_CT, VSC_ROLE_SM);
	struct vsc_span enc = VSC_SPAN_EMPTY;
	struct vsc_slot *mac, *cipher = NULL;
	vsc_sw sw;

	if (!cct->set)
		return VSC_SW_OK;
	if ((sw = sm_key(card, VSC_CRT_CCT, &mac)) != VSC_SW_OK)
		return sw;
	if (ct->set) {
		if ((sw = sm_key(card, VSC_CRT_CT, &cipher)) != VSC_SW_OK)
			return sw;
		if (vsc_operation_suite(cipher->key) != vsc_operation_suite(mac->key))
			return vsc_card_refuse(card, VSC_SW_REFERENCE_UNUSABLE,
			    "keys %02X and %02X are not for one cipher", mac->ref, cipher->ref);
		enc = vsc_key_secret(cipher->key);
	}
	if (vsc_sm_start(vsc_card_sm(card), vsc_operation_suite(mac->key), enc,
		vsc_key_secret(mac->key), vsc_blob_span(&cct->iv), sm_flags(ct)) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "initial value (87) is wrong");
	vsc_card_rights(card)->sm_mac = mac->id;
	vsc_card_rights(card)->sm_enc = cipher == NULL ? 0 : cipher->id;
	return VSC_SW_OK;
}
