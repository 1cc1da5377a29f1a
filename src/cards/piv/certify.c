/* Certificates, and requests for them, of keys that have none: --subject, --email, --upn,
 * --csr-out. */
#include "cards/piv/make.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "crypto/cert.h"

#define CERT_DAYS   3650
#define SUBJECT_MAX 512

static const struct {
	uint8_t ref;
	unsigned use;
} uses[] = {
	{ PIV_AUTHENTICATION, VSC_CERT_SIGN | VSC_CERT_CLIENT_AUTH },
	{ PIV_SIGNATURE, VSC_CERT_SIGN | VSC_CERT_NON_REPUDIATION | VSC_CERT_EMAIL },
	{ PIV_MANAGEMENT, VSC_CERT_ENCIPHER | VSC_CERT_EMAIL },
	{ PIV_CARD_AUTH, VSC_CERT_SIGN | VSC_CERT_CLIENT_AUTH },
};

static unsigned
use_of(uint8_t ref)
{
	for (size_t i = 0; i < VSC_COUNT(uses); i++)
		if (uses[i].ref == ref)
			return uses[i].use;
	return VSC_CERT_ENCIPHER | VSC_CERT_EMAIL; /* a retired key of the kind of 9D */
}

static struct vsc_cert_template
template_for(const struct vsc_params *params, uint8_t ref, char *subject, size_t cap)
{
	const char *given = vsc_params_get(params, "subject");
	const char *upn = vsc_params_get(params, "upn");
	struct vsc_cert_template t = {
		.subject = subject,
		.email = vsc_params_get(params, "email"),
		.use = use_of(ref),
		.days = CERT_DAYS,
	};

	if (ref == PIV_AUTHENTICATION && upn != NULL) {
		t.upn = upn;
		t.use |= VSC_CERT_SMARTCARD_LOGON;
	}
	if (given != NULL)
		snprintf(subject, cap, "%s", given);
	else
		snprintf(subject, cap, "/CN=%s", upn != NULL ? upn : "Virtual Smart Card");
	return t;
}

static int
make_request(struct vsc_card *card, const struct vsc_params *params,
    const struct vsc_cert_template *t, const struct vsc_slot *slot)
{
	const char *path = vsc_params_get(params, "csr-out");
	VSC_AUTO_BLOB pem = { NULL, 0 };
	struct vsc_why why = { "" };
	int rc = vsc_cert_request(&pem, t, slot->key, &why);

	if (rc < 0) {
		vsc_card_log(card, VSC_LOG_ERROR, "--csr-out %s: %s", path, why.text);
		return rc;
	}
	return piv_write_file(card, "csr-out", path, vsc_blob_span(&pem));
}

static int
make_cert(struct vsc_card *card, const struct vsc_cert_template *t, const struct vsc_slot *slot)
{
	VSC_AUTO_BLOB der = { NULL, 0 };
	struct vsc_why why = { "" };
	int rc = vsc_cert_make(&der, t, slot->key, NULL, VSC_SPAN_EMPTY, vsc_card_env(card), &why);

	if (rc < 0) {
		vsc_card_log(card, VSC_LOG_ERROR, "certificate for %02x (--subject, --email): %s",
		    slot->ref, why.text);
		return rc;
	}
	return piv_cert_put(card, slot->ref, vsc_blob_span(&der));
}

static bool
lacks_cert(const struct vsc_card *card, const struct vsc_slot *slot)
{
	struct vsc_span old;

	return piv_is_key_ref(slot->ref) && slot->key != NULL &&
	       vsc_key_kind(slot->key) != VSC_KEY_X25519 && /* it cannot sign its own */
	       piv_cert_get(card, slot->ref, &old) < 0;
}

static bool
is_upn(const char *upn)
{
	const char *at = strchr(upn, '@');

	return at != NULL && at != upn && at[1] != '\0';
}

/* What is wrong with the options however many keys there are. */
static int
check_names(struct vsc_card *card, const struct vsc_params *params)
{
	static const char *const filled[] = { "subject", "email", "upn" };
	const char *upn = vsc_params_get(params, "upn");
	const char *subject = vsc_params_get(params, "subject");

	for (size_t i = 0; i < VSC_COUNT(filled); i++) {
		const char *value = vsc_params_get(params, filled[i]);

		if (value != NULL && *value == '\0')
			return piv_option_error(card, filled[i], NULL, "it is empty");
	}
	if (upn != NULL && !is_upn(upn))
		return piv_option_error(card, "upn", upn, "user@domain expected");
	if (subject != NULL && strlen(subject) >= SUBJECT_MAX)
		return piv_option_error(card, "subject", NULL, "longer than 511 bytes");
	return 0;
}

/* There is one file, so there has to be one key. */
static int
check_request(struct vsc_card *card)
{
	unsigned keys = 0;

	for (struct vsc_slot *slot = vsc_slot_first(card); slot != NULL; slot = vsc_slot_next(slot))
		keys += lacks_cert(card, slot);
	if (keys == 1)
		return 0;
	return piv_option_error(card, "csr-out", NULL,
	    keys == 0 ? "no key needs a certificate; make one with --generate"
		      : "several keys have no certificate; make them one after the other");
}

/* What was asked for and is in no certificate, because each key came with one. */
static void
warn_unused(struct vsc_card *card, const struct vsc_params *params, bool made, bool logon)
{
	static const char *const options[] = { "subject", "email", "upn" };

	for (size_t i = 0; i < VSC_COUNT(options); i++) {
		bool is_upn = strcmp(options[i], "upn") == 0;

		if (vsc_params_has(params, options[i]) && !(is_upn ? logon : made))
			vsc_card_log(card, VSC_LOG_WARN, "--%s is not used: %s lacks a certificate",
			    options[i], is_upn ? "no key 9a" : "no key");
	}
}

int
piv_certify(struct vsc_card *card, const struct vsc_params *params)
{
	bool request = vsc_params_has(params, "csr-out");
	bool made = false, logon = false;
	char subject[SUBJECT_MAX];
	int rc = check_names(card, params);

	if (rc == 0 && request)
		rc = check_request(card);
	for (struct vsc_slot *slot = vsc_slot_first(card); rc == 0 && slot != NULL;
	     slot = vsc_slot_next(slot)) {
		const struct vsc_cert_template t =
		    template_for(params, slot->ref, subject, sizeof(subject));

		if (!lacks_cert(card, slot))
			continue;
		made = true;
		logon |= slot->ref == PIV_AUTHENTICATION;
		rc = request ? make_request(card, params, &t, slot) : make_cert(card, &t, slot);
	}
	if (rc == 0)
		warn_unused(card, params, made, logon);
	return rc;
}
