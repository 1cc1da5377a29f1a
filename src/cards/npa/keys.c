/*
 * From what is saved to what a session uses: groups, keys and protocols as EF.CardAccess and
 * EF.CardSecurity say, trust points as attributes. Done once, when the card is made or opened.
 */
#include <stdio.h>

#include "base/auto.h"
#include "card/sm.h"
#include "cards/npa/npa.h"
#include "crypto/params.h"
#include "iso/tlv.h"

/* The number of standardised parameters; -1: they are explicit. */
static int
standard_id(struct vsc_span algorithm)
{
	struct vsc_span inside, oid, id;

	if (vsc_tlv_only(algorithm, 0x30, &inside) < 0 || vsc_tlv_find(inside, 0x06, &oid) < 0 ||
	    !vsc_span_eq(oid, vsc_oid_standard_params) || vsc_tlv_find(inside, 0x02, &id) < 0 ||
	    id.len != 1)
		return -1;
	return id.ptr[0];
}

int
vsc_npa_group(struct vsc_npa *npa, struct vsc_span algorithm, const struct vsc_group **group)
{
	int id = standard_id(algorithm), rc;

	for (size_t i = 0; id >= 0 && i < npa->ngroups; i++) {
		*group = npa->groups[i];
		if (vsc_group_id(*group) == id)
			return 0;
	}
	if (npa->ngroups == VSC_NPA_GROUPS_MAX)
		return VSC_E_SPACE;
	if ((rc = vsc_params_parse(algorithm, &npa->groups[npa->ngroups])) < 0)
		return rc;
	*group = npa->groups[npa->ngroups++];
	return 0;
}

/* --- What EF.CardAccess and EF.CardSecurity announce --- */

static int
load_pace(struct vsc_npa *npa, const struct vsc_secinfos *infos, const struct vsc_secinfo *info)
{
	const struct vsc_secinfo *params =
	    vsc_secinfos_find(infos, VSC_SECINFO_PACE_PARAMS, info->id);
	struct vsc_eac_pace *row = &npa->pace[npa->npace];
	uint8_t buf[32];
	struct vsc_out standard = vsc_out_from(buf, sizeof(buf));
	int rc;

	if (info->pace == NULL || info->pace->mapping == VSC_PACE_CAM || info->version != 2 ||
	    npa->npace == VSC_NPA_ROWS_MAX)
		return 0;
	vsc_params_put(&standard, (unsigned)info->id);
	rc = vsc_npa_group(
	    npa, params != NULL ? params->required : vsc_out_span(&standard), &row->group);
	if (rc < 0)
		return rc;
	if (!vsc_pace_possible(info->pace, row->group))
		return VSC_E_PARAM;
	row->alg = info->pace;
	row->param_id = info->id;
	npa->npace++;
	return 0;
}

static int
load_key(struct vsc_card *card, const char *attr, int id, const struct vsc_group *group,
    struct vsc_agree_key *key)
{
	struct vsc_span secret;
	char name[32];
	int rc;

	(void)snprintf(name, sizeof(name), "%s-%d", attr, id);
	if ((rc = vsc_card_attr_get(card, name, &secret)) < 0)
		return rc;
	return vsc_agree_key_import(key, group, secret);
}

/* A key that the files announce and that this card does not have is left out: 6A88. */
static int
load_ca(struct vsc_card *card, const struct vsc_secinfos *infos, const struct vsc_secinfo *info)
{
	const struct vsc_secinfo *params =
	    vsc_secinfos_find(infos, VSC_SECINFO_CA_PARAMS, info->id);
	struct vsc_npa *npa = vsc_npa_of(card);
	const struct vsc_group *group;
	int rc;

	if (info->ca == NULL || info->version != 2 || params == NULL ||
	    npa->nca == VSC_NPA_ROWS_MAX)
		return 0;
	if ((rc = vsc_npa_group(npa, params->required, &group)) < 0)
		return rc;
	rc = load_key(card, VSC_NPA_ATTR_CA_KEY, info->id, group, &npa->ca_keys[npa->nca]);
	if (rc == VSC_E_NOT_FOUND)
		return 0;
	if (rc < 0)
		return rc;
	npa->ca[npa->nca] = (struct vsc_eac_ca){ .alg = info->ca,
		.key = &npa->ca_keys[npa->nca],
		.key_id = info->id,
		.privileged = info->privileged };
	npa->nca++;
	return 0;
}

static int
load_ri(struct vsc_card *card, const struct vsc_secinfos *infos, const struct vsc_secinfo *info)
{
	static const uint32_t flag[] = { 0x30, 0x01, 0 };
	const struct vsc_secinfo *params =
	    vsc_secinfos_find(infos, VSC_SECINFO_RI_PARAMS, VSC_SECINFO_NONE);
	struct vsc_npa *npa = vsc_npa_of(card);
	const struct vsc_group *group;
	struct vsc_span authorized;
	int rc;

	if (info->ri == NULL || params == NULL || npa->nri == VSC_NPA_ROWS_MAX)
		return 0;
	if ((rc = vsc_npa_group(npa, params->required, &group)) < 0)
		return rc;
	rc = load_key(card, VSC_NPA_ATTR_RI_KEY, info->id, group, &npa->ri_keys[npa->nri]);
	if (rc == VSC_E_NOT_FOUND)
		return 0;
	if (rc < 0)
		return rc;
	npa->ri[npa->nri] = (struct vsc_eac_ri){ .alg = info->ri,
		.key = &npa->ri_keys[npa->nri],
		.key_id = info->id,
		.authorized_only = vsc_tlv_find_path(info->required, flag, &authorized) == 0 &&
				   authorized.len == 1 && authorized.ptr[0] != 0 };
	npa->nri++;
	return 0;
}

static int
load_access(struct vsc_card *card)
{
	struct vsc_file *ef = vsc_npa_file(card, VSC_SPAN_EMPTY, VSC_NPA_FID_CARD_ACCESS);
	struct vsc_secinfos infos;
	int rc;

	if (ef == NULL || (rc = vsc_secinfos_parse(vsc_file_content(ef), &infos)) < 0)
		return VSC_E_CORRUPT;
	for (size_t i = 0; rc == 0 && i < infos.count; i++) {
		if (infos.list[i].kind == VSC_SECINFO_PACE)
			rc = load_pace(vsc_npa_of(card), &infos, &infos.list[i]);
		else if (infos.list[i].kind == VSC_SECINFO_CA)
			rc = load_ca(card, &infos, &infos.list[i]);
	}
	return rc;
}

static int
load_security(struct vsc_card *card)
{
	struct vsc_file *ef = vsc_npa_file(card, VSC_SPAN_EMPTY, VSC_NPA_FID_CARD_SECURITY);
	VSC_AUTO_BLOB content = { NULL, 0 };
	struct vsc_secinfos infos;
	int rc;

	if (ef == NULL ||
	    vsc_cms_content(vsc_file_content(ef), VSC_OID_SECURITY_OBJECT, &content) < 0 ||
	    (rc = vsc_secinfos_parse(vsc_blob_span(&content), &infos)) < 0)
		return VSC_E_CORRUPT;
	for (size_t i = 0; rc == 0 && i < infos.count; i++)
		if (infos.list[i].kind == VSC_SECINFO_RI)
			rc = load_ri(card, &infos, &infos.list[i]);
	return rc;
}

/* --- Trust --- */

int
vsc_npa_save_trust(struct vsc_card *card)
{
	VSC_AUTO_BLOB bytes = { NULL, 0 };
	int rc = vsc_trust_save(&vsc_npa_of(card)->trust, &bytes);

	return rc < 0 ? rc : vsc_card_attr_set(card, VSC_NPA_ATTR_TRUST, vsc_blob_span(&bytes));
}

static int
load_trust(struct vsc_card *card)
{
	struct vsc_npa *npa = vsc_npa_of(card);
	struct vsc_span bytes;
	int rc;

	if ((rc = vsc_card_attr_get(card, VSC_NPA_ATTR_TRUST, &bytes)) < 0)
		return rc;
	vsc_trust_free(&npa->trust);
	return vsc_trust_load(&npa->trust, bytes);
}

/* A new trust point may be one that could not be saved; what was proven with it goes. */
void
vsc_npa_undone(struct vsc_card *card)
{
	struct vsc_npa *npa = vsc_npa_of(card);
	const struct vsc_ta_setup setup = npa->eac.ta.setup;
	VSC_AUTO_BLOB now = { NULL, 0 };
	struct vsc_span saved;

	if (vsc_trust_save(&npa->trust, &now) == 0 &&
	    vsc_card_attr_get(card, VSC_NPA_ATTR_TRUST, &saved) == 0 &&
	    vsc_span_eq(vsc_blob_span(&now), saved))
		return;
	vsc_ta_start(&npa->eac.ta, &setup);
	if (load_trust(card) < 0)
		vsc_card_log(card, VSC_LOG_ERROR, "the trust points cannot be read again");
}

int
vsc_npa_load(struct vsc_card *card, const struct vsc_params *params)
{
	struct vsc_npa *npa = vsc_npa_of(card);
	struct vsc_span flag;
	int rc;

	npa->ignore_dates = vsc_params_has(params, "disable-ta-checks") ||
			    vsc_card_attr_get(card, VSC_NPA_ATTR_IGNORE_DATES, &flag) == 0;
	if ((rc = load_access(card)) < 0 || (rc = load_security(card)) < 0 ||
	    (rc = load_trust(card)) < 0)
		return vsc_npa_fail(
		    card, rc, "the card's keys or trust points: %s", vsc_err_text(rc));
	vsc_eac_init(&npa->eac, &(struct vsc_eac_setup){ .hooks = &vsc_npa_hooks,
				    .pace = npa->pace,
				    .npace = npa->npace,
				    .ca = npa->ca,
				    .nca = npa->nca,
				    .ri = npa->ri,
				    .nri = npa->nri,
				    .trust = &npa->trust,
				    .version = VSC_TA_2,
				    .ignore_dates = npa->ignore_dates,
				    .sm_flags = VSC_SM_EMRTD });
	return 0;
}

void
vsc_npa_unload(struct vsc_npa *npa)
{
	vsc_eac_reset(&npa->eac);
	for (size_t i = 0; i < VSC_NPA_ROWS_MAX; i++) {
		vsc_agree_key_free(&npa->ca_keys[i]);
		vsc_agree_key_free(&npa->ri_keys[i]);
	}
	for (size_t i = 0; i < npa->ngroups; i++)
		vsc_group_free(npa->groups[i]);
	vsc_trust_free(&npa->trust);
}
