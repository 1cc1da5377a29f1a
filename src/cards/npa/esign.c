/*
 * The eSign application (TR-03117, TR-03110-4 3): a signature key behind PIN.QES (qes.c), for
 * signature terminals; certificates that an authentication terminal may install.
 */
#include "base/auto.h"
#include "card/cmd.h"
#include "card/keystore.h"
#include "card/se.h"
#include "card/sm.h"
#include "cards/npa/npa.h"
#include "crypto/cert.h"
#include "iso/tlv.h"

#define CERT_DAYS 3650
#define CURVE     "brainpoolP256r1"

bool
vsc_npa_may_sign(struct vsc_card *card)
{
	return vsc_npa_may(card, VSC_CVC_ST, VSC_NPA_ST_SIGN) ||
	       vsc_npa_may(card, VSC_CVC_ST, VSC_NPA_ST_SIGN_QUALIFIED);
}

static bool
may_install(struct vsc_card *card)
{
	return vsc_npa_may(card, VSC_CVC_AT, VSC_NPA_AT_INSTALL_CERT) ||
	       vsc_npa_may(card, VSC_CVC_AT, VSC_NPA_AT_INSTALL_QUALIFIED);
}

vsc_sw
vsc_npa_esign_demand(struct vsc_card *card, bool (*may)(struct vsc_card *card))
{
	const struct vsc_file *df = vsc_card_position(card)->df;

	if (df == NULL || !vsc_span_eq(vsc_file_name(df), vsc_npa_aid_esign))
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND, "eSign is not selected");
	if (!may(card))
		return vsc_card_refuse(
		    card, VSC_SW_SECURITY, "the terminal's effective rights do not include this");
	return VSC_SW_OK;
}

/* MSE for a signature: the base's, which looks whether the key is there. */
vsc_sw
vsc_npa_mse_sign(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	vsc_sw sw;

	if (cmd->p1 != 0x41 || cmd->p2 != 0xB6)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "no such template on this card");
	if ((sw = vsc_npa_esign_demand(card, vsc_npa_may_sign)) != VSC_SW_OK)
		return sw;
	return vsc_cmd_mse(card, cmd, out);
}

/* What the key signs with: the data field is a hash value. */
static int
sign(struct vsc_key *key, struct vsc_span hash, struct vsc_out *out)
{
	if (vsc_key_kind(key) == VSC_KEY_RSA)
		return vsc_key_sign(
		    key, VSC_SCHEME_RSA_PKCS1, vsc_hash_by_len(hash.len), hash, out);
	return vsc_key_sign(key, VSC_SCHEME_ECDSA, VSC_HASH_NONE, hash, out);
}

vsc_sw
vsc_npa_sign(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_slot *slot;
	vsc_sw sw;

	if (cmd->p1 != 0x9E || cmd->p2 != 0x9A)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "no such operation on this card");
	if ((sw = vsc_npa_esign_demand(card, vsc_npa_may_sign)) != VSC_SW_OK)
		return sw;
	if (vsc_hash_by_len(cmd->data.len) == VSC_HASH_NONE)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "a hash value expected");
	if ((slot = vsc_slot_find(card, VSC_NPA_QES_KEY)) == NULL ||
	    vsc_pin_find(card, VSC_NPA_QES_PIN) == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no signature key, or no PIN.QES");
	if ((sw = vsc_slot_use(card, slot, VSC_USE_SIGN, 0)) != VSC_SW_OK)
		return sw;
	return sign(slot->key, cmd->data, out) < 0 ? VSC_SW_INTERNAL : VSC_SW_OK;
}

static vsc_sw
put_public(const struct vsc_key *key, struct vsc_out *out)
{
	struct vsc_tlv_mark object = vsc_tlv_begin(out, 0x7F49), point = vsc_tlv_begin(out, 0x86);

	if (vsc_key_point(key, out) < 0)
		return VSC_SW_INTERNAL;
	vsc_tlv_end(out, point);
	vsc_tlv_end(out, object);
	return VSC_SW_OK;
}

/* A new key pair for a certificate that is to be installed: the public key object is the answer.
 * There is one key, whatever a template B6 in the data field says of it. */
vsc_sw
vsc_npa_generate(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_slot *slot;
	struct vsc_key *key;
	vsc_sw sw;

	if ((cmd->p1 != 0x80 && cmd->p1 != 0x82) || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 8000 or 8200");
	if ((sw = vsc_npa_esign_demand(card, may_install)) != VSC_SW_OK)
		return sw;
	if (!vsc_tlv_valid(cmd->data, 2))
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "not a template");
	if ((slot = vsc_slot_find(card, VSC_NPA_QES_KEY)) == NULL)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_NOT_FOUND, "no place for a key");
	if (vsc_key_generate_ec(&key, vsc_curve_by_name(CURVE), vsc_card_env(card)) < 0)
		return VSC_SW_INTERNAL;
	sw = put_public(key, out);
	slot->generated = true;
	vsc_slot_set_key(card, slot, key);
	return sw;
}

/* --- Personalisation --- */

static int
make_key(struct vsc_card *card, const struct vsc_params *params, struct vsc_key **key)
{
	VSC_AUTO_BLOB file = { NULL, 0 }, cert = { NULL, 0 };
	struct vsc_why why = { "no private key in it" };
	int rc = vsc_npa_option_file(card, params, "esign-key", &file);

	if (rc < 0)
		return rc;
	if (file.len == 0)
		return vsc_key_generate_ec(key, vsc_curve_by_name(CURVE), vsc_card_env(card));
	rc = vsc_identity_read(key, &cert, vsc_blob_span(&file), NULL, &why);
	if (rc < 0 || *key == NULL)
		return vsc_npa_fail(card, VSC_E_FORMAT, "--esign-key: %s", why.text);
	return 0;
}

/* A certificate in DER or PEM, as DER. */
static int
read_certificate(struct vsc_card *card, const struct vsc_params *params, const char *option,
    struct vsc_blob *cert)
{
	VSC_AUTO_BLOB file = { NULL, 0 };
	struct vsc_why why = { "no certificate in it" };
	struct vsc_key *key = NULL;
	int rc = vsc_npa_option_file(card, params, option, &file);

	if (rc < 0 || file.len == 0)
		return rc;
	rc = vsc_identity_read(&key, cert, vsc_blob_span(&file), NULL, &why);
	vsc_key_free(key);
	if (rc < 0 || cert->len == 0)
		return vsc_npa_fail(card, VSC_E_FORMAT, "--%s: %s", option, why.text);
	return 0;
}

static int
make_certificate(struct vsc_card *card, const struct vsc_params *params, const struct vsc_key *key,
    struct vsc_blob *cert)
{
	static const struct vsc_cert_template self = { .subject = "/C=DE/CN=Erika Mustermann",
		.use = VSC_CERT_SIGN | VSC_CERT_NON_REPUDIATION,
		.days = CERT_DAYS };
	struct vsc_why why;
	int rc = read_certificate(card, params, "esign-cert", cert);

	if (rc < 0)
		return rc;
	if (cert->len == 0)
		return vsc_cert_make(
		    cert, &self, key, NULL, VSC_SPAN_EMPTY, vsc_card_env(card), &why);
	if (vsc_cert_matches(vsc_blob_span(cert), key) < 0)
		return vsc_npa_fail(card, VSC_E_FORMAT,
		    "--esign-cert and --esign-key: the certificate is for another key");
	return 0;
}

static int
add_file(struct vsc_fs *fs, struct vsc_file *df, uint16_t fid, struct vsc_span content)
{
	if (content.len == 0)
		return 0;
	return vsc_fs_add(fs, df,
	    &(struct vsc_file_spec){ .fid = fid,
		.descriptor = VSC_FILE_TRANSPARENT,
		.sfi = (uint8_t)(fid - VSC_NPA_FID_ESIGN_CA + 1),
		.content = content },
	    NULL);
}

/* Key, PIN and certificates into DF eSign; the key is taken over. */
static int
fill(struct vsc_card *card, const struct vsc_params *params, struct vsc_file *df,
    struct vsc_key *key)
{
	VSC_AUTO_BLOB cert = { NULL, 0 }, ca = { NULL, 0 };
	const struct vsc_slot slot = { .df = df->id,
		.ref = VSC_NPA_QES_KEY,
		.makes = 0xB0,
		.policy = VSC_PIN_ALWAYS,
		.pin = VSC_NPA_QES_PIN,
		.usage = VSC_USE_SIGN | VSC_USE_GENERATE,
		.key = key };
	struct vsc_fs *fs = vsc_card_fs(card);
	int rc;

	if ((rc = make_certificate(card, params, key, &cert)) < 0 ||
	    (rc = read_certificate(card, params, "esign-ca-cert", &ca)) < 0) {
		vsc_key_free(key);
		return rc;
	}
	if ((rc = vsc_slot_add(card, &slot, NULL)) < 0 ||
	    (rc = vsc_npa_make_qes(card, params, df->id)) < 0)
		return rc;
	/* self-issued: its own certificate is the one above it, too */
	rc = add_file(fs, df, VSC_NPA_FID_ESIGN_CA, vsc_blob_span(ca.len > 0 ? &ca : &cert));
	return rc < 0 ? rc : add_file(fs, df, VSC_NPA_FID_ESIGN, vsc_blob_span(&cert));
}

int
vsc_npa_make_esign(struct vsc_card *card, const struct vsc_params *params)
{
	const struct vsc_file_spec spec = { .descriptor = VSC_FILE_DF, .name = vsc_npa_aid_esign };
	struct vsc_fs *fs = vsc_card_fs(card);
	struct vsc_key *key = NULL;
	struct vsc_file *df;
	int rc;

	if (vsc_params_has(params, "esign-cert") && !vsc_params_has(params, "esign-key"))
		return vsc_npa_fail(card, VSC_E_PARAM,
		    "--esign-cert needs --esign-key: a card cannot sign for a key that it has not");
	if ((rc = vsc_fs_add(fs, fs->mf, &spec, &df)) < 0 ||
	    (rc = make_key(card, params, &key)) < 0)
		return rc;
	return fill(card, params, df, key);
}
