/* SecurityInfos written from what the chip has, into EF.CardAccess, EF.CardSecurity and DG14. */
#include "cards/epass/infos.h"

#include "base/auto.h"
#include "cards/epass/lds.h"
#include "crypto/params.h"
#include "crypto/secinfo.h"
#include "iso/tlv.h"

/* Eight keys with explicit parameters of 2048 bits and what else there is stay below. */
#define ROOM 16384u

struct making {
	const struct vsc_epass_chip *chip;
	const struct vsc_agree_key *const *others;
	struct vsc_blob *spki; /* scratch */
};

static void
put_pace(struct vsc_out *out, const struct vsc_epass_chip *chip)
{
	for (size_t i = 0; i < chip->npace; i++)
		vsc_secinfo_put_pace(out, chip->pace[i].alg, (int)chip->pace[i].group);
}

/* ChipAuthenticationPublicKeyInfo: explicit parameters in DG14, standardised ones for mapping. */
static int
put_public(struct making *m, struct vsc_out *out, size_t i)
{
	const struct vsc_epass_key *k = &m->chip->keys[i];
	const struct vsc_agree_key *shown = m->others[i] != NULL ? m->others[i] : &k->key;
	struct vsc_out spki;
	int rc;

	if ((rc = vsc_blob_alloc(m->spki, 4096)) < 0)
		return rc;
	spki = vsc_out_from(m->spki->ptr, m->spki->len);
	rc = k->alg == NULL ? vsc_spki_put_standard(&spki, k->group, vsc_blob_span(&shown->public))
			    : vsc_spki_put_explicit(&spki, k->group, vsc_blob_span(&shown->public));
	if (rc < 0)
		return rc;
	vsc_secinfo_put_ca_public(out, vsc_group_kind(k->group), vsc_out_span(&spki), k->id);
	return 0;
}

/* The keys of one purpose: of chip authentication with its protocol, or of mapping. */
static int
put_keys(struct making *m, struct vsc_out *out, bool mapping)
{
	int rc;

	for (size_t i = 0; i < m->chip->nkeys; i++) {
		const struct vsc_epass_key *k = &m->chip->keys[i];

		if ((k->alg == NULL) != mapping)
			continue;
		if ((rc = put_public(m, out, i)) < 0)
			return rc;
		if (!mapping)
			vsc_secinfo_put_ca(out, k->alg, 1, k->id);
	}
	return 0;
}

static int
finish(const struct vsc_out *out, struct vsc_blob *set)
{
	if (out->full)
		return VSC_E_SPACE;
	return out->len == 0 ? 0 : vsc_secinfos_finish(vsc_out_span(out), set);
}

static bool
has_mapping(const struct vsc_epass_chip *chip)
{
	for (size_t i = 0; i < chip->nkeys; i++)
		if (chip->keys[i].alg == NULL)
			return true;
	return false;
}

/* Doc 9303-11 9.2.9 to 9.2.11: EF.CardSecurity and DG14 repeat what EF.CardAccess says. */
int
vsc_epass_infos_make(struct vsc_epass_infos *infos, const struct vsc_epass_chip *chip,
    const struct vsc_agree_key *const *others, bool terminal)
{
	VSC_AUTO_BLOB room = { NULL, 0 }, spki = { NULL, 0 };
	struct making m = { chip, others, &spki };
	struct vsc_out out;
	int rc;

	if ((rc = vsc_blob_alloc(&room, ROOM)) < 0)
		return rc;
	out = vsc_out_from(room.ptr, room.len);
	put_pace(&out, chip);
	if ((rc = finish(&out, &infos->card_access)) < 0)
		return rc;
	if (has_mapping(chip) &&
	    ((rc = put_keys(&m, &out, true)) < 0 || (rc = finish(&out, &infos->card_security)) < 0))
		return rc;
	out = vsc_out_from(room.ptr, room.len);
	put_pace(&out, chip);
	if ((rc = put_keys(&m, &out, false)) < 0)
		return rc;
	if (chip->aa != NULL && vsc_key_kind(chip->aa) == VSC_KEY_EC)
		vsc_secinfo_put_aa(&out, chip->aa_hash);
	if (terminal)
		vsc_secinfo_put_ta(&out, 1);
	return finish(&out, &infos->dg14);
}

static bool
usable(const struct vsc_secinfo *info)
{
	return info->kind == VSC_SECINFO_PACE && info->pace != NULL && info->id >= 0 &&
	       info->pace->mapping != VSC_PACE_CAM &&
	       vsc_epass_pace_possible(info->pace, (unsigned)info->id);
}

size_t
vsc_epass_infos_pace(struct vsc_span dg14, struct vsc_plan_pace *pace)
{
	struct vsc_secinfos infos;
	struct vsc_span set;
	size_t count = 0;

	if (vsc_tlv_only(dg14, vsc_lds_tag(14), &set) < 0 || vsc_secinfos_parse(set, &infos) < 0)
		return 0;
	for (size_t i = 0; i < infos.count && count < VSC_EPASS_PACE_MAX; i++)
		if (usable(&infos.list[i]))
			pace[count++] = (struct vsc_plan_pace){ infos.list[i].pace,
				(unsigned)infos.list[i].id };
	return count;
}

void
vsc_epass_infos_free(struct vsc_epass_infos *infos)
{
	vsc_blob_free(&infos->card_access);
	vsc_blob_free(&infos->card_security);
	vsc_blob_free(&infos->dg14);
}
