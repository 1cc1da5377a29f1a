/*
 * The key of secure messaging, and who vouches for it: card verifiable certificates (SP 800-73-4
 * part 2, 4.1.5) and the object with the signer's X.509 certificate (part 1, 3.3.7). A signer with
 * an RSA key signs an intermediate certificate, whose key signs the card's.
 */
#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "cards/piv/make.h"
#include "crypto/cert.h"
#include "iso/tlv.h"

#define SIGNER_DAYS 7300
#define PAIRING_LEN 8

#define TAG_GUID    0x34u
#define TAG_PAIRING 0x99u

/* --- The signer --- */

static void
signer_free(struct piv_signer *signer)
{
	vsc_key_free(signer->key);
	vsc_blob_free(&signer->cert);
}

static int
make_signer(struct vsc_card *card, const struct piv_suite *suite, struct piv_signer *signer)
{
	static const struct vsc_cert_template t = {
		.subject = "/CN=Virtual Smart Card PIV Content Signer",
		.use = VSC_CERT_SIGN | VSC_CERT_PIV_CONTENT,
		.days = SIGNER_DAYS,
	};
	const struct vsc_env *env = vsc_card_env(card);
	int rc = vsc_key_generate_ec(&signer->key, vsc_curve_by_name(suite->curve), env);

	if (rc < 0)
		return rc;
	return vsc_cert_make(&signer->cert, &t, signer->key, NULL, VSC_SPAN_EMPTY, env, NULL);
}

/* Part 1 table 43: 70 certificate, 71 not compressed, 7F21 the intermediate one, FE. */
static int
put_signer(struct vsc_card *card, struct vsc_span cert, struct vsc_span intermediate)
{
	VSC_AUTO_BLOB room = { NULL, 0 };
	struct vsc_out out;
	int rc;

	if ((rc = vsc_blob_alloc(&room, cert.len + intermediate.len + 16)) < 0)
		return rc;
	out = vsc_out_from(room.ptr, room.len);
	vsc_tlv_put(&out, 0x70, cert);
	vsc_tlv_put_u8(&out, 0x71, 0x00);
	vsc_out_put(&out, intermediate);
	vsc_tlv_put(&out, 0xFE, VSC_SPAN_EMPTY);
	if (out.full)
		return VSC_E_SPACE;
	return piv_object_put(card, PIV_OBJECT_SM_SIGNER, vsc_out_span(&out));
}

/* Names are the first eight bytes of a key identifier. */
#define NAME_LEN 8

static int
key_name(const struct vsc_key *key, struct vsc_out *name)
{
	uint8_t buf[VSC_KEY_BYTES_MAX], digest[VSC_HASH_MAX];
	struct vsc_out point = vsc_out_from(buf, sizeof(buf));
	struct vsc_out hashed = vsc_out_from(digest, sizeof(digest));
	int rc;

	if ((rc = vsc_key_point(key, &point)) < 0 ||
	    (rc = vsc_hash_digest(VSC_HASH_SHA1, vsc_out_span(&point), &hashed)) < 0)
		return rc;
	vsc_out_put(name, vsc_span_slice(vsc_out_span(&hashed), 0, NAME_LEN));
	return 0;
}

static int
signer_name(const struct piv_signer *signer, struct vsc_out *name)
{
	uint8_t buf[VSC_HASH_MAX];
	struct vsc_out id = vsc_out_from(buf, sizeof(buf));
	int rc = vsc_cert_key_id(vsc_blob_span(&signer->cert), &id);

	vsc_out_put(name, vsc_span_slice(vsc_out_span(&id), 0, NAME_LEN));
	return rc < 0 || name->len == NAME_LEN ? rc : VSC_E_UNSUPPORTED;
}

static struct vsc_span
card_guid(const struct vsc_card *card)
{
	struct vsc_span chuid, guid;

	if (piv_object_get(card, PIV_OBJECT_CHUID, &chuid) < 0 ||
	    vsc_tlv_find(chuid, TAG_GUID, &guid) < 0)
		return VSC_SPAN_EMPTY;
	return guid;
}

/* The card's certificate into *made; by way of an intermediate one, if the signer has to. */
static int
certify(struct vsc_card *card, const struct vsc_key *key, const struct piv_signer *signer,
    struct vsc_key *between, struct vsc_blob *made, struct vsc_blob *intermediate)
{
	uint8_t names[2][NAME_LEN];
	struct vsc_out issuer = vsc_out_from(names[0], NAME_LEN);
	struct vsc_out middle = vsc_out_from(names[1], NAME_LEN);
	struct piv_cvc own = { .subject = card_guid(card), .key = key, .role = PIV_CVC_CARD },
		       other;
	int rc;

	if ((rc = signer_name(signer, &issuer)) < 0)
		return rc;
	own.issuer = vsc_out_span(&issuer);
	if (between == NULL)
		return piv_cvc_make(made, &own, signer->key);
	if ((rc = key_name(between, &middle)) < 0)
		return rc;
	other = (struct piv_cvc){ own.issuer, vsc_out_span(&middle), between, PIV_CVC_ISSUER };
	own.issuer = vsc_out_span(&middle);
	if ((rc = piv_cvc_make(intermediate, &other, signer->key)) < 0)
		return rc;
	return piv_cvc_make(made, &own, between);
}

static int
make_with(struct vsc_card *card, const struct piv_suite *suite, const struct piv_signer *signer)
{
	const struct vsc_curve *curve = vsc_curve_by_name(suite->curve);
	const struct vsc_env *env = vsc_card_env(card);
	VSC_AUTO_BLOB cvc = { NULL, 0 }, intermediate = { NULL, 0 };
	struct vsc_slot spec = { .ref = PIV_SECURE,
		.alg = suite->id,
		.policy = VSC_PIN_NEVER,
		.usage = VSC_USE_AGREE,
		.generated = true };
	struct vsc_key *between = NULL;
	int rc = 0;

	if (vsc_key_kind(signer->key) == VSC_KEY_RSA)
		rc = vsc_key_generate_ec(&between, curve, env);
	if (rc == 0)
		rc = vsc_key_generate_ec(&spec.key, curve, env);
	if (rc == 0)
		rc = certify(card, spec.key, signer, between, &cvc, &intermediate);
	vsc_key_free(between);
	if (rc < 0) {
		vsc_key_free(spec.key);
		return rc;
	}
	if ((rc = piv_slot_put(card, &spec)) < 0 ||
	    (rc = vsc_card_attr_set(card, "cvc", vsc_blob_span(&cvc))) < 0)
		return rc;
	return put_signer(card, vsc_blob_span(&signer->cert), vsc_blob_span(&intermediate));
}

int
piv_secure_make(
    struct vsc_card *card, const struct piv_suite *suite, const struct piv_signer *signer)
{
	struct piv_signer own = { NULL, { NULL, 0 } };
	int rc;

	if (signer != NULL)
		rc = make_with(card, suite, signer);
	else if ((rc = make_signer(card, suite, &own)) == 0)
		rc = make_with(card, suite, &own);
	signer_free(&own);
	return rc;
}

/* --- Options --- */

static int
read_signer(struct vsc_card *card, const struct vsc_params *params, struct piv_signer *signer)
{
	const char *path = vsc_params_get(params, "sm-signer");
	int rc = piv_read_identity(card, params, "sm-signer", path, &signer->key, &signer->cert);

	if (rc < 0)
		return rc;
	if (signer->key == NULL || signer->cert.len == 0)
		return piv_file_error(card, "sm-signer", path,
		    "a key and its certificate in one file expected, PKCS #12 or PEM");
	if (vsc_cert_matches(vsc_blob_span(&signer->cert), signer->key) < 0)
		return piv_file_error(
		    card, "sm-signer", path, "the certificate does not belong to the key");
	if (!piv_cvc_can_sign(signer->key))
		return piv_file_error(card, "sm-signer", path,
		    "certificates for secure messaging are signed with RSA, P-256 or P-384");
	return 0;
}

static int
take_suite(struct vsc_card *card, const struct vsc_params *params)
{
	const char *name = vsc_params_has(params, "sm") ? vsc_params_get(params, "sm") : "cs2";
	const struct piv_suite *suite = piv_suite_by_name(name);
	struct piv_signer signer = { NULL, { NULL, 0 } };
	bool given = vsc_params_has(params, "sm-signer");
	int rc = 0;

	if (suite == NULL && strcasecmp(name, "none") != 0)
		return piv_option_error(card, "sm", name, "cs2, cs7 or none expected");
	if (suite == NULL)
		return given ? piv_option_error(card, "sm-signer", NULL,
				   "without secure messaging (--sm none) there is nothing to sign")
			     : 0;
	if (given)
		rc = read_signer(card, params, &signer);
	if (rc == 0)
		rc = piv_secure_make(card, suite, given ? &signer : NULL);
	signer_free(&signer);
	return rc;
}

static bool
is_pairing_code(const char *code)
{
	if (strlen(code) != PAIRING_LEN)
		return false;
	for (; *code != '\0'; code++)
		if (!isdigit((unsigned char)*code))
			return false;
	return true;
}

static int
take_pairing(struct vsc_card *card, const struct vsc_params *params)
{
	const char *code = vsc_params_get(params, "pairing-code");

	if (code == NULL)
		return 0;
	if (piv_suite_of(card) == NULL)
		return piv_option_error(card, "pairing-code", NULL,
		    "without secure messaging (--sm none) there is no virtual contact interface");
	if (strcasecmp(code, "none") == 0)
		return piv_vci_set(card, PIV_VCI_FREE, NULL);
	if (!is_pairing_code(code))
		return piv_option_error(
		    card, "pairing-code", NULL, "eight digits, or none, expected");
	return piv_vci_set(card, PIV_VCI_PAIRING, code);
}

int
piv_take_secure(struct vsc_card *card, const struct vsc_params *params)
{
	int rc = take_suite(card, params);

	return rc < 0 ? rc : take_pairing(card, params);
}

/* Part 1 table 44: the object with the code is what VERIFY compares with. */
int
piv_vci_set(struct vsc_card *card, enum piv_vci policy, const char *code)
{
	const uint8_t byte = (uint8_t)policy;
	uint8_t buf[2 + PAIRING_LEN + 2];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	int rc;

	if (code != NULL) {
		vsc_tlv_put(&out, TAG_PAIRING, vsc_span_str(code));
		vsc_tlv_put(&out, 0xFE, VSC_SPAN_EMPTY);
	}
	if (out.full)
		return VSC_E_SPACE;
	rc = piv_object_put(card, PIV_OBJECT_PAIRING, vsc_out_span(&out));
	vsc_wipe(buf, sizeof(buf));
	return rc < 0 ? rc : vsc_card_attr_set(card, "vci", vsc_span_from(&byte, 1));
}
