/*
 * EF.CardAccess, EF.CardSecurity and a key that come from files: do they belong to one card
 * (TR-03110-3 A.1.2.2), and can a card be made of them?
 */
#include <stdio.h>

#include "base/auto.h"
#include "cards/npa/npa.h"
#include "crypto/params.h"
#include "iso/tlv.h"

/* One element of a set by itself. */
static int
parse_one(const struct vsc_tlv *element, struct vsc_blob *set, struct vsc_secinfos *infos)
{
	int rc = vsc_secinfos_finish(element->whole, set);

	return rc < 0 ? rc : vsc_secinfos_parse(vsc_blob_span(set), infos);
}

/* A.1.2.1: what EF.CardAccess tells before there is a session. */
static bool
is_public(const struct vsc_secinfos *one)
{
	static const enum vsc_secinfo_kind kinds[] = { VSC_SECINFO_PACE, VSC_SECINFO_PACE_PARAMS,
		VSC_SECINFO_CA, VSC_SECINFO_CA_PARAMS, VSC_SECINFO_TA, VSC_SECINFO_LOCATOR };

	for (size_t i = 0; i < VSC_COUNT(kinds); i++)
		if (one->count > 0 && one->list[0].kind == kinds[i])
			return true;
	return false;
}

int
vsc_npa_access_of(struct vsc_span card_set, struct vsc_blob *access)
{
	VSC_AUTO_BLOB elements = { NULL, 0 };
	struct vsc_span inside;
	struct vsc_secinfos one;
	struct vsc_tlv tlv;
	struct vsc_in in;
	int rc;

	if ((rc = vsc_tlv_only(card_set, 0x31, &inside)) < 0)
		return rc;
	in = vsc_in_from(inside);
	while (vsc_tlv_next(&in, &tlv) == 1) {
		VSC_AUTO_BLOB set = { NULL, 0 };

		if ((rc = parse_one(&tlv, &set, &one)) < 0)
			return rc;
		if (is_public(&one) && (rc = vsc_blob_append(&elements, tlv.whole)) < 0)
			return rc;
	}
	return vsc_secinfos_finish(vsc_blob_span(&elements), access);
}

static bool
has_element(struct vsc_span set, struct vsc_span whole)
{
	struct vsc_span inside;
	struct vsc_tlv tlv;
	struct vsc_in in;

	if (vsc_tlv_only(set, 0x31, &inside) < 0)
		return false;
	in = vsc_in_from(inside);
	while (vsc_tlv_next(&in, &tlv) == 1)
		if (vsc_span_eq(tlv.whole, whole))
			return true;
	return false;
}

int
vsc_npa_check_access(struct vsc_card *card, struct vsc_span access, struct vsc_span card_set)
{
	struct vsc_span inside;
	struct vsc_secinfos one;
	struct vsc_tlv tlv;
	struct vsc_in in;
	int rc;

	if (vsc_tlv_only(access, 0x31, &inside) < 0)
		return vsc_npa_fail(card, VSC_E_FORMAT, "--ef-cardaccess: no SecurityInfos");
	in = vsc_in_from(inside);
	while (vsc_tlv_next(&in, &tlv) == 1) {
		VSC_AUTO_BLOB set = { NULL, 0 };

		if ((rc = parse_one(&tlv, &set, &one)) < 0)
			return vsc_npa_fail(card, rc, "--ef-cardaccess: %s", vsc_err_text(rc));
		if (is_public(&one) && !one.list[0].privileged && !has_element(card_set, tlv.whole))
			return vsc_npa_fail(card, VSC_E_VERIFY,
			    "--ef-cardaccess and --ef-cardsecurity: not of one card; what the "
			    "first "
			    "tells is not in the second");
	}
	return 0;
}

/* The public key in the file must be that of the private key in the other. */
int
vsc_npa_check_public(struct vsc_card *card, struct vsc_span made, const struct vsc_secinfos *given)
{
	struct vsc_in in = vsc_in_from(made);
	struct vsc_tlv tlv;

	while (vsc_tlv_next(&in, &tlv) == 1) {
		VSC_AUTO_BLOB set = { NULL, 0 }, ours = { NULL, 0 }, theirs = { NULL, 0 };
		struct vsc_group *group = NULL, *other = NULL;
		const struct vsc_secinfo *info;
		struct vsc_secinfos mine;
		int rc = vsc_secinfos_finish(tlv.whole, &set);

		if (rc == 0)
			rc = vsc_secinfos_parse(vsc_blob_span(&set), &mine);
		if (rc != 0)
			return rc;
		info = vsc_secinfos_find(given, VSC_SECINFO_CA_PUBLIC, mine.list[0].id);
		if (info == NULL)
			info = vsc_secinfos_find(given, VSC_SECINFO_CA_PUBLIC, VSC_SECINFO_NONE);
		rc = info == NULL ? VSC_E_NOT_FOUND
				  : vsc_spki_parse(mine.list[0].required, &group, &ours);
		if (rc == 0)
			rc = vsc_spki_parse(info->required, &other, &theirs);
		vsc_group_free(group);
		vsc_group_free(other);
		if (rc < 0 || !vsc_span_eq(vsc_blob_span(&ours), vsc_blob_span(&theirs)))
			return vsc_npa_fail(card, VSC_E_VERIFY,
			    "--ef-cardsecurity and --ca-key: not one key's two halves");
	}
	return 0;
}

/* --- Can a card be made of it? --- */

/* The group of a PACEInfo or ChipAuthenticationInfo: its own parameters, or standardised ones.
 * NULL: this card has no such group. */
static const struct vsc_group *
group_of(struct vsc_npa *npa, const struct vsc_secinfo *params, int standard)
{
	const struct vsc_group *group;
	uint8_t buf[32];
	struct vsc_out algorithm = vsc_out_from(buf, sizeof(buf));

	if (params == NULL && standard < 0)
		return NULL;
	if (params == NULL)
		vsc_params_put(&algorithm, (unsigned)standard);
	return vsc_npa_group(
		   npa, params != NULL ? params->required : vsc_out_span(&algorithm), &group) < 0
		   ? NULL
		   : group;
}

static void
name_of(char *text, size_t cap, const struct vsc_secinfo *info)
{
	const bool pace = info->kind == VSC_SECINFO_PACE;
	const char *protocol = pace ? "PACE" : "chip authentication";

	if (info->id < 0)
		(void)snprintf(text, cap, "%s", protocol);
	else
		(void)snprintf(
		    text, cap, "%s with %s %d", protocol, pace ? "parameters" : "key", info->id);
}

/* 1: usable; 0: of a protocol that this card does not have, or not chip authentication's or PACE's;
 * < 0: refused. */
static int
check_info(struct vsc_card *card, const char *option, const struct vsc_secinfos *infos,
    const struct vsc_secinfo *info)
{
	const bool pace = info->kind == VSC_SECINFO_PACE;
	const struct vsc_secinfo *params;
	const struct vsc_group *group;
	char what[48];

	if (info->version != 2 ||
	    (pace ? info->pace == NULL || info->pace->mapping == VSC_PACE_CAM : info->ca == NULL))
		return 0;
	name_of(what, sizeof(what), info);
	params = vsc_secinfos_find(
	    infos, pace ? VSC_SECINFO_PACE_PARAMS : VSC_SECINFO_CA_PARAMS, info->id);
	group = group_of(vsc_npa_of(card), params, pace ? info->id : VSC_SECINFO_NONE);
	if (group == NULL)
		return vsc_npa_fail(card, VSC_E_FORMAT,
		    "--%s: %s: no domain parameters that this card knows", option, what);
	if (pace ? !vsc_pace_possible(info->pace, group) : vsc_group_kind(group) != info->ca->kind)
		return vsc_npa_fail(card, VSC_E_FORMAT,
		    "--%s: %s: domain parameters of the other kind, DH or ECDH", option, what);
	return 1;
}

int
vsc_npa_check_usable(struct vsc_card *card, const char *option, struct vsc_span access)
{
	struct vsc_secinfos infos;
	size_t npace = 0, nca = 0;

	if (vsc_secinfos_parse(access, &infos) < 0)
		return vsc_npa_fail(card, VSC_E_FORMAT, "--%s: no SecurityInfos", option);
	for (size_t i = 0; i < infos.count; i++) {
		const enum vsc_secinfo_kind kind = infos.list[i].kind;
		int rc = kind == VSC_SECINFO_PACE || kind == VSC_SECINFO_CA
			     ? check_info(card, option, &infos, &infos.list[i])
			     : 0;

		if (rc < 0)
			return rc;
		npace += kind == VSC_SECINFO_PACE && rc == 1;
		nca += kind == VSC_SECINFO_CA && rc == 1;
	}
	if (npace == 0)
		return vsc_npa_fail(card, VSC_E_FORMAT,
		    "--%s: no PACE of version 2 with generic or integrated mapping; nothing would "
		    "open this card",
		    option);
	if (nca == 0)
		return vsc_npa_fail(card, VSC_E_FORMAT,
		    "--%s: no chip authentication of version 2; nobody would read this card",
		    option);
	return 0;
}
