/*
 * PUT DATA of security objects (80 DB 3F FF, ours): PINs and keys, for personalisation and key
 * import. The data field is a sequence of templates; the current DF must allow to create EFs (for a
 * global reference, the MF). Each replaces what is there.
 *
 * A1, a PIN; without 80 it is removed:
 *	83 reference (bit 8: specific to the current DF), 80 value, 81 unblock code, 82 tries,
 *	84 tries of the unblock code, 85 shortest and longest length,
 *	86 format (0 bytes, 1 digits, 2 BCD, 3 ISO 9564-1 format 2),
 *	87 flags (1 enabled, 2 may be disabled, 4 padded, 8 transport), 88 padding byte,
 *	89 verifications, 8A and 8B PIN and key whose proof replaces the unblock code
 *
 * A2, a key; without 88 it is removed:
 *	83 reference, 88 kind (A0..A4 RSA, B0..BD curve: crypto/alg.h; C0 3DES, C1 AES),
 *	80 only algorithm, 81 usage (two bytes, card/keystore.h),
 *	82 PIN policy (0 never, 1 once, 2 always), 84 PIN, 85 tries, 86 uses, 5F20 name,
 *	7F48 private or secret key (RSA: 91 e, 92 p, 93 q, 94 1/q, 95 d mod p-1, 96 d mod q-1, 97 n,
 *	98 d; curves: 98 d, 86 point; symmetric: 80), or 7F49 public key (81 n, 82 e; 86 point).
 *	Without one: a place for GENERATE.
 */
#include "base/auto.h"
#include "card/cmd.h"
#include "card/ef.h"
#include "card/engine.h"
#include "iso/tlv.h"

#define KIND_3DES 0xC0u
#define KIND_AES  0xC1u

/* A number of one to four bytes, if the object is there. */
static int
read_number(struct vsc_span objects, uint32_t tag, uint32_t *number)
{
	struct vsc_span value;
	int rc = vsc_tlv_find(objects, tag, &value);

	if (rc == VSC_E_NOT_FOUND)
		return 0;
	if (rc < 0 || value.len == 0 || value.len > 4)
		return VSC_E_FORMAT;
	*number = (uint32_t)vsc_span_number(value);
	return 1;
}

static int
read_byte(struct vsc_span objects, uint32_t tag, uint8_t *byte)
{
	uint32_t number = 0;
	int rc = read_number(objects, tag, &number);

	if (rc <= 0)
		return rc;
	if (number > 0xFF)
		return VSC_E_FORMAT;
	*byte = (uint8_t)number;
	return 1;
}

/* Several bytes of a struct: tag and where they go. */
struct byte_field {
	uint32_t tag;
	uint8_t *to;
};

static int
read_bytes(struct vsc_span objects, const struct byte_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (read_byte(objects, fields[i].tag, fields[i].to) < 0)
			return VSC_E_FORMAT;
	return 0;
}

static struct vsc_span
find(struct vsc_span objects, uint32_t tag)
{
	struct vsc_span value;

	return vsc_tlv_find(objects, tag, &value) < 0 ? VSC_SPAN_EMPTY : value;
}

/* Whose it is: the current DF's or the card's; and may things be made there? */
static vsc_sw
owner(struct vsc_card *card, struct vsc_span objects, uint8_t *ref, uint32_t *df)
{
	struct vsc_file *place;

	if (read_byte(objects, 0x83, ref) != 1 || (*ref & 0x60) != 0 || *ref == 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "83 must be a reference");
	place = (*ref & 0x80) != 0 ? vsc_card_position(card)->df : card->fs.mf;
	*df = (*ref & 0x80) != 0 ? place->id : 0;
	return vsc_security_manage(card, place);
}

static int
read_pin(struct vsc_span objects, struct vsc_pin *spec)
{
	const struct byte_field fields[] = {
		{ 0x82, &spec->max_tries },
		{ 0x84, &spec->unblock_max },
		{ 0x86, &spec->format },
		{ 0x87, &spec->flags },
		{ 0x88, &spec->pad },
		{ 0x8A, &spec->admin_pin },
		{ 0x8B, &spec->admin_key },
	};
	struct vsc_span lengths = find(objects, 0x85);

	if (read_bytes(objects, fields, VSC_COUNT(fields)) < 0 ||
	    read_number(objects, 0x89, &spec->uses) < 0 || spec->format > VSC_PIN_FORMAT2 ||
	    spec->flags > 0x0F || (lengths.len != 0 && lengths.len != 2))
		return VSC_E_FORMAT;
	if (lengths.len == 2) {
		spec->min_len = lengths.ptr[0];
		spec->max_len = lengths.ptr[1];
	}
	return (spec->flags & VSC_PIN_PADDED) != 0 && spec->max_len == 0 ? VSC_E_FORMAT : 0;
}

static vsc_sw
put_pin(struct vsc_card *card, struct vsc_span objects)
{
	struct vsc_pin spec = { .max_tries = 3, .flags = VSC_PIN_ENABLED }, *old, *pin = NULL;
	struct vsc_span value = find(objects, 0x80);
	vsc_sw sw;
	int rc;

	if ((sw = owner(card, objects, &spec.ref, &spec.df)) != VSC_SW_OK)
		return sw;
	old = vsc_pin_find(card, spec.ref);
	if (old != NULL && old->df == spec.df)
		vsc_pin_delete(card, old);
	if (value.len == 0)
		return old == NULL ? VSC_SW_REFERENCE_NOT_FOUND : VSC_SW_OK;
	if (read_pin(objects, &spec) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "not a PIN's template");
	rc = vsc_blob_set(&spec.unblock, find(objects, 0x81));
	if (rc == 0)
		rc = vsc_pin_add(card, &spec, &pin);
	vsc_blob_free(&spec.unblock);
	if (rc != 0)
		return VSC_SW_INTERNAL;
	/* a new value takes the transport flag away: it is what the flag speaks of here */
	if ((sw = vsc_pin_set(card, pin, value)) != VSC_SW_OK)
		vsc_pin_delete(card, pin);
	else
		pin->flags = spec.flags;
	return sw;
}

/* --- Keys --- */

static int
rsa_key(struct vsc_key **key, struct vsc_span private, struct vsc_span public)
{
	const struct vsc_rsa_parts secret = {
		.e = find(private, 0x91),
		.p = find(private, 0x92),
		.q = find(private, 0x93),
		.qinv = find(private, 0x94),
		.dp = find(private, 0x95),
		.dq = find(private, 0x96),
		.n = find(private, 0x97),
		.d = find(private, 0x98),
	};
	const struct vsc_rsa_parts open = { .n = find(public, 0x81), .e = find(public, 0x82) };

	return vsc_key_import_rsa(key, private.len > 0 ? &secret : &open);
}

static int
make_key(struct vsc_key **key, uint8_t kind, struct vsc_span private, struct vsc_span public)
{
	const struct vsc_alg *alg = vsc_alg_by_id(kind);
	const struct vsc_curve *curve = vsc_curve_by_id(kind);

	if (kind == KIND_3DES || kind == KIND_AES)
		return vsc_key_import_symmetric(
		    key, kind == KIND_3DES ? VSC_KEY_3DES : VSC_KEY_AES, find(private, 0x80));
	if (curve != NULL)
		return vsc_key_import_ec(key, curve, find(private, 0x98),
		    find(private.len > 0 ? private : public, 0x86));
	if (alg == NULL || alg->scheme != VSC_SCHEME_RSA_KEY)
		return VSC_E_PARAM;
	return rsa_key(key, private, public);
}

static bool
can_be_generated(uint8_t kind)
{
	const struct vsc_alg *alg = vsc_alg_by_id(kind);

	return alg != NULL &&
	       (alg->scheme == VSC_SCHEME_RSA_KEY || alg->scheme == VSC_SCHEME_EC_KEY);
}

static int
read_key(struct vsc_span objects, struct vsc_slot *spec)
{
	struct vsc_span private = find(objects, 0x7F48), public = find(objects, 0x7F49);
	uint32_t usage = VSC_USE_ALL, uses = 0;
	const struct byte_field fields[] = {
		{ 0x80, &spec->alg },
		{ 0x82, &spec->policy },
		{ 0x84, &spec->pin },
		{ 0x85, &spec->max_tries },
		{ 0x88, &spec->makes },
	};

	if (read_bytes(objects, fields, VSC_COUNT(fields)) < 0 ||
	    read_number(objects, 0x81, &usage) < 0 || read_number(objects, 0x86, &uses) < 0 ||
	    usage > VSC_USE_ALL || spec->policy > VSC_PIN_ALWAYS)
		return VSC_E_FORMAT;
	spec->usage = (uint16_t)usage;
	spec->uses = uses;
	if (private.len == 0 && public.len == 0)
		return can_be_generated(spec->makes) ? 0 : VSC_E_FORMAT;
	return make_key(&spec->key, spec->makes, private, public);
}

static vsc_sw
put_key(struct vsc_card *card, struct vsc_span objects)
{
	struct vsc_slot spec = { .policy = VSC_PIN_NEVER }, *old;
	vsc_sw sw;
	int rc;

	if ((sw = owner(card, objects, &spec.ref, &spec.df)) != VSC_SW_OK)
		return sw;
	old = vsc_slot_find(card, spec.ref);
	if (old != NULL && old->df != spec.df)
		old = NULL;
	if (old != NULL && old->key != NULL && (old->usage & VSC_USE_IMPORT) == 0)
		return vsc_card_refuse(
		    card, VSC_SW_CONDITIONS, "key %02X may not be replaced", spec.ref);
	if (find(objects, 0x88).len == 0) {
		if (old == NULL)
			return VSC_SW_REFERENCE_NOT_FOUND;
		vsc_slot_delete(card, old);
		return VSC_SW_OK;
	}
	if (read_key(objects, &spec) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "not a key's template");
	if (old != NULL)
		vsc_slot_delete(card, old);
	if (vsc_blob_set(&spec.name, find(objects, 0x5F20)) < 0) {
		vsc_key_free(spec.key);
		return VSC_SW_INTERNAL;
	}
	rc = vsc_slot_add(card, &spec, NULL);
	vsc_blob_free(&spec.name);
	return rc < 0 ? VSC_SW_INTERNAL : VSC_SW_OK;
}

static const struct template
{
	uint32_t tag;
	vsc_sw (*put)(struct vsc_card * card, struct vsc_span objects);
}
templates[] = {
	{ 0xA1, put_pin },
	{ 0xA2, put_key },
};

static vsc_sw
put_template(struct vsc_card *card, const struct vsc_tlv *tlv)
{
	for (size_t i = 0; i < VSC_COUNT(templates); i++)
		if (templates[i].tag == tlv->tag)
			return templates[i].put(card, tlv->value);
	return vsc_card_refuse(
	    card, VSC_SW_WRONG_DATA, "%X is no template of a security object", tlv->tag);
}

vsc_sw
vsc_cmd_put_security(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_in in = vsc_in_from(cmd->data);
	struct vsc_tlv tlv;
	vsc_sw sw;
	int rc;

	(void)out;
	if (cmd->p1 != 0x3F || cmd->p2 != 0xFF)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 3FFF");
	if (!vsc_tlv_valid(cmd->data, 2) || cmd->data.len == 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "not BER-TLV");
	while ((rc = vsc_tlv_next(&in, &tlv)) == 1)
		if ((sw = put_template(card, &tlv)) != VSC_SW_OK)
			return sw;
	return rc < 0 ? VSC_SW_WRONG_DATA : VSC_SW_OK;
}
