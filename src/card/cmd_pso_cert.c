/*
 * PERFORM SECURITY OPERATION: VERIFY CERTIFICATE (ISO/IEC 7816-8:2019 5). The key that template DST
 * names has signed it, with its family's scheme and the hash of DST's algorithm. The key inside is
 * kept under the holder's reference (5F20), so that the next certificate, a signature or an
 * authentication can name it.
 */
#include <openssl/obj_mac.h>

#include "base/auto.h"
#include "card/engine.h"
#include "card/operation.h"
#include "card/pso.h"
#include "crypto/cvc.h"
#include "iso/tlv.h"

#define TAG_BODY      0x7F4Eu
#define TAG_SIGNATURE 0x5F37u
#define TAG_ISSUER    0x42u
#define TAG_HOLDER    0x5F20u
#define TAG_KEY       0x7F49u

/* What of a certificate counts here. */
struct certificate {
	struct vsc_span content; /* what is signed */
	struct vsc_span signature, issuer, holder;
	struct vsc_span key; /* value of 7F49 */
};

/* The new key, found from now on by the holder's reference, for this session's DF. Takes key. */
static vsc_sw
keep_certified(struct vsc_card *card, struct vsc_span holder, struct vsc_key *key)
{
	struct vsc_slot spec = { .df = vsc_card_position(card)->df->id,
		.key = key,
		.usage = VSC_USE_VERIFY | VSC_USE_EXTERNAL | VSC_USE_CERTIFICATE |
			 VSC_USE_ENCIPHER | VSC_USE_IMPORT };
	struct vsc_slot *old = vsc_slot_by_name(card, holder);
	int rc;

	if (old != NULL && (old->usage & VSC_USE_IMPORT) == 0) {
		vsc_key_free(key);
		return vsc_card_refuse(
		    card, VSC_SW_CONDITIONS, "a key of this name may not be replaced");
	}
	if (old != NULL) {
		vsc_slot_set_key(card, old, key);
		return VSC_SW_OK;
	}
	/* references of certified keys count up from E0: nobody names them by it */
	for (spec.ref = 0xE0; vsc_slot_find(card, spec.ref) != NULL; spec.ref++)
		if (spec.ref == 0xFF) {
			vsc_key_free(key);
			return VSC_SW_NO_SPACE;
		}
	if (vsc_blob_set(&spec.name, holder) < 0) {
		vsc_key_free(key);
		return VSC_SW_INTERNAL;
	}
	rc = vsc_slot_add(card, &spec, NULL);
	vsc_blob_free(&spec.name);
	return rc < 0 ? VSC_SW_INTERNAL : VSC_SW_OK;
}

/* With an object identifier, as TR-03110-3 has it. */
static int
load_described(
    struct vsc_key **key, const struct vsc_cv_fields *fields, const struct vsc_curve *curve)
{
	struct vsc_cv_key loaded = { .alg = NULL };
	int rc = vsc_cv_key_load(&loaded, fields, curve == NULL ? NID_undef : curve->nid);

	if (rc == 0)
		rc = vsc_key_from_pkey(key, loaded.pkey, false);
	vsc_cv_key_free(&loaded);
	return rc;
}

/* Without one, as GENERATE ASYMMETRIC KEY PAIR gives it: 81 modulus, 82 exponent; 86 a point on the
 * issuer's curve. */
static int
load_bare(struct vsc_key **key, struct vsc_span value, const struct vsc_curve *curve)
{
	struct vsc_rsa_parts parts = { .n = VSC_SPAN_EMPTY };
	struct vsc_span point;

	if (curve != NULL && vsc_tlv_find(value, 0x86, &point) == 0)
		return vsc_key_import_ec(key, curve, VSC_SPAN_EMPTY, point);
	if (vsc_tlv_find(value, 0x81, &parts.n) < 0 || vsc_tlv_find(value, 0x82, &parts.e) < 0)
		return VSC_E_FORMAT;
	return vsc_key_import_rsa(key, &parts);
}

static vsc_sw
import(struct vsc_card *card, const struct certificate *cert, const struct vsc_key *issuer)
{
	const struct vsc_curve *curve = vsc_key_curve(issuer);
	struct vsc_key *key = NULL;
	struct vsc_cv_fields fields;
	struct vsc_span oid;
	int rc;

	if (vsc_tlv_find(cert->key, 0x06, &oid) < 0)
		rc = load_bare(&key, cert->key, curve);
	else if ((rc = vsc_cv_fields_parse(cert->key, &fields)) == 0)
		rc = load_described(&key, &fields, curve);
	if (rc < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "no key that we know (7F49)");
	return keep_certified(card, cert->holder, key);
}

static vsc_sw
verify(struct vsc_card *card, const struct certificate *cert)
{
	uint8_t buf[VSC_HASH_MAX];
	struct vsc_out digest = vsc_out_from(buf, sizeof(buf));
	struct vsc_operation op;
	vsc_sw sw;

	sw = vsc_operation_prepare(card, VSC_CRT_DST, VSC_ROLE_VERIFY, VSC_USE_CERTIFICATE, &op);
	if (sw != VSC_SW_OK)
		return sw;
	if (cert->issuer.len > 0 && op.slot->name.len > 0 &&
	    !vsc_span_eq(vsc_blob_span(&op.slot->name), cert->issuer))
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "the certificate names another issuer (42)");
	if (op.hash == VSC_HASH_NONE)
		op.hash = VSC_HASH_SHA256;
	if (vsc_hash_digest(op.hash, cert->content, &digest) < 0)
		return VSC_SW_INTERNAL;
	sw = vsc_operation_sw(card,
	    vsc_key_verify(op.key, op.scheme, op.hash, vsc_out_span(&digest), cert->signature));
	return sw == VSC_SW_OK ? import(card, cert, op.key) : sw;
}

static vsc_sw
verify_parsed(struct vsc_card *card, const struct vsc_cvc *cvc)
{
	return verify(card, &(struct certificate){ .content = cvc->body,
				.signature = cvc->signature,
				.issuer = cvc->car,
				.holder = cvc->chr,
				.key = cvc->key });
}

/* 00 BE: a self-descriptive certificate, 7F4E and 5F37; the template 7F4E is signed */
vsc_sw
vsc_pso_verify_template(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_cvc cvc;

	(void)out;
	if (vsc_cvc_parse(cmd->data, &cvc) < 0)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "not the content of a certificate (7F4E, 5F37)");
	return verify_parsed(card, &cvc);
}

/* 00 92: the same in one piece, 7F21 */
vsc_sw
vsc_pso_verify_certificate(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_cvc cvc;

	(void)out;
	if (vsc_cvc_parse_file(cmd->data, &cvc) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "not a certificate (7F21)");
	return verify_parsed(card, &cvc);
}

/* The values of all objects but the signature, in room for them. */
static int
join_values(struct vsc_span data, struct vsc_blob *room, struct certificate *cert)
{
	struct vsc_in in = vsc_in_from(data);
	struct vsc_out out;
	struct vsc_tlv tlv;
	int rc;

	if ((rc = vsc_blob_alloc(room, data.len)) < 0)
		return rc;
	out = vsc_out_from(room->ptr, room->len);
	while ((rc = vsc_tlv_next(&in, &tlv)) == 1)
		if (tlv.tag != TAG_SIGNATURE)
			vsc_out_put(&out, tlv.value);
	cert->content = vsc_out_span(&out);
	return rc;
}

/* Its fields stand in the data field, or together in a 7F4E. */
static int
read_fields(struct vsc_span data, struct certificate *cert)
{
	struct vsc_span fields;

	if (vsc_tlv_find(data, TAG_SIGNATURE, &cert->signature) < 0)
		return VSC_E_FORMAT;
	if (vsc_tlv_find(data, TAG_BODY, &fields) < 0)
		fields = data;
	if (vsc_tlv_find(fields, TAG_ISSUER, &cert->issuer) < 0)
		cert->issuer = VSC_SPAN_EMPTY;
	if (vsc_tlv_find(fields, TAG_HOLDER, &cert->holder) < 0 || cert->holder.len == 0 ||
	    cert->holder.len > VSC_CVC_REF_MAX)
		return VSC_E_FORMAT;
	return vsc_tlv_find(fields, TAG_KEY, &cert->key);
}

/* 00 AE: the data elements of a certificate that is not self-descriptive, each in an object here;
 * their values, one after the other, are signed */
vsc_sw
vsc_pso_verify_values(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct certificate cert = { .content = VSC_SPAN_EMPTY };
	VSC_AUTO_BLOB room = { NULL, 0 };
	struct vsc_span body;

	(void)out;
	if (cmd->data.len == 0 || join_values(cmd->data, &room, &cert) < 0 ||
	    read_fields(cmd->data, &cert) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA,
		    "fields of a certificate (5F20, 7F49, 5F37 at least) expected");
	/* what was signed as a template (BE) shall not be cut into other fields here */
	if (vsc_tlv_only(cert.content, TAG_BODY, &body) == 0)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "this is the body of a self-descriptive certificate");
	return verify(card, &cert);
}
