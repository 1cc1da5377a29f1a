/*
 * An ePass's document signer from the --csca and --ds options; its EF.SOD made or, if it came from
 * elsewhere, compared with the data groups.
 */
#include "cards/epass/pki.h"

#include "base/auto.h"
#include "base/disk.h"
#include "cards/epass/country.h"
#include "crypto/cms.h"
#include "iso/tlv.h"

enum { CSCA_CERT, CSCA_KEY, DS_CERT, DS_KEY, NFILES };

static const char *const options[NFILES] = { "csca-cert", "csca-key", "ds-cert", "ds-key" };

static int
read_files(struct vsc_blob files[NFILES], const struct vsc_params *params, struct vsc_why *why)
{
	struct vsc_why reason = { "" };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < NFILES; i++) {
		const char *path = vsc_params_get(params, options[i]);

		if (path == NULL)
			continue;
		if ((rc = vsc_disk_read(&files[i], path, &reason)) < 0)
			vsc_why_set(why, rc, "--%s: %s", options[i], reason.text);
		else if (files[i].len == 0)
			rc = vsc_why_set(why, VSC_E_FORMAT, "--%s %.120s: empty", options[i], path);
	}
	return rc;
}

/* What went wrong with the files of an option. */
static int
explain(int rc, const char *names, const char *mismatch, struct vsc_why *why)
{
	if (rc == 0)
		return 0;
	if (rc == VSC_E_VERIFY)
		return vsc_why_set(why, rc, "%s", mismatch);
	if (rc == VSC_E_FORMAT)
		return vsc_why_set(why, rc, "%s: not a certificate and a key in PEM or DER", names);
	return vsc_why_set(why, rc, "%s: %s", names, vsc_err_text(rc));
}

/* What the files allow: nothing given, a document signer, or a CSCA that makes one. */
static int
make_signer(struct vsc_signer *signer, const struct vsc_blob files[NFILES],
    const struct vsc_signer_setup *setup, const struct vsc_env *env, struct vsc_why *why)
{
	bool csca = files[CSCA_CERT].len > 0, csca_key = files[CSCA_KEY].len > 0;
	bool ds = files[DS_CERT].len > 0, ds_key = files[DS_KEY].len > 0;

	if (!csca && !csca_key && !ds && !ds_key)
		return explain(
		    vsc_signer_generate(signer, setup, env), "the document signer", "", why);
	if (ds && ds_key && !csca_key)
		return explain(vsc_signer_load(signer, vsc_blob_span(&files[CSCA_CERT]),
				   vsc_blob_span(&files[DS_CERT]), vsc_blob_span(&files[DS_KEY])),
		    "--ds-cert, --ds-key, --csca-cert",
		    "--ds-cert: it does not match --ds-key, or --csca-cert did not sign it", why);
	if (csca && csca_key && !ds && !ds_key)
		return explain(vsc_signer_issue(signer, vsc_blob_span(&files[CSCA_CERT]),
				   vsc_blob_span(&files[CSCA_KEY]), setup, env),
		    "--csca-cert, --csca-key", "--csca-cert: it does not match --csca-key", why);
	return vsc_why_set(why, VSC_E_PARAM,
	    "--csca-cert, --csca-key, --ds-cert, --ds-key: give ds-cert and ds-key (and "
	    "csca-cert), or csca-cert and csca-key, or none");
}

int
vsc_epass_signer_read(struct vsc_signer *signer, const struct vsc_epass_plan *plan,
    const struct vsc_epass_person *person, const struct vsc_params *params,
    const struct vsc_env *env, struct vsc_why *why)
{
	const struct vsc_mrz *mrz = &person->mrz;
	struct vsc_blob files[NFILES] = { { NULL, 0 } };
	const struct vsc_signer_setup setup = {
		.kind = plan->pki,
		.country = vsc_country_alpha2(mrz->issuer),
		.issuer = mrz->issuer,
		.document_type = mrz->doc_type,
		.issued = person->issued,
		.expired = (plan->faults & VSC_FAULT_EXPIRED_DS) != 0,
	};
	int rc;

	if (setup.country == NULL)
		return vsc_why_set(
		    why, VSC_E_PARAM, "issuer: %s: no such state or organisation", mrz->issuer);
	if ((rc = read_files(files, params, why)) == 0)
		rc = make_signer(signer, files, &setup, env, why);
	for (size_t i = 0; i < NFILES; i++)
		vsc_blob_free(&files[i]);
	return rc;
}

/* The signature is what a SignerInfo ends with. */
static void
spoil_signature(struct vsc_blob *sod)
{
	sod->ptr[sod->len - 1] ^= 0x01;
}

int
vsc_epass_sod_make(struct vsc_blob *sod, const struct vsc_epass_person *person,
    const struct vsc_signer *signer, unsigned faults, const struct vsc_env *env)
{
	uint8_t digests[VSC_LDS_GROUPS][VSC_HASH_MAX];
	struct vsc_dg_hash hashes[VSC_LDS_GROUPS];
	size_t count = 0;
	int rc;

	for (unsigned dg = 1; dg <= VSC_LDS_GROUPS; dg++) {
		struct vsc_out out = vsc_out_from(digests[count], VSC_HASH_MAX);

		if (person->dg[dg].len == 0)
			continue;
		rc = vsc_hash_digest(VSC_HASH_SHA256, vsc_blob_span(&person->dg[dg]), &out);
		if (rc < 0)
			return rc;
		hashes[count++] = (struct vsc_dg_hash){ dg, vsc_out_span(&out) };
	}
	if ((faults & VSC_FAULT_DG_HASH) != 0)
		digests[0][0] ^= 0x01;
	rc = vsc_sod_build(signer, VSC_HASH_SHA256, hashes, count, env, sod);
	if (rc == 0 && (faults & VSC_FAULT_SOD_SIG) != 0)
		spoil_signature(sod);
	return rc;
}

/* --- A SOD that came from elsewhere --- */

/* LDSSecurityObject: SEQUENCE { version, AlgorithmIdentifier, SEQUENCE OF { number, hash } ... } */
static int
open_object(struct vsc_span content, enum vsc_hash *hash, struct vsc_span *list)
{
	struct vsc_tlv version, algorithm, groups;
	struct vsc_span object, oid;
	struct vsc_in in;

	if (vsc_tlv_only(content, 0x30, &object) < 0)
		return VSC_E_FORMAT;
	in = vsc_in_from(object);
	if (vsc_tlv_next(&in, &version) != 1 || vsc_tlv_next(&in, &algorithm) != 1 ||
	    vsc_tlv_next(&in, &groups) != 1 || vsc_tlv_find(algorithm.value, 0x06, &oid) < 0)
		return VSC_E_FORMAT;
	*hash = vsc_hash_by_oid(oid);
	*list = groups.value;
	return *hash == VSC_HASH_NONE ? VSC_E_UNSUPPORTED : 0;
}

static int
find_hash(struct vsc_span list, unsigned dg, struct vsc_span *hash)
{
	struct vsc_in in = vsc_in_from(list);
	struct vsc_span number;
	struct vsc_tlv group;

	while (vsc_tlv_next(&in, &group) == 1)
		if (vsc_tlv_find(group.value, 0x02, &number) == 0 && number.len == 1 &&
		    number.ptr[0] == dg)
			return vsc_tlv_find(group.value, 0x04, hash);
	return VSC_E_NOT_FOUND;
}

static int
check_group(const struct vsc_epass_person *person, unsigned dg, enum vsc_hash hash,
    struct vsc_span list, unsigned faults, struct vsc_why *why)
{
	uint8_t buf[VSC_HASH_MAX];
	struct vsc_out digest = vsc_out_from(buf, sizeof(buf));
	struct vsc_span said;

	if (find_hash(list, dg, &said) < 0)
		return vsc_why_set(why, VSC_E_FORMAT, "--lds: DG%u is missing from the SOD", dg);
	if (vsc_hash_digest(hash, vsc_blob_span(&person->dg[dg]), &digest) < 0)
		return VSC_E_CRYPTO;
	if (!vsc_span_eq(said, vsc_out_span(&digest)) && (faults & VSC_FAULT_DG_HASH) == 0)
		return vsc_why_set(why, VSC_E_FORMAT,
		    "--lds: DG%u is not what the SOD has signed (--fault dg-hash takes it)", dg);
	return 0;
}

static int
check_sod(const struct vsc_epass_person *person, unsigned faults, struct vsc_why *why)
{
	VSC_AUTO_BLOB content = { NULL, 0 };
	struct vsc_span cms, list;
	enum vsc_hash hash;
	int rc;

	if (vsc_tlv_only(vsc_blob_span(&person->sod), 0x77, &cms) < 0 ||
	    vsc_cms_content(cms, VSC_OID_LDS_OBJECT, &content) < 0 ||
	    open_object(vsc_blob_span(&content), &hash, &list) < 0)
		return vsc_why_set(why, VSC_E_FORMAT, "--lds: the SOD cannot be read");
	for (unsigned dg = 1; dg <= VSC_LDS_GROUPS; dg++)
		if (person->dg[dg].len > 0 &&
		    (rc = check_group(person, dg, hash, list, faults, why)) < 0)
			return rc;
	return 0;
}

/* Its hashes cannot be others under its signature, nor its signer older. */
int
vsc_epass_sod_take(struct vsc_epass_person *person, unsigned faults, struct vsc_why *why)
{
	int rc;

	if ((faults & VSC_FAULT_EXPIRED_DS) != 0)
		return vsc_why_set(why, VSC_E_PARAM,
		    "--fault expired-ds: the SOD of --lds has a document signer of its own");
	if ((rc = check_sod(person, faults, why)) < 0)
		return rc;
	if ((faults & VSC_FAULT_SOD_SIG) != 0)
		spoil_signature(&person->sod);
	return 0;
}
