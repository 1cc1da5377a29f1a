/*
 * The terminal PKI of a card that was given no CVCA: for authentication terminals, inspection
 * systems and signature terminals. --export-pki writes it out so that a terminal can be made with
 * it. Its keys are kept with the card, so that it can be had at any time: the certificates are
 * issued anew then, on the card's own date, for keys that stay the same.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/disk.h"
#include "cards/npa/npa.h"
#include "crypto/key.h"
#include "crypto/params.h"
#include "iso/tlv.h"

#define CURVE         13 /* of the sectors' keys */
#define CVCA_DAYS     3650
#define DV_DAYS       2190
#define TERMINAL_DAYS 1825

/* How it is saved: of each kind the CVCA's certificate and three keys (empty: not made yet), then
 * two sectors' public keys (likewise). */
#define TAG_CERT   0x7F21u
#define TAG_KEY    0x04u
#define TAG_SECTOR 0x7F49u

enum rank { CVCA, DV, TERMINAL, RANKS };

static const struct kind {
	enum vsc_cvc_type type;
	const char *chr[RANKS]; /* references of the keys */
	const char *prefix;     /* of the files' names */
	const char *name;       /* of the terminal's files */
} kinds[] = {
	{ VSC_CVC_AT, { "DEVICCAT00001", "DEVICCDVAT00001", "DEVICCTAT00001" }, "", "at" },
	{ VSC_CVC_IS, { "DEVICCIS00001", "DEVICCDVIS00001", "DEVICCTIS00001" }, "is-", "is" },
	{ VSC_CVC_ST, { "DEVICCST00001", "DEVICCDVST00001", "DEVICCTST00001" }, "st-", "st" },
};

static const struct {
	enum vsc_cvc_role role;
	const char *file; /* NULL: the kind's */
	int days;
} ranks[RANKS] = {
	{ VSC_CVC_CVCA, "cvca", CVCA_DAYS },
	{ VSC_CVC_DV_DOMESTIC, "dv", DV_DAYS },
	{ VSC_CVC_TERMINAL, NULL, TERMINAL_DAYS },
};

/* One certificate with its key. */
struct member {
	struct vsc_key *key; /* NULL: not made yet */
	struct vsc_cv_key cv;
	struct vsc_blob cert;
};

struct pki {
	struct vsc_card *card;
	struct member members[VSC_COUNT(kinds)][RANKS];
	struct vsc_blob sectors[2]; /* 7F49, empty: not made yet */
};

static void
pki_free(struct pki *pki)
{
	for (size_t i = 0; i < VSC_COUNT(kinds); i++)
		for (unsigned rank = 0; rank < RANKS; rank++) {
			vsc_key_free(pki->members[i][rank].key);
			vsc_cv_key_free(&pki->members[i][rank].cv);
			vsc_blob_free(&pki->members[i][rank].cert);
		}
	vsc_blob_free(&pki->sectors[0]);
	vsc_blob_free(&pki->sectors[1]);
}

/* --- Keys and certificates --- */

static int
take_key(struct member *m, struct vsc_key *key)
{
	m->key = key;
	return vsc_cv_key_wrap(&m->cv, vsc_key_pkey(key), vsc_cv_alg_by_name("ECDSA-SHA-256"));
}

static int
make_key(struct pki *pki, struct member *m)
{
	struct vsc_key *key;
	int rc;

	if (m->key != NULL)
		return 0;
	rc = vsc_key_generate_ec(
	    &key, vsc_curve_by_name("brainpoolP256r1"), vsc_card_env(pki->card));
	return rc < 0 ? rc : take_key(m, key);
}

/* The extension that names the two sectors. */
static int
put_sectors(const struct pki *pki, struct vsc_out *out)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x73);

	vsc_tlv_put(out, 0x06, vsc_oid_cvc_sector);
	for (unsigned i = 0; i < VSC_COUNT(pki->sectors); i++) {
		uint8_t buf[VSC_HASH_MAX];
		struct vsc_out digest = vsc_out_from(buf, sizeof(buf));
		int rc = vsc_hash_digest(VSC_HASH_SHA256, vsc_blob_span(&pki->sectors[i]), &digest);

		if (rc < 0)
			return rc;
		vsc_tlv_put(out, 0x80 + i, vsc_out_span(&digest));
	}
	vsc_tlv_end(out, mark);
	return out->full ? VSC_E_SPACE : 0;
}

/* The certificate of a member, on the card's date. */
static int
issue(struct pki *pki, size_t kind, enum rank rank)
{
	struct member *m = &pki->members[kind][rank];
	const enum rank above = rank == CVCA ? CVCA : rank - 1;
	uint32_t today = vsc_npa_of(pki->card)->trust.today;
	uint8_t buf[200];
	struct vsc_out extension = vsc_out_from(buf, sizeof(buf));
	struct vsc_cvc_request request = { .car = vsc_span_str(kinds[kind].chr[above]),
		.chr = vsc_span_str(kinds[kind].chr[rank]),
		.chat = { kinds[kind].type, ranks[rank].role,
		    vsc_chat_all_rights(kinds[kind].type) },
		.effective = today,
		.expiration = vsc_cvc_day_add(today, ranks[rank].days),
		.with_params = rank == CVCA,
		.subject = &m->cv,
		.issuer = &pki->members[kind][above].cv };
	int rc = make_key(pki, m);

	if (rc == 0 && rank == TERMINAL && kinds[kind].type == VSC_CVC_AT)
		rc = put_sectors(pki, &extension);
	request.extensions = vsc_out_span(&extension);
	return rc < 0 ? rc : vsc_cvc_build(&request, &m->cert);
}

/* A key pair of a sector, whose private half nobody needs. */
static int
make_sector(struct pki *pki, struct vsc_blob *sector)
{
	const struct vsc_ri_alg *alg = vsc_ri_alg_by_name("ECDH-SHA-256");
	struct vsc_agree_key key = { .group = NULL };
	const struct vsc_group *group;
	uint8_t buf[600], params_buf[32];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf)),
		       params = vsc_out_from(params_buf, sizeof(params_buf));
	struct vsc_tlv_mark mark;
	int rc;

	if (sector->len > 0)
		return 0;
	vsc_params_put(&params, CURVE);
	if ((rc = vsc_npa_group(vsc_npa_of(pki->card), vsc_out_span(&params), &group)) < 0 ||
	    (rc = vsc_agree_key_generate(&key, group, vsc_card_env(pki->card))) < 0)
		return rc;
	mark = vsc_tlv_begin(&out, TAG_SECTOR);
	rc = vsc_params_object_put(&out, group, alg->oid, vsc_blob_span(&key.public));
	vsc_tlv_end(&out, mark);
	vsc_agree_key_free(&key);
	if (rc == 0 && out.full)
		rc = VSC_E_SPACE;
	return rc < 0 ? rc : vsc_blob_set(sector, vsc_out_span(&out));
}

/* --- Saved with the card --- */

static int
append(struct vsc_blob *bytes, uint32_t tag, struct vsc_span value)
{
	uint8_t buf[8];
	struct vsc_out head = vsc_out_from(buf, sizeof(buf));
	int rc;

	vsc_tlv_put_tag(&head, tag);
	vsc_tlv_put_length(&head, value.len);
	rc = vsc_blob_append(bytes, vsc_out_span(&head));
	return rc < 0 ? rc : vsc_blob_append(bytes, value);
}

static int
put_member_key(struct vsc_blob *bytes, const struct member *m)
{
	VSC_AUTO_BLOB pkcs8 = { NULL, 0 };
	int rc = m->key == NULL ? 0 : vsc_key_save(m->key, &pkcs8);

	return rc < 0 ? rc : append(bytes, TAG_KEY, vsc_blob_span(&pkcs8));
}

static int
save(struct pki *pki)
{
	VSC_AUTO_BLOB bytes = { NULL, 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < VSC_COUNT(kinds); i++) {
		rc = vsc_blob_append(&bytes, vsc_blob_span(&pki->members[i][CVCA].cert));
		for (unsigned rank = 0; rc == 0 && rank < RANKS; rank++)
			rc = put_member_key(&bytes, &pki->members[i][rank]);
	}
	for (size_t i = 0; rc == 0 && i < VSC_COUNT(pki->sectors); i++)
		rc = pki->sectors[i].len > 0
			 ? vsc_blob_append(&bytes, vsc_blob_span(&pki->sectors[i]))
			 : append(&bytes, TAG_SECTOR, VSC_SPAN_EMPTY);
	return rc < 0 ? rc : vsc_card_attr_set(pki->card, VSC_NPA_ATTR_PKI, vsc_blob_span(&bytes));
}

static int
take(struct vsc_in *in, uint32_t tag, struct vsc_tlv *tlv)
{
	return vsc_tlv_next(in, tlv) == 1 && tlv->tag == tag ? 0 : VSC_E_CORRUPT;
}

static int
load_member(struct vsc_in *in, struct member *m)
{
	struct vsc_key *key;
	struct vsc_tlv tlv;
	int rc = take(in, TAG_KEY, &tlv);

	if (rc < 0 || tlv.value.len == 0)
		return rc;
	rc = vsc_key_load(&key, VSC_KEY_EC, true, tlv.value);
	return rc < 0 ? rc : take_key(m, key);
}

static int
load(struct pki *pki, struct vsc_span bytes)
{
	struct vsc_in in = vsc_in_from(bytes);
	struct vsc_tlv tlv;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < VSC_COUNT(kinds); i++) {
		if ((rc = take(&in, TAG_CERT, &tlv)) == 0)
			rc = vsc_blob_set(&pki->members[i][CVCA].cert, tlv.whole);
		for (unsigned rank = 0; rc == 0 && rank < RANKS; rank++)
			rc = load_member(&in, &pki->members[i][rank]);
		if (rc == 0 && pki->members[i][CVCA].key == NULL)
			rc = VSC_E_CORRUPT;
	}
	for (size_t i = 0; rc == 0 && i < VSC_COUNT(pki->sectors); i++)
		if ((rc = take(&in, TAG_SECTOR, &tlv)) == 0 && tlv.value.len > 0)
			rc = vsc_blob_set(&pki->sectors[i], tlv.whole);
	return rc;
}

/* --- Written out --- */

typedef int write_fn(const char *path, struct vsc_span bytes, struct vsc_why *why);

static int
write_file(const struct pki *pki, write_fn *write, const char *directory, const char *prefix,
    const char *name, struct vsc_span bytes)
{
	char path[VSC_DISK_PATH], file[64];
	struct vsc_why why;
	int rc;

	(void)snprintf(file, sizeof(file), "%s%s", prefix, name);
	if ((rc = vsc_disk_path(path, directory, file, &why)) < 0 ||
	    (rc = write(path, bytes, &why)) < 0)
		return vsc_npa_fail(pki->card, rc, "--export-pki: %s", why.text);
	return 0;
}

static int
write_member(const struct pki *pki, const char *directory, size_t kind, enum rank rank)
{
	const struct member *m = &pki->members[kind][rank];
	const char *file = rank == TERMINAL ? kinds[kind].name : ranks[rank].file;
	const char *prefix = rank == TERMINAL ? "" : kinds[kind].prefix;
	VSC_AUTO_BLOB pkcs8 = { NULL, 0 };
	char name[40];
	int rc = vsc_key_save(m->key, &pkcs8);

	(void)snprintf(name, sizeof(name), "%s.cvcert", file);
	if (rc == 0)
		rc = write_file(
		    pki, vsc_disk_write, directory, prefix, name, vsc_blob_span(&m->cert));
	(void)snprintf(name, sizeof(name), "%s.pkcs8", file);
	if (rc == 0)
		rc = write_file(
		    pki, vsc_disk_write_secret, directory, prefix, name, vsc_blob_span(&pkcs8));
	return rc;
}

/* Link certificates may have led the card away from the CVCA that it was made with. */
static void
warn_of_age(const struct pki *pki, const struct kind *kind)
{
	const struct vsc_trust *trust = &vsc_npa_of(pki->card)->trust;
	const struct vsc_trust_point *point =
	    vsc_trust_find(trust, kind->type, vsc_span_str(kind->chr[CVCA]));

	if (point == NULL || point->expiration < trust->today)
		vsc_card_log(pki->card, VSC_LOG_WARN,
		    "--export-pki: %scvca has %s; this card takes no certificate below it",
		    kind->prefix, point == NULL ? "been replaced by later CVCAs" : "expired");
}

static int
write_all(struct pki *pki, const char *directory)
{
	int rc = 0;

	if (mkdir(directory, 0700) != 0 && errno != EEXIST)
		return vsc_npa_fail(
		    pki->card, VSC_E_IO, "--export-pki: %s: %s", directory, strerror(errno));
	for (size_t i = 0; rc == 0 && i < VSC_COUNT(pki->sectors); i++) {
		if ((rc = make_sector(pki, &pki->sectors[i])) == 0)
			rc = write_file(pki, vsc_disk_write, directory, "",
			    i == 0 ? "sector1.key" : "sector2.key",
			    vsc_blob_span(&pki->sectors[i]));
	}
	for (size_t i = 0; rc == 0 && i < VSC_COUNT(kinds); i++) {
		warn_of_age(pki, &kinds[i]);
		for (unsigned rank = 0; rc == 0 && rank < RANKS; rank++) {
			rc = rank == CVCA ? 0 : issue(pki, i, (enum rank)rank);
			if (rc == 0)
				rc = write_member(pki, directory, i, (enum rank)rank);
		}
	}
	return rc;
}

int
vsc_npa_terminals_make(struct vsc_card *card, const char *directory)
{
	struct pki pki = { .card = card };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < VSC_COUNT(kinds); i++) {
		if ((rc = issue(&pki, i, CVCA)) == 0)
			rc = vsc_trust_add(
			    &vsc_npa_of(card)->trust, vsc_blob_span(&pki.members[i][CVCA].cert), 0);
	}
	if (rc == 0 && directory != NULL)
		rc = write_all(&pki, directory);
	if (rc == 0)
		rc = save(&pki);
	pki_free(&pki);
	return rc;
}

int
vsc_npa_terminals_export(struct vsc_card *card, const char *directory)
{
	struct pki pki = { .card = card };
	struct vsc_span saved;
	int rc;

	if (vsc_card_attr_get(card, VSC_NPA_ATTR_PKI, &saved) < 0)
		return vsc_npa_fail(card, VSC_E_STATE,
		    "--export-pki: this card has no PKI of its own: it was made with --cvca or "
		    "with "
		    "what is in /etc/eac/cvc, or by a version that kept no keys");
	if ((rc = load(&pki, saved)) < 0)
		rc = vsc_npa_fail(card, rc, "the card's terminal PKI: %s", vsc_err_text(rc));
	else if ((rc = write_all(&pki, directory)) == 0 && (rc = save(&pki)) == 0)
		rc = vsc_card_commit(card);
	pki_free(&pki);
	return rc;
}
