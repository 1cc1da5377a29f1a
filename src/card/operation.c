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

/* What the templates of one kind for secure messaging say. */
struct sm_part {
	struct vsc_slot *slot; /* NULL: there is none */
	bool commands, answers;
	struct vsc_span iv;
};

/* The two directions share a session, so they share its keys. */
static vsc_sw
take_direction(
    struct vsc_card *card, enum vsc_crt_kind kind, enum vsc_crt_role role, struct sm_part *part)
{
	const struct vsc_crt *crt = template_of(card, kind, role);
	bool is_command = role == VSC_ROLE_SM_COMMAND;
	struct vsc_slot *slot;
	vsc_sw sw;

	if (!crt->set || (crt->usage & (is_command ? 0x10 : 0x20)) == 0)
		return VSC_SW_OK;
	if ((sw = vsc_operation_slot(card, kind, role, &slot)) != VSC_SW_OK)
		return sw;
	if (part->slot != NULL && part->slot != slot)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_UNUSABLE,
		    "keys %02X and %02X: commands and answers have the same", part->slot->ref,
		    slot->ref);
	part->slot = slot;
	*(is_command ? &part->commands : &part->answers) = true;
	if (part->iv.len == 0)
		part->iv = vsc_blob_span(&crt->iv);
	return VSC_SW_OK;
}

static vsc_sw
sm_part(struct vsc_card *card, enum vsc_crt_kind kind, struct sm_part *part)
{
	vsc_sw sw;

	*part = (struct sm_part){ .slot = NULL };
	if ((sw = take_direction(card, kind, VSC_ROLE_SM_COMMAND, part)) != VSC_SW_OK ||
	    (sw = take_direction(card, kind, VSC_ROLE_SM_ANSWER, part)) != VSC_SW_OK)
		return sw;
	if (part->slot == NULL)
		return VSC_SW_OK;
	if ((sw = vsc_slot_use(card, part->slot, VSC_USE_SM, 0)) != VSC_SW_OK)
		return sw;
	if (vsc_operation_suite(part->slot->key) == NULL)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_UNUSABLE,
		    "key %02X is not one for secure messaging", part->slot->ref);
	return VSC_SW_OK;
}

static unsigned
sm_flags(const struct sm_part *mac, const struct sm_part *cipher)
{
	const struct {
		bool set;
		unsigned flag;
	} rows[] = {
		{ cipher->commands, VSC_SM_ENCRYPT_COMMAND },
		{ cipher->answers, VSC_SM_ENCRYPT_RESPONSE },
		{ !mac->commands, VSC_SM_BARE_COMMAND },
		{ !mac->answers, VSC_SM_BARE_ANSWER },
	};
	unsigned flags = VSC_SM_HEADER_FREE | VSC_SM_CONTROLS;

	for (size_t i = 0; i < VSC_COUNT(rows); i++)
		flags |= rows[i].set ? rows[i].flag : 0;
	return flags;
}

/* Counter: the CCT's initial value (87), else zero. A CT waits for its CCT. */
vsc_sw
vsc_operation_start_sm(struct vsc_card *card)
{
	struct vsc_rights *rights = vsc_card_rights(card);
	struct vsc_span enc = VSC_SPAN_EMPTY;
	const struct vsc_suite *suite;
	struct sm_part mac, cipher;
	vsc_sw sw;

	if ((sw = sm_part(card, VSC_CRT_CCT, &mac)) != VSC_SW_OK || mac.slot == NULL ||
	    (sw = sm_part(card, VSC_CRT_CT, &cipher)) != VSC_SW_OK)
		return sw;
	suite = vsc_operation_suite(mac.slot->key);
	if (cipher.slot != NULL) {
		if (vsc_operation_suite(cipher.slot->key) != suite)
			return vsc_card_refuse(card, VSC_SW_REFERENCE_UNUSABLE,
			    "keys %02X and %02X are not for one cipher", mac.slot->ref,
			    cipher.slot->ref);
		enc = vsc_key_secret(cipher.slot->key);
	}
	if (vsc_sm_start(vsc_card_sm(card), suite, enc, vsc_key_secret(mac.slot->key), mac.iv,
		sm_flags(&mac, &cipher)) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "initial value (87) is wrong");
	rights->sm_mac = mac.slot->id;
	rights->sm_enc = cipher.slot == NULL ? 0 : cipher.slot->id;
	return VSC_SW_OK;
}
