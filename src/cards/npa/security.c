/*
 * EF.CardAccess, EF.CardSecurity and EF.ChipSecurity (TR-03110-3 A.1.2): generated and signed when
 * the card is made, or given; and the keys of chip authentication and restricted identification
 * that they speak of.
 */
#include <stdio.h>

#include "base/auto.h"
#include "cards/npa/npa.h"
#include "crypto/cert.h"
#include "crypto/params.h"
#include "crypto/signer.h"
#include "iso/tlv.h"

#define CURVE       13 /* brainpoolP256r1, as the cards have it */
#define LOCATOR     "https://www.bsi.bund.de/eid"
#define KEY_CARD    1 /* one key for many cards, in EF.CardSecurity */
#define KEY_CHIP    2 /* this chip's own, for privileged terminals, in EF.ChipSecurity */
#define RI_ANYBODY  1
#define RI_BY_RIGHT 2
#define ROOM        6000

/* Data groups whose hash is in the eIDSecurityInfo: those that cannot be written. */
#define HASHED_GROUPS 16

static int
put_default_access(struct vsc_out *out)
{
	const struct vsc_ca_alg *ca = vsc_ca_alg_by_name("ECDH-AES-128");
	uint8_t buf[100];
	struct vsc_out privileged = vsc_out_from(buf, sizeof(buf));

	vsc_secinfo_put_ca(&privileged, ca, 2, KEY_CHIP);
	vsc_secinfo_put_ca_params(&privileged, ca->kind, CURVE, KEY_CHIP);
	vsc_secinfo_put_ta(out, 2);
	vsc_secinfo_put_ca(out, ca, 2, KEY_CARD);
	vsc_secinfo_put_pace(out, vsc_pace_alg_by_name("ECDH-GM-AES-128"), CURVE);
	vsc_secinfo_put_ca_params(out, ca->kind, CURVE, KEY_CARD);
	vsc_secinfo_put_locator(out, LOCATOR);
	vsc_secinfo_put_privileged(out, vsc_out_span(&privileged));
	return out->full ? VSC_E_SPACE : 0;
}

static int
make_access(struct vsc_span given, struct vsc_blob *access)
{
	uint8_t buf[1000];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	int rc;

	if (given.len > 0)
		return vsc_blob_set(access, given);
	if ((rc = put_default_access(&out)) < 0)
		return rc;
	return vsc_secinfos_finish(vsc_out_span(&out), access);
}

/* --- Keys --- */

static int
save_key(struct vsc_card *card, const char *attr, int id, const struct vsc_agree_key *key)
{
	VSC_AUTO_BLOB secret = { NULL, 0 };
	char name[32];
	int rc = vsc_agree_key_export(key, &secret);

	(void)snprintf(name, sizeof(name), "%s-%d", attr, id);
	return rc < 0 ? rc : vsc_card_attr_set(card, name, vsc_blob_span(&secret));
}

/* --ca-key: the bare number as the predecessor has it, or a file that says what it is. */
static int
import_key(struct vsc_card *card, struct vsc_span file, const struct vsc_group *group,
    struct vsc_agree_key *agree)
{
	int rc = vsc_agree_key_read(agree, group, file);

	if (rc == VSC_E_PARAM)
		return vsc_npa_fail(card, VSC_E_FORMAT,
		    "--ca-key: not a key of the group that EF.CardAccess has for it");
	return rc < 0 ? vsc_npa_fail(card, VSC_E_FORMAT,
			    "--ca-key: neither a private key in PKCS #8 or PEM nor a number below "
			    "the order of the group")
		      : 0;
}

/* What is at hand while the files are being made. */
struct making {
	struct vsc_blob access, security, ca_key; /* options, or made */
	struct vsc_blob card_set, chip_set;       /* content of the signed files */
	struct vsc_signer signer;
};

/* The key of one ChipAuthenticationInfo: read, generated or, where only its public half was given,
 * not there. Its SubjectPublicKeyInfo is appended as a SecurityInfo to out. */
static int
make_ca_key(struct vsc_card *card, const struct making *m, const struct vsc_secinfos *infos,
    const struct vsc_secinfo *info, struct vsc_out *out)
{
	const struct vsc_secinfo *params =
	    vsc_secinfos_find(infos, VSC_SECINFO_CA_PARAMS, info->id);
	bool own = m->ca_key.len > 0 && !info->privileged;
	struct vsc_agree_key key = { .group = NULL };
	const struct vsc_group *group;
	uint8_t buf[1200];
	struct vsc_out spki = vsc_out_from(buf, sizeof(buf));
	int rc;

	if (params == NULL || (!own && m->security.len > 0))
		return 0;
	if ((rc = vsc_npa_group(vsc_npa_of(card), params->required, &group)) < 0)
		return rc;
	rc = own ? import_key(card, vsc_blob_span(&m->ca_key), group, &key)
		 : vsc_agree_key_generate(&key, group, vsc_card_env(card));
	if (rc == 0)
		rc = vsc_group_id(group) >= 0
			 ? vsc_spki_put_standard(&spki, group, vsc_blob_span(&key.public))
			 : vsc_spki_put_explicit(&spki, group, vsc_blob_span(&key.public));
	if (rc == 0)
		rc = save_key(card, VSC_NPA_ATTR_CA_KEY, info->id, &key);
	if (rc == 0)
		vsc_secinfo_put_ca_public(out, info->ca->kind, vsc_out_span(&spki), info->id);
	vsc_agree_key_free(&key);
	return rc;
}

/* Each key once, though several protocols may use it. */
static bool
seen_before(const struct vsc_secinfos *infos, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (infos->list[i].kind == VSC_SECINFO_CA &&
		    infos->list[i].id == infos->list[at].id)
			return true;
	return false;
}

static int
make_ca_keys(
    struct vsc_card *card, const struct making *m, struct vsc_out *shared, struct vsc_out *chip)
{
	struct vsc_secinfos infos;
	int rc = vsc_secinfos_parse(vsc_blob_span(&m->access), &infos);

	if (rc < 0)
		return vsc_npa_fail(card, rc, "--ef-cardaccess: %s", vsc_err_text(rc));
	for (size_t i = 0; rc == 0 && i < infos.count; i++) {
		const struct vsc_secinfo *info = &infos.list[i];

		if (info->kind != VSC_SECINFO_CA || info->version != 2 || seen_before(&infos, i))
			continue;
		rc = make_ca_key(card, m, &infos, info, info->privileged ? chip : shared);
	}
	return rc;
}

static int
make_ri_key(struct vsc_card *card, struct vsc_span params, int id)
{
	struct vsc_agree_key key = { .group = NULL };
	const struct vsc_group *group;
	int rc;

	if ((rc = vsc_npa_group(vsc_npa_of(card), params, &group)) < 0 ||
	    (rc = vsc_agree_key_generate(&key, group, vsc_card_env(card))) < 0)
		return rc;
	rc = save_key(card, VSC_NPA_ATTR_RI_KEY, id, &key);
	vsc_agree_key_free(&key);
	return rc;
}

/* --- Generated --- */

static int
put_ri(struct vsc_card *card, struct vsc_out *out)
{
	const struct vsc_ri_alg *alg = vsc_ri_alg_by_name("ECDH-SHA-256");
	uint8_t buf[32];
	struct vsc_out params = vsc_out_from(buf, sizeof(buf));
	int rc;

	vsc_params_put(&params, CURVE);
	vsc_secinfo_put_ri(out, alg, RI_ANYBODY, false);
	vsc_secinfo_put_ri(out, alg, RI_BY_RIGHT, true);
	vsc_secinfo_put_ri_params(out, alg->kind, CURVE);
	if ((rc = make_ri_key(card, vsc_out_span(&params), RI_ANYBODY)) < 0)
		return rc;
	return make_ri_key(card, vsc_out_span(&params), RI_BY_RIGHT);
}

static int
put_group_hashes(struct vsc_card *card, struct vsc_out *out)
{
	uint8_t digests[HASHED_GROUPS][VSC_HASH_MAX];
	struct vsc_dg_hash list[HASHED_GROUPS];
	size_t count = 0;

	for (unsigned dg = 1; dg <= HASHED_GROUPS; dg++) {
		struct vsc_file *ef =
		    vsc_npa_file(card, vsc_npa_aid_eid, (uint16_t)(VSC_NPA_FID_DG1 + dg - 1));
		struct vsc_out digest = vsc_out_from(digests[count], VSC_HASH_MAX);

		if (ef == NULL)
			continue;
		if (vsc_hash_digest(VSC_HASH_SHA256, vsc_file_content(ef), &digest) < 0)
			return VSC_E_CRYPTO;
		list[count++] = (struct vsc_dg_hash){ dg, vsc_out_span(&digest) };
	}
	vsc_secinfo_put_eid(out, VSC_HASH_SHA256, list, count);
	return 0;
}

/* The sets inside EF.CardSecurity, and inside EF.ChipSecurity: the same and the chip's own keys. */
static int
make_sets(struct vsc_card *card, struct making *m)
{
	uint8_t shared_buf[ROOM], keys_buf[ROOM / 2], chip_buf[ROOM];
	struct vsc_out shared = vsc_out_from(shared_buf, sizeof(shared_buf)),
		       keys = vsc_out_from(keys_buf, sizeof(keys_buf)),
		       chip = vsc_out_from(chip_buf, sizeof(chip_buf));
	struct vsc_span elements;
	int rc;

	if (vsc_tlv_only(vsc_blob_span(&m->access), 0x31, &elements) < 0)
		return vsc_npa_fail(card, VSC_E_FORMAT, "--ef-cardaccess: no SecurityInfos");
	vsc_out_put(&shared, elements);
	if ((rc = make_ca_keys(card, m, &shared, &keys)) < 0 || (rc = put_ri(card, &shared)) < 0 ||
	    (rc = put_group_hashes(card, &shared)) < 0)
		return rc;
	if (shared.full || keys.full)
		return VSC_E_SPACE;
	if ((rc = vsc_secinfos_put_with_privileged(
		 &chip, vsc_out_span(&shared), vsc_out_span(&keys))) < 0 ||
	    (rc = vsc_secinfos_finish(vsc_out_span(&shared), &m->card_set)) < 0)
		return rc;
	return chip.full ? VSC_E_SPACE : vsc_secinfos_finish(vsc_out_span(&chip), &m->chip_set);
}

static int
add_file(struct vsc_card *card, uint16_t fid, struct vsc_span content)
{
	struct vsc_fs *fs = vsc_card_fs(card);

	return vsc_fs_add(fs, fs->mf,
	    &(struct vsc_file_spec){
		.fid = fid, .descriptor = VSC_FILE_TRANSPARENT, .content = content },
	    NULL);
}

static int
sign_file(struct vsc_card *card, const struct making *m, uint16_t fid, const struct vsc_blob *set)
{
	VSC_AUTO_BLOB cms = { NULL, 0 };
	int rc;

	rc = vsc_cms_sign(
	    &m->signer, VSC_OID_SECURITY_OBJECT, vsc_blob_span(set), vsc_card_env(card), &cms);
	return rc < 0 ? rc : add_file(card, fid, vsc_blob_span(&cms));
}

static int
generate(struct vsc_card *card, struct making *m)
{
	int rc;

	if ((rc = make_sets(card, m)) < 0 ||
	    (rc = sign_file(card, m, VSC_NPA_FID_CARD_SECURITY, &m->card_set)) < 0)
		return rc;
	return sign_file(card, m, VSC_NPA_FID_CHIP_SECURITY, &m->chip_set);
}

/* --- Given --- */

/* What is in EF.CardSecurity; it must go with the two other files. */
static int
open_given(struct vsc_card *card, struct vsc_span access, struct making *m)
{
	struct vsc_secinfos infos;
	int rc;

	if (m->ca_key.len == 0)
		return vsc_npa_fail(card, VSC_E_PARAM,
		    "--ef-cardsecurity needs --ca-key: the private half of the key in it");
	rc = vsc_cms_content(vsc_blob_span(&m->security), VSC_OID_SECURITY_OBJECT, &m->card_set);
	if (rc == 0)
		rc = vsc_secinfos_parse(vsc_blob_span(&m->card_set), &infos);
	if (rc != 0)
		return vsc_npa_fail(card, rc, "--ef-cardsecurity: %s", vsc_err_text(rc));
	if (access.len == 0)
		return vsc_npa_access_of(vsc_blob_span(&m->card_set), &m->access);
	if ((rc = vsc_blob_set(&m->access, access)) < 0)
		return rc;
	return vsc_npa_check_access(card, access, vsc_blob_span(&m->card_set));
}

static int
take_given(struct vsc_card *card, struct making *m)
{
	uint8_t buf[ROOM / 2];
	struct vsc_out made = vsc_out_from(buf, sizeof(buf)), none = { .cap = 0 };
	const struct vsc_secinfo *params;
	struct vsc_secinfos infos;
	int rc;

	if ((rc = vsc_secinfos_parse(vsc_blob_span(&m->card_set), &infos)) < 0)
		return rc;
	if ((rc = make_ca_keys(card, m, &made, &none)) < 0 ||
	    (rc = vsc_npa_check_public(card, vsc_out_span(&made), &infos)) < 0)
		return rc;
	params = vsc_secinfos_find(&infos, VSC_SECINFO_RI_PARAMS, VSC_SECINFO_NONE);
	for (size_t i = 0; rc == 0 && params != NULL && i < infos.count; i++)
		if (infos.list[i].kind == VSC_SECINFO_RI)
			rc = make_ri_key(card, params->required, infos.list[i].id);
	if (rc == 0)
		rc = add_file(card, VSC_NPA_FID_CARD_SECURITY, vsc_blob_span(&m->security));
	return rc;
}

/* The document signer that signs everything of this card; its certificates are kept. */
static int
make_signer(struct vsc_card *card, struct making *m)
{
	static const struct vsc_signer_setup setup = {
		.kind = VSC_SIGNER_EC_NAMED, .country = "DE", .issuer = "D<<", .document_type = "ID"
	};
	VSC_AUTO_BLOB csca = { NULL, 0 }, ds = { NULL, 0 };
	int rc;

	if ((rc = vsc_signer_generate(&m->signer, &setup, vsc_card_env(card))) < 0 ||
	    (rc = vsc_signer_export(&m->signer, &csca, &ds, NULL, NULL)) < 0 ||
	    (rc = vsc_card_attr_set(card, VSC_NPA_ATTR_CSCA, vsc_blob_span(&csca))) < 0)
		return rc;
	return vsc_card_attr_set(card, VSC_NPA_ATTR_DS, vsc_blob_span(&ds));
}

int
vsc_npa_make_security(struct vsc_card *card, const struct vsc_params *params)
{
	VSC_AUTO_BLOB access = { NULL, 0 };
	struct making m = { .access = { NULL, 0 } };
	int rc;

	if ((rc = vsc_npa_option_file(card, params, "ef-cardaccess", &access)) == 0 &&
	    (rc = vsc_npa_option_file(card, params, "ef-cardsecurity", &m.security)) == 0 &&
	    (rc = vsc_npa_option_file(card, params, "ca-key", &m.ca_key)) == 0 &&
	    (rc = m.security.len > 0 ? open_given(card, vsc_blob_span(&access), &m)
				     : make_access(vsc_blob_span(&access), &m.access)) == 0 &&
	    (rc = vsc_npa_check_usable(card, access.len > 0 ? "ef-cardaccess" : "ef-cardsecurity",
		 vsc_blob_span(&m.access))) == 0 &&
	    (rc = add_file(card, VSC_NPA_FID_CARD_ACCESS, vsc_blob_span(&m.access))) == 0 &&
	    (rc = make_signer(card, &m)) == 0)
		rc = m.security.len > 0 ? take_given(card, &m) : generate(card, &m);
	if (rc == 0)
		rc = vsc_npa_make_icao(card, params, &m.signer,
		    vsc_blob_span(m.chip_set.len > 0 ? &m.chip_set : &m.card_set));
	vsc_blob_free(&m.access);
	vsc_blob_free(&m.security);
	vsc_blob_free(&m.ca_key);
	vsc_blob_free(&m.card_set);
	vsc_blob_free(&m.chip_set);
	vsc_signer_free(&m.signer);
	return rc;
}
