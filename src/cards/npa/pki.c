/*
 * Whom the card trusts: CVCA certificates from files, or a PKI of its own for authentication
 * terminals, inspection systems and signature terminals, which --export-pki writes out so that a
 * terminal can be made with it.
 */
#include <dirent.h>
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

#define CVC_DIRECTORY "/etc/eac/cvc"
#define CURVE         13 /* of the sectors' keys */
#define CVCA_DAYS     3650
#define DV_DAYS       2190
#define TERMINAL_DAYS 1825

/* --- From files --- */

static int
add_certificate(struct vsc_card *card, struct vsc_span cert, const char *name)
{
	int rc = vsc_trust_add(&vsc_npa_of(card)->trust, cert, 0);

	if (rc == VSC_E_EXISTS || rc == 0)
		return 0;
	if (rc == VSC_E_SPACE)
		return vsc_npa_fail(card, VSC_E_PARAM,
		    "--cvca %s: there are two trust points for this type of terminal already",
		    name);
	return vsc_npa_fail(
	    card, VSC_E_PARAM, "--cvca %s: not a self-signed CVCA certificate", name);
}

static bool
has_point(const struct vsc_trust *trust, unsigned type)
{
	return trust->points[type - 1][0].chr.len > 0;
}

/*
 * In the examples of TR-03110 one CVCA for inspection systems stands above terminals of another
 * type. A card with all its checks refuses that; one without the date check was made for them.
 */
static int
widen(struct vsc_card *card, struct vsc_span cert)
{
	struct vsc_npa *npa = vsc_npa_of(card);
	int rc = 0;

	for (unsigned type = VSC_CVC_IS; rc == 0 && type <= VSC_CVC_TYPES; type++) {
		if (has_point(&npa->trust, type))
			continue;
		vsc_card_log(card, VSC_LOG_WARN,
		    "--disable-ta-checks: the CVCA counts for terminals of type %u too", type);
		rc = vsc_trust_add(&npa->trust, cert, type);
	}
	return rc;
}

static int
from_options(struct vsc_card *card, const struct vsc_params *params)
{
	VSC_AUTO_BLOB cert = { NULL, 0 };
	const char *name;
	int rc = 0;

	for (size_t n = 0; rc == 0 && (name = vsc_params_nth(params, "cvca", n)) != NULL; n++) {
		struct vsc_why why;

		if ((rc = vsc_disk_read(&cert, name, &why)) < 0)
			return vsc_npa_fail(card, rc, "--cvca: %s", why.text);
		rc = add_certificate(card, vsc_blob_span(&cert), name);
	}
	if (rc == 0 && cert.len > 0 && vsc_params_has(params, "disable-ta-checks"))
		rc = widen(card, vsc_blob_span(&cert));
	return rc;
}

/* Whatever in there is no CVCA's is left alone. *found: there was one. */
static int
from_directory(struct vsc_card *card, bool *found)
{
	DIR *directory = opendir(CVC_DIRECTORY);
	struct dirent *entry;

	*found = false;
	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		VSC_AUTO_BLOB cert = { NULL, 0 };
		char path[600];

		(void)snprintf(path, sizeof(path), CVC_DIRECTORY "/%s", entry->d_name);
		if (vsc_disk_read(&cert, path, NULL) == 0 &&
		    vsc_trust_add(&vsc_npa_of(card)->trust, vsc_blob_span(&cert), 0) == 0)
			*found = true;
	}
	if (directory != NULL)
		(void)closedir(directory);
	return 0;
}

/* --- Made for the card --- */

static const struct kind {
	enum vsc_cvc_type type;
	const char *cvca, *dv, *terminal; /* references of the keys */
	const char *prefix;               /* of the files' names */
	const char *name;                 /* of the terminal's files */
} kinds[] = {
	{ VSC_CVC_AT, "DEVICCAT00001", "DEVICCDVAT00001", "DEVICCTAT00001", "", "at" },
	{ VSC_CVC_IS, "DEVICCIS00001", "DEVICCDVIS00001", "DEVICCTIS00001", "is-", "is" },
	{ VSC_CVC_ST, "DEVICCST00001", "DEVICCDVST00001", "DEVICCTST00001", "st-", "st" },
};

struct pki {
	struct vsc_card *card;
	const char *directory;   /* NULL: nothing is written */
	struct vsc_blob sectors; /* the extension that names two sectors' keys */
};

static int
write_file(const struct pki *pki, const char *prefix, const char *name, struct vsc_span bytes)
{
	struct vsc_why why;
	char path[1024];
	int rc;

	(void)snprintf(path, sizeof(path), "%s/%s%s", pki->directory, prefix, name);
	if ((rc = vsc_disk_write(path, bytes, &why)) < 0)
		return vsc_npa_fail(pki->card, rc, "--export-pki: %s", why.text);
	return 0;
}

/* One certificate with its key: who it is for, who signs. */
struct member {
	const char *chr, *file; /* NULL: not written */
	enum vsc_cvc_role role;
	int days;
	struct vsc_key *key;
	struct vsc_cv_key cv;
	struct vsc_blob cert;
};

static int
make_member(
    const struct pki *pki, const struct kind *kind, struct member *m, const struct member *issuer)
{
	const struct vsc_env *env = vsc_card_env(pki->card);
	uint32_t today = vsc_npa_of(pki->card)->trust.today;
	struct vsc_cvc_request request = { .car = vsc_span_str(issuer->chr),
		.chr = vsc_span_str(m->chr),
		.chat = { kind->type, m->role, vsc_chat_all_rights(kind->type) },
		.effective = today,
		.expiration = vsc_cvc_day_add(today, m->days),
		.with_params = m->role == VSC_CVC_CVCA,
		.subject = &m->cv,
		.issuer = &issuer->cv };
	int rc;

	if (m->role == VSC_CVC_TERMINAL && kind->type == VSC_CVC_AT)
		request.extensions = vsc_blob_span(&pki->sectors);
	if ((rc = vsc_key_generate_ec(&m->key, vsc_curve_by_name("brainpoolP256r1"), env)) < 0 ||
	    (rc = vsc_cv_key_wrap(
		 &m->cv, vsc_key_pkey(m->key), vsc_cv_alg_by_name("ECDSA-SHA-256"))) < 0)
		return rc;
	return vsc_cvc_build(&request, &m->cert);
}

static int
export_member(const struct pki *pki, const struct kind *kind, const struct member *m)
{
	VSC_AUTO_BLOB pkcs8 = { NULL, 0 };
	char name[40];
	int rc = vsc_key_save(m->key, &pkcs8);

	(void)snprintf(name, sizeof(name), "%s.cvcert", m->file);
	if (rc == 0)
		rc = write_file(pki, m->role == VSC_CVC_TERMINAL ? "" : kind->prefix, name,
		    vsc_blob_span(&m->cert));
	(void)snprintf(name, sizeof(name), "%s.pkcs8", m->file);
	if (rc == 0)
		rc = write_file(pki, m->role == VSC_CVC_TERMINAL ? "" : kind->prefix, name,
		    vsc_blob_span(&pkcs8));
	return rc;
}

static int
make_chain(const struct pki *pki, const struct kind *kind)
{
	struct member members[] = {
		{ .chr = kind->cvca, .file = "cvca", .role = VSC_CVC_CVCA, .days = CVCA_DAYS },
		{ .chr = kind->dv, .file = "dv", .role = VSC_CVC_DV_DOMESTIC, .days = DV_DAYS },
		{ .chr = kind->terminal,
		    .file = kind->name,
		    .role = VSC_CVC_TERMINAL,
		    .days = TERMINAL_DAYS },
	};
	/* without a place to write to, nobody would ever have the other two */
	size_t count = pki->directory == NULL ? 1 : VSC_COUNT(members);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		rc = make_member(pki, kind, &members[i], &members[i == 0 ? 0 : i - 1]);
		if (rc == 0 && pki->directory != NULL)
			rc = export_member(pki, kind, &members[i]);
	}
	if (rc == 0)
		rc = vsc_trust_add(
		    &vsc_npa_of(pki->card)->trust, vsc_blob_span(&members[0].cert), 0);
	for (size_t i = 0; i < VSC_COUNT(members); i++) {
		vsc_key_free(members[i].key);
		vsc_cv_key_free(&members[i].cv);
		vsc_blob_free(&members[i].cert);
	}
	return rc;
}

/* A key pair of a sector: the public key object is exported, its hash goes into the extension. */
static int
make_sector(const struct pki *pki, unsigned which, struct vsc_out *extension)
{
	const struct vsc_ri_alg *alg = vsc_ri_alg_by_name("ECDH-SHA-256");
	struct vsc_agree_key key = { .group = NULL };
	const struct vsc_group *group;
	uint8_t buf[600], params_buf[32], digest_buf[VSC_HASH_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf)),
		       params = vsc_out_from(params_buf, sizeof(params_buf)),
		       digest = vsc_out_from(digest_buf, sizeof(digest_buf));
	struct vsc_tlv_mark mark;
	int rc;

	vsc_params_put(&params, CURVE);
	if ((rc = vsc_npa_group(vsc_npa_of(pki->card), vsc_out_span(&params), &group)) < 0 ||
	    (rc = vsc_agree_key_generate(&key, group, vsc_card_env(pki->card))) < 0)
		return rc;
	mark = vsc_tlv_begin(&out, 0x7F49);
	rc = vsc_params_object_put(&out, group, alg->oid, vsc_blob_span(&key.public));
	vsc_tlv_end(&out, mark);
	vsc_agree_key_free(&key);
	if (rc == 0 && out.full)
		rc = VSC_E_SPACE;
	if (rc == 0)
		rc = vsc_hash_digest(VSC_HASH_SHA256, vsc_out_span(&out), &digest);
	if (rc == 0 && pki->directory != NULL)
		rc = write_file(
		    pki, "", which == 0 ? "sector1.key" : "sector2.key", vsc_out_span(&out));
	vsc_tlv_put(extension, 0x80 + which, vsc_out_span(&digest));
	return rc;
}

static int
make_sectors(struct pki *pki)
{
	uint8_t buf[200];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_tlv_mark mark = vsc_tlv_begin(&out, 0x73);
	int rc;

	vsc_tlv_put(&out, 0x06, vsc_oid_cvc_sector);
	if ((rc = make_sector(pki, 0, &out)) < 0 || (rc = make_sector(pki, 1, &out)) < 0)
		return rc;
	vsc_tlv_end(&out, mark);
	return vsc_blob_set(&pki->sectors, vsc_out_span(&out));
}

static int
make_pki(struct vsc_card *card, const char *directory)
{
	struct pki pki = { .card = card, .directory = directory };
	int rc;

	if (directory != NULL && mkdir(directory, 0700) != 0 && errno != EEXIST)
		return vsc_npa_fail(
		    card, VSC_E_IO, "--export-pki: %s: %s", directory, strerror(errno));
	rc = directory == NULL ? 0 : make_sectors(&pki);
	for (size_t i = 0; rc == 0 && i < VSC_COUNT(kinds); i++)
		rc = make_chain(&pki, &kinds[i]);
	vsc_blob_free(&pki.sectors);
	return rc;
}

int
vsc_npa_make_trust(struct vsc_card *card, const struct vsc_params *params)
{
	const char *directory = vsc_params_get(params, "export-pki");
	bool given = vsc_params_has(params, "cvca"), found = false;
	int rc;

	vsc_npa_of(card)->trust.today = vsc_cvc_day(vsc_env_now(vsc_card_env(card)));
	if (given && directory != NULL)
		return vsc_npa_fail(card, VSC_E_PARAM,
		    "--export-pki: with --cvca there is no PKI of the card's own to be exported");
	if (given)
		rc = from_options(card, params);
	else if (directory != NULL || (rc = from_directory(card, &found)) < 0 || !found)
		rc = make_pki(card, directory);
	return rc < 0 ? rc : vsc_npa_save_trust(card);
}
