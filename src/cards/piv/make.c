/* A card from its options: PINs and keys, identities from files, keys made here, certificates for
 * those that have none. What is wrong is said with the option's name, and no card is made. */
#include "cards/piv/make.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/hex.h"
#include "crypto/cert.h"

#define VERSION          "5.4.3" /* 3DES is still the management key's default: FORMATS */
#define ATTESTATION_DAYS 7300

static const uint8_t default_admin[] = { 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4,
	5, 6, 7, 8 };

static struct vsc_span
default_of(uint8_t ref)
{
	if (ref == PIV_PIN)
		return vsc_span_str("123456");
	return ref == PIV_PUK ? vsc_span_str("12345678") : VSC_SPAN_OF(default_admin);
}

bool
piv_is_default(uint8_t ref, struct vsc_span value)
{
	return vsc_span_eq_ct(value, default_of(ref));
}

int
piv_set_defaults(struct vsc_card *card)
{
	struct vsc_pin *global = vsc_pin_find(card, PIV_GLOBAL);
	struct vsc_key *key;
	int rc;

	if (global != NULL)
		vsc_pin_delete(card, global);
	if ((rc = piv_pin_put(card, PIV_PIN, default_of(PIV_PIN), 0)) < 0 ||
	    (rc = piv_pin_put(card, PIV_PUK, default_of(PIV_PUK), 0)) < 0 ||
	    (rc = vsc_key_import_symmetric(&key, VSC_KEY_3DES, default_of(PIV_ADMIN))) < 0 ||
	    (rc = piv_admin_put(card, key, 0)) < 0)
		return rc;
	return piv_identify(card);
}

int
piv_option_error(struct vsc_card *card, const char *option, const char *value, const char *why)
{
	vsc_card_log(card, VSC_LOG_ERROR, "--%s%s%s: %s", option, value == NULL ? "" : " ",
	    value == NULL ? "" : value, why);
	return VSC_E_PARAM;
}

int
piv_file_error(struct vsc_card *card, const char *option, const char *path, const char *why)
{
	(void)piv_option_error(card, option, path, why);
	return VSC_E_FORMAT;
}

/* --- PIN, PUK, management key --- */

static bool
is_weak(const char *value)
{
	for (const char *at = value; at[1] != '\0'; at++)
		if (at[0] != at[1])
			return false;
	return true;
}

/* The value is a secret: it is not repeated. */
static int
take_pin(struct vsc_card *card, const struct vsc_params *params, const char *option, uint8_t ref)
{
	const char *value = vsc_params_get(params, option);
	size_t len;

	if (value == NULL)
		return 0;
	len = strlen(value);
	if (len < 6 || len > PIV_PIN_LEN)
		return piv_option_error(card, option, NULL, "six to eight characters expected");
	for (size_t i = 0; i < len; i++)
		if (!isprint((unsigned char)value[i]))
			return piv_option_error(
			    card, option, NULL, "printable ASCII characters expected");
	if (is_weak(value))
		return piv_option_error(
		    card, option, NULL, "weak: one character again and again; take another");
	return piv_pin_put(card, ref, vsc_span_str(value), 0);
}

static int
take_admin(struct vsc_card *card, const struct vsc_params *params)
{
	static const char form[] = "[3des:|aes128:|aes192:|aes256:] and the key in hex expected";
	const char *value = vsc_params_get(params, "mgm-key"), *colon;
	const struct piv_alg *alg = piv_alg_by_name("3des");
	VSC_AUTO_BLOB bytes = { NULL, 0 };
	struct vsc_key *key;
	char name[16] = "";

	if (value == NULL)
		return 0;
	if ((colon = strchr(value, ':')) != NULL) {
		snprintf(name, sizeof(name), "%.*s", (int)(colon - value), value);
		alg = piv_alg_by_name(name);
		value = colon + 1;
	}
	if (alg == NULL || !piv_alg_is_symmetric(alg) ||
	    vsc_hex_parse(vsc_span_str(value), &bytes) < 0)
		return piv_option_error(card, "mgm-key", NULL, form);
	if (bytes.len != alg->bits / 8 ||
	    vsc_key_import_symmetric(&key, alg->kind, vsc_blob_span(&bytes)) < 0)
		return piv_option_error(
		    card, "mgm-key", NULL, "the key is not as long as its algorithm wants");
	if (piv_admin_is_weak(alg, vsc_blob_span(&bytes))) {
		vsc_key_free(key);
		return piv_option_error(
		    card, "mgm-key", NULL, "weak: a DES key that is none; take another");
	}
	return piv_admin_put(card, key, 0);
}

static void
warn_defaults(struct vsc_card *card)
{
	static const struct {
		uint8_t ref;
		const char *name;
	} pins[] = { { PIV_PIN, "PIN is 123456 (--pin)" }, { PIV_PUK, "PUK is 12345678 (--puk)" } };

	for (size_t i = 0; i < VSC_COUNT(pins); i++) {
		const struct vsc_pin *pin = vsc_pin_find(card, pins[i].ref);

		if (pin != NULL && piv_is_default(pins[i].ref, vsc_blob_span(&pin->value)))
			vsc_card_log(card, VSC_LOG_WARN, "the %s, the default that everybody knows",
			    pins[i].name);
	}
}

/* --- What the card says of itself --- */

static int
take_version(struct vsc_card *card, const struct vsc_params *params)
{
	const char *value = vsc_params_get(params, "yubikey-version");
	unsigned part[3];
	uint8_t bytes[3];
	char rest;

	/* cert-err34-c: three digits a number cannot overflow it */
	/* NOLINTNEXTLINE(cert-err34-c) */
	if (sscanf(value == NULL ? VERSION : value, "%3u.%3u.%3u%c", &part[0], &part[1], &part[2],
		&rest) != 3 ||
	    part[0] > 255 || part[1] > 255 || part[2] > 255)
		return piv_option_error(
		    card, "yubikey-version", value, "three numbers expected: " VERSION);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)part[i];
	return vsc_card_attr_set(card, "version", VSC_SPAN_OF(bytes));
}

/* Eight decimal digits, as tools show it. */
static int
make_serial(struct vsc_card *card)
{
	uint8_t bytes[4];
	struct vsc_in in = vsc_in_from(VSC_SPAN_OF(bytes));
	struct vsc_out out = vsc_out_from(bytes, sizeof(bytes));
	uint32_t number = 0;
	int rc;

	if ((rc = vsc_env_random(vsc_card_env(card), bytes, sizeof(bytes))) < 0 ||
	    (rc = vsc_in_u32(&in, &number)) < 0)
		return rc;
	vsc_out_u32(&out, 10000000u + number % 90000000u);
	return vsc_card_attr_set(card, "serial", VSC_SPAN_OF(bytes));
}

/* A key of the card's own, which says of the others that they were made here. */
static int
make_attestation(struct vsc_card *card)
{
	static const struct vsc_cert_template t = {
		.subject = "/CN=Virtual Smart Card PIV Attestation",
		.use = VSC_CERT_CA,
		.days = ATTESTATION_DAYS,
	};
	const struct vsc_env *env = vsc_card_env(card);
	const struct piv_policies policies = { 0, 0 };
	VSC_AUTO_BLOB der = { NULL, 0 };
	struct vsc_key *key;
	int rc;

	if ((rc = piv_key_make(&key, piv_alg_by_name("p256"), env)) < 0)
		return rc;
	rc = vsc_cert_make(&der, &t, key, NULL, VSC_SPAN_EMPTY, env, NULL);
	if (rc < 0)
		vsc_key_free(key);
	else if ((rc = piv_key_put(card, PIV_ATTESTATION, key, true, &policies)) == 0)
		rc = piv_cert_put(card, PIV_ATTESTATION, vsc_blob_span(&der));
	return rc;
}

static int
export_attestation(struct vsc_card *card, const struct vsc_params *params)
{
	const char *path = vsc_params_get(params, "export-attestation");
	VSC_AUTO_BLOB pem = { NULL, 0 };
	struct vsc_span der;
	int rc;

	if (path == NULL)
		return 0;
	if ((rc = piv_cert_get(card, PIV_ATTESTATION, &der)) < 0 ||
	    (rc = vsc_cert_pem(&pem, der)) < 0)
		return rc;
	return piv_write_file(card, "export-attestation", path, vsc_blob_span(&pem));
}

int
piv_personalise(struct vsc_card *card, const struct vsc_params *params)
{
	int rc;

	if ((rc = piv_set_defaults(card)) < 0 || (rc = take_version(card, params)) < 0 ||
	    (rc = take_pin(card, params, "pin", PIV_PIN)) < 0 ||
	    (rc = take_pin(card, params, "puk", PIV_PUK)) < 0 ||
	    (rc = take_pin(card, params, "global-pin", PIV_GLOBAL)) < 0 ||
	    (rc = take_admin(card, params)) < 0 || (rc = make_serial(card)) < 0 ||
	    (rc = make_attestation(card)) < 0 || (rc = piv_take_secure(card, params)) < 0 ||
	    (rc = piv_import_files(card, params)) < 0 ||
	    (rc = piv_generate_keys(card, params)) < 0 || (rc = piv_certify(card, params)) < 0 ||
	    (rc = export_attestation(card, params)) < 0)
		return rc;
	warn_defaults(card);
	return 0;
}

/* PINs and keys are as they were saved; --import may bring a certificate for one of the keys. */
int
piv_load(struct vsc_card *card, const struct vsc_params *params)
{
	static const char *const for_new[] = { "pin", "puk", "global-pin", "mgm-key", "generate",
		"subject", "upn", "email", "csr-out", "yubikey-version", "sm", "sm-signer",
		"pairing-code" };
	int rc;

	for (size_t i = 0; i < VSC_COUNT(for_new); i++)
		if (vsc_params_has(params, for_new[i]))
			vsc_card_log(card, VSC_LOG_WARN,
			    "--%s is for a new card; this one is as it was saved", for_new[i]);
	if ((rc = piv_import_files(card, params)) < 0 ||
	    (rc = export_attestation(card, params)) < 0 || (rc = vsc_card_commit(card)) < 0)
		return rc;
	warn_defaults(card);
	return 0;
}
