/* Keys that a card begins with: from files, with their certificates, or made here. */
#include "cards/piv/make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/disk.h"
#include "card/operation.h"
#include "crypto/cert.h"

int
piv_write_file(struct vsc_card *card, const char *option, const char *path, struct vsc_span bytes)
{
	struct vsc_why why;
	int rc = vsc_disk_write(path, bytes, &why);

	if (rc < 0)
		vsc_card_log(card, VSC_LOG_ERROR, "--%s %s", option, why.text);
	return rc;
}

/* --- Import --- */

struct identity {
	const char *path;
	int ref; /* -1: not said */
	struct vsc_key *key;
	struct vsc_blob cert;
};

static bool
same_public(const struct vsc_key *a, const struct vsc_key *b)
{
	uint8_t buf[2][VSC_KEY_BYTES_MAX + 64];
	struct vsc_out first = vsc_out_from(buf[0], sizeof(buf[0]));
	struct vsc_out second = vsc_out_from(buf[1], sizeof(buf[1]));

	return vsc_operation_put_public(a, &first) == VSC_SW_OK &&
	       vsc_operation_put_public(b, &second) == VSC_SW_OK &&
	       vsc_span_eq(vsc_out_span(&first), vsc_out_span(&second));
}

/* A key to its place; given away in any case. */
static int
place_key(struct vsc_card *card, struct identity *id)
{
	const struct piv_policies policies = { 0, 0 };
	const struct vsc_slot *slot;
	struct vsc_key *key = id->key;
	char text[64];

	id->key = NULL;
	if (id->ref < 0)
		id->ref = PIV_AUTHENTICATION;
	slot = vsc_slot_find(card, (uint8_t)id->ref);
	if (slot != NULL && same_public(slot->key, key)) {
		vsc_key_free(key);
		return 0;
	}
	/* an attestation key of one's own instead of the card's */
	if (slot != NULL && slot->ref != PIV_ATTESTATION) {
		vsc_key_free(key);
		return piv_file_error(card, "import", id->path,
		    "there is another key in this place; choose one with --slot");
	}
	if (piv_alg_of(key) == NULL) {
		vsc_key_text(key, text, sizeof(text));
		vsc_key_free(key);
		vsc_card_log(card, VSC_LOG_ERROR,
		    "--import %s: a key of the kind %s does not go onto a PIV card", id->path,
		    text);
		return VSC_E_UNSUPPORTED;
	}
	return piv_key_put(card, (uint8_t)id->ref, key, false, &policies);
}

static bool
fits(const struct vsc_slot *slot, const struct identity *id)
{
	return slot->key != NULL && piv_is_key_ref(slot->ref) &&
	       (id->ref < 0 || slot->ref == id->ref) &&
	       vsc_cert_matches(vsc_blob_span(&id->cert), slot->key) == 0;
}

static int
place_cert(struct vsc_card *card, const struct identity *id)
{
	struct vsc_slot *slot = vsc_slot_first(card);
	struct vsc_span old;

	while (slot != NULL && !fits(slot, id))
		slot = vsc_slot_next(slot);
	if (slot == NULL)
		return piv_file_error(card, "import", id->path,
		    "the certificate does not belong to the key; no key on the card matches it");
	if (piv_cert_get(card, slot->ref, &old) == 0 && vsc_span_eq(old, vsc_blob_span(&id->cert)))
		return 0;
	return piv_cert_put(card, slot->ref, vsc_blob_span(&id->cert));
}

int
piv_read_identity(struct vsc_card *card, const struct vsc_params *params, const char *option,
    const char *path, struct vsc_key **key, struct vsc_blob *cert)
{
	VSC_AUTO_BLOB bytes = { NULL, 0 };
	struct vsc_why why = { "" };
	int rc;

	if ((rc = vsc_disk_read(&bytes, path, &why)) < 0) {
		vsc_card_log(card, VSC_LOG_ERROR, "--%s %s", option, why.text);
		return rc;
	}
	rc = vsc_identity_read(
	    key, cert, vsc_blob_span(&bytes), vsc_params_get(params, "password"), &why);
	if (rc < 0)
		vsc_card_log(card, VSC_LOG_ERROR, "--%s %s: %s%s", option, path, why.text,
		    rc == VSC_E_VERIFY ? " (--password)" : "");
	return rc;
}

/* The n-th --slot, or the last one, unless the file's name begins with a key's. */
static int
choose_ref(struct vsc_card *card, const struct vsc_params *params, size_t n, struct identity *id)
{
	const char *slot = vsc_params_nth(params, "slot", n);

	id->ref = strlen(id->path) > 3 && id->path[2] == ':' ? piv_key_ref_parse(id->path, 2) : -1;
	if (id->ref >= 0) {
		id->path += 3;
		return 0;
	}
	if (slot == NULL)
		slot = vsc_params_get(params, "slot");
	if (slot == NULL)
		return 0;
	id->ref = piv_key_ref_parse(slot, strlen(slot));
	return id->ref >= 0 ? 0
			    : piv_option_error(
				  card, "slot", slot, "9a, 9c, 9d, 9e, 82 to 95 or f9 expected");
}

/* The certificate that is there already is for the key that was: attestations would not verify. */
static int
check_attestation(struct vsc_card *card, const struct identity *id)
{
	const struct vsc_slot *slot = vsc_slot_find(card, PIV_ATTESTATION);
	struct vsc_span cert;

	if (id->ref != PIV_ATTESTATION ||
	    (slot != NULL && piv_cert_get(card, PIV_ATTESTATION, &cert) == 0 &&
		vsc_cert_matches(cert, slot->key) == 0))
		return 0;
	return piv_option_error(card, "import", id->path,
	    "the attestation key comes with its certificate; --import that, too");
}

/* Keys first: a certificate may come in a file before its key's. */
static int
place_all(struct vsc_card *card, struct identity *ids, size_t count)
{
	int rc = 0;

	for (size_t n = 0; rc == 0 && n < count; n++)
		if (ids[n].key != NULL)
			rc = place_key(card, &ids[n]);
	for (size_t n = 0; rc == 0 && n < count; n++)
		if (ids[n].cert.len > 0)
			rc = place_cert(card, &ids[n]);
	for (size_t n = 0; rc == 0 && n < count; n++)
		rc = check_attestation(card, &ids[n]);
	return rc;
}

static int
read_file(struct vsc_card *card, const struct vsc_params *params, size_t n, struct identity *id)
{
	int rc;

	*id = (struct identity){ .path = vsc_params_nth(params, "import", n) };
	if ((rc = choose_ref(card, params, n, id)) < 0)
		return rc;
	return piv_read_identity(card, params, "import", id->path, &id->key, &id->cert);
}

int
piv_import_files(struct vsc_card *card, const struct vsc_params *params)
{
	struct identity *ids;
	size_t count = 0;
	int rc = 0;

	while (vsc_params_nth(params, "import", count) != NULL)
		count++;
	if (vsc_params_nth(params, "slot", count) != NULL)
		return piv_option_error(card, "slot", vsc_params_nth(params, "slot", count),
		    "there is no --import for it");
	if (count == 0)
		return 0;
	if ((ids = calloc(count, sizeof(*ids))) == NULL)
		return VSC_E_NOMEM;
	for (size_t n = 0; rc == 0 && n < count; n++)
		rc = read_file(card, params, n, &ids[n]);
	if (rc == 0)
		rc = place_all(card, ids, count);
	for (size_t n = 0; n < count; n++) {
		vsc_key_free(ids[n].key);
		vsc_blob_free(&ids[n].cert);
	}
	free(ids);
	return rc;
}

/* --- Generate --- */

static int
generate(struct vsc_card *card, const char *what)
{
	const struct piv_policies policies = { 0, 0 };
	const struct piv_alg *alg = NULL;
	struct vsc_key *key;
	int ref = -1, rc;

	if (strlen(what) > 3 && what[2] == ':') {
		ref = piv_key_ref_parse(what, 2);
		alg = piv_alg_by_name(what + 3);
	}
	if (ref < 0 || alg == NULL || piv_alg_is_symmetric(alg))
		return piv_option_error(card, "generate", what,
		    "a key and an algorithm expected, as 9a:rsa2048; algorithms are rsa1024, "
		    "rsa2048, rsa3072, rsa4096, eccp256, eccp384, ed25519 and x25519");
	if (vsc_slot_find(card, (uint8_t)ref) != NULL)
		return piv_option_error(card, "generate", what, "this key was given already");
	if ((rc = piv_key_make(&key, alg, vsc_card_env(card))) < 0)
		return rc;
	return piv_key_put(card, (uint8_t)ref, key, true, &policies);
}

int
piv_generate_keys(struct vsc_card *card, const struct vsc_params *params)
{
	const char *what;
	int rc = 0;

	for (size_t n = 0; rc == 0 && (what = vsc_params_nth(params, "generate", n)) != NULL; n++)
		rc = generate(card, what);
	return rc;
}
