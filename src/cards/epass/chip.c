/*
 * The private part of an ePass: keys and passwords made from a plan, and the BER-TLV value that
 * they are saved as.
 */
#include "cards/epass/chip.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "crypto/rsa_make.h"
#include "crypto/secinfo.h"
#include "iso/tlv.h"

#define VERSION 1

/* --- Making --- */

int
vsc_epass_aa_key(struct vsc_key **key, const struct vsc_epass_plan *plan, const struct vsc_env *env)
{
	if (plan->aa_bits != 0)
		return vsc_key_make_rsa(key, plan->aa_bits, env);
	return vsc_key_generate_ec(key, plan->aa_curve, env);
}

static int
add_key(struct vsc_epass_chip *chip, const struct vsc_ca_alg *alg, unsigned group, int id,
    const struct vsc_env *env)
{
	struct vsc_epass_key *k = &chip->keys[chip->nkeys];
	int rc;

	*k = (struct vsc_epass_key){ .alg = alg, .id = id, .group_id = group };
	if ((rc = vsc_group_new(&k->group, group)) < 0)
		return rc;
	chip->nkeys++;
	return vsc_agree_key_generate(&k->key, k->group, env);
}

/* Doc 9303-11 9.2.8: the key of chip authentication mapping is found by the number of its
 * parameters. */
static int
add_cam_keys(struct vsc_epass_chip *chip, const struct vsc_env *env)
{
	uint32_t have = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < chip->npace; i++) {
		unsigned group = chip->pace[i].group;

		if (chip->pace[i].alg->mapping != VSC_PACE_CAM || (have & 1u << group) != 0)
			continue;
		have |= 1u << group;
		rc = add_key(chip, NULL, group, (int)group, env);
	}
	return rc;
}

/* Six digits, each as likely as the others. */
static int
draw_can(char can[17], const struct vsc_env *env)
{
	uint8_t byte;
	size_t n = 0;
	int rc;

	while (n < 6) {
		if ((rc = vsc_env_random(env, &byte, 1)) < 0)
			return rc;
		if (byte < 250)
			can[n++] = (char)('0' + byte % 10);
	}
	can[n] = '\0';
	return 0;
}

int
vsc_epass_chip_make(struct vsc_epass_chip *chip, const struct vsc_epass_plan *plan,
    const struct vsc_mrz *mrz, const struct vsc_env *env)
{
	int rc = 0;

	chip->access = plan->access;
	vsc_mrz_key(mrz, chip->mrz_key);
	snprintf(chip->can, sizeof(chip->can), "%s", plan->can);
	if (plan->npace > 0 && chip->can[0] == '\0' && (rc = draw_can(chip->can, env)) < 0)
		return rc;
	for (size_t i = 0; i < plan->npace; i++)
		chip->pace[chip->npace++] = plan->pace[i];
	if (plan->aa_bits != 0 || plan->aa_curve != NULL) {
		chip->aa_hash = plan->aa_hash;
		rc = vsc_epass_aa_key(&chip->aa, plan, env);
	}
	for (size_t i = 0; rc == 0 && i < plan->nca; i++)
		rc = add_key(chip, plan->ca[i].alg, plan->ca[i].group,
		    plan->nca == 1 ? VSC_SECINFO_NONE : (int)i + 1, env);
	return rc < 0 ? rc : add_cam_keys(chip, env);
}

void
vsc_epass_chip_free(struct vsc_epass_chip *chip)
{
	vsc_key_free(chip->aa);
	for (size_t i = 0; i < chip->nkeys; i++) {
		vsc_agree_key_free(&chip->keys[i].key);
		vsc_group_free(chip->keys[i].group);
	}
	vsc_blob_free(&chip->csca);
	vsc_blob_free(&chip->ds);
	vsc_wipe(chip, sizeof(*chip));
}

/* --- Saving --- */

enum tag {
	TAG_VERSION = 0x80,
	TAG_ACCESS = 0x81,
	TAG_MRZ_KEY = 0x82,
	TAG_CAN = 0x83,
	TAG_AA = 0x84,
	TAG_AA_HASH = 0x85,
	TAG_AA_KIND = 0x86,
	TAG_CSCA = 0x87,
	TAG_DS = 0x88,
	TAG_PACE = 0xA9, /* { 80 oid, 81 group } */
	TAG_KEY = 0xAA,  /* { 80 oid, 81 group, 82 id, 83 secret } */
};

static void
save_pace(struct vsc_out *out, const struct vsc_plan_pace *pace)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, TAG_PACE);

	vsc_tlv_put(out, 0x80, pace->alg->oid);
	vsc_tlv_put_u8(out, 0x81, (uint8_t)pace->group);
	vsc_tlv_end(out, mark);
}

static int
save_key(struct vsc_out *out, const struct vsc_epass_key *k)
{
	VSC_AUTO_BLOB secret = { NULL, 0 };
	struct vsc_tlv_mark mark;
	int rc;

	if ((rc = vsc_agree_key_export(&k->key, &secret)) < 0)
		return rc;
	mark = vsc_tlv_begin(out, TAG_KEY);
	if (k->alg != NULL)
		vsc_tlv_put(out, 0x80, k->alg->oid);
	vsc_tlv_put_u8(out, 0x81, (uint8_t)k->group_id);
	if (k->id >= 0)
		vsc_tlv_put_u8(out, 0x82, (uint8_t)k->id);
	vsc_tlv_put(out, 0x83, vsc_blob_span(&secret));
	vsc_tlv_end(out, mark);
	return 0;
}

static int
save_aa(struct vsc_out *out, const struct vsc_epass_chip *chip)
{
	VSC_AUTO_BLOB key = { NULL, 0 };
	enum vsc_key_kind kind;
	int rc;

	if (chip->aa == NULL)
		return 0;
	kind = vsc_key_kind(chip->aa);
	if ((rc = vsc_key_save(chip->aa, &key)) < 0)
		return rc;
	vsc_tlv_put(out, TAG_AA, vsc_blob_span(&key));
	vsc_tlv_put_u8(out, TAG_AA_HASH, (uint8_t)chip->aa_hash);
	vsc_tlv_put_u8(out, TAG_AA_KIND, (uint8_t)kind);
	return 0;
}

int
vsc_epass_chip_save(const struct vsc_epass_chip *chip, struct vsc_blob *bytes)
{
	struct vsc_out out;
	int rc = vsc_blob_alloc(bytes, 16384 + chip->csca.len + chip->ds.len);

	if (rc < 0)
		return rc;
	out = vsc_out_from(bytes->ptr, bytes->len);
	vsc_tlv_put_u8(&out, TAG_VERSION, VERSION);
	vsc_tlv_put_u8(&out, TAG_ACCESS, (uint8_t)chip->access);
	vsc_tlv_put(&out, TAG_MRZ_KEY, vsc_span_str(chip->mrz_key));
	vsc_tlv_put(&out, TAG_CAN, vsc_span_str(chip->can));
	vsc_tlv_put(&out, TAG_CSCA, vsc_blob_span(&chip->csca));
	vsc_tlv_put(&out, TAG_DS, vsc_blob_span(&chip->ds));
	rc = save_aa(&out, chip);
	for (size_t i = 0; i < chip->npace; i++)
		save_pace(&out, &chip->pace[i]);
	for (size_t i = 0; rc == 0 && i < chip->nkeys; i++)
		rc = save_key(&out, &chip->keys[i]);
	if (rc == 0)
		rc = out.full ? VSC_E_SPACE : vsc_blob_resize(bytes, out.len);
	return rc;
}

/* --- Loading --- */

static int
load_text(char *text, size_t cap, struct vsc_span value)
{
	if (value.len >= cap || vsc_copy(text, cap, value) < 0)
		return VSC_E_CORRUPT;
	text[value.len] = '\0';
	return 0;
}

static int
load_u8(struct vsc_span value, uint8_t *number)
{
	struct vsc_in in = vsc_in_from(value);

	return value.len == 1 ? vsc_in_u8(&in, number) : VSC_E_CORRUPT;
}

/* A saved chip while it is read: its key of active authentication needs two more objects. */
struct loading {
	struct vsc_epass_chip *chip;
	struct vsc_span aa;
	uint8_t version, access, aa_hash, aa_kind;
};

static int
load_pace(struct loading *l, const struct vsc_tlv *tlv)
{
	struct vsc_epass_chip *chip = l->chip;
	struct vsc_plan_pace *pace = &chip->pace[chip->npace];
	struct vsc_span oid, group;
	uint8_t id;

	if (chip->npace == VSC_EPASS_PACE_MAX || vsc_tlv_find(tlv->value, 0x80, &oid) < 0 ||
	    vsc_tlv_find(tlv->value, 0x81, &group) < 0 || load_u8(group, &id) < 0 ||
	    (pace->alg = vsc_pace_alg_find(oid)) == NULL)
		return VSC_E_CORRUPT;
	pace->group = id;
	chip->npace++;
	return 0;
}

static int
load_key(struct loading *l, const struct vsc_tlv *tlv)
{
	struct vsc_epass_chip *chip = l->chip;
	struct vsc_epass_key *k = &chip->keys[chip->nkeys];
	struct vsc_span oid, group, number, secret;
	uint8_t id;

	if (chip->nkeys == VSC_EPASS_KEYS_MAX || vsc_tlv_find(tlv->value, 0x81, &group) < 0 ||
	    load_u8(group, &id) < 0 || vsc_tlv_find(tlv->value, 0x83, &secret) < 0)
		return VSC_E_CORRUPT;
	*k = (struct vsc_epass_key){ .id = VSC_SECINFO_NONE, .group_id = id };
	if (vsc_tlv_find(tlv->value, 0x80, &oid) == 0 && (k->alg = vsc_ca_alg_find(oid)) == NULL)
		return VSC_E_CORRUPT;
	if (vsc_tlv_find(tlv->value, 0x82, &number) == 0) {
		if (load_u8(number, &id) < 0)
			return VSC_E_CORRUPT;
		k->id = id;
	}
	if (vsc_group_new(&k->group, k->group_id) < 0)
		return VSC_E_CORRUPT;
	chip->nkeys++;
	return vsc_agree_key_import(&k->key, k->group, secret);
}

static int
load_number(struct loading *l, const struct vsc_tlv *tlv)
{
	uint8_t *const numbers[] = { &l->version, &l->access, &l->aa_hash, &l->aa_kind };
	static const uint8_t tags[] = { TAG_VERSION, TAG_ACCESS, TAG_AA_HASH, TAG_AA_KIND };

	for (size_t i = 0; i < VSC_COUNT(tags); i++)
		if (tags[i] == tlv->tag)
			return load_u8(tlv->value, numbers[i]);
	return VSC_E_CORRUPT;
}

static int
load_mrz_key(struct loading *l, const struct vsc_tlv *tlv)
{
	return load_text(l->chip->mrz_key, sizeof(l->chip->mrz_key), tlv->value);
}

static int
load_can(struct loading *l, const struct vsc_tlv *tlv)
{
	return load_text(l->chip->can, sizeof(l->chip->can), tlv->value);
}

static int
load_aa(struct loading *l, const struct vsc_tlv *tlv)
{
	l->aa = tlv->value;
	return 0;
}

static int
load_csca(struct loading *l, const struct vsc_tlv *tlv)
{
	return vsc_blob_set(&l->chip->csca, tlv->value);
}

static int
load_ds(struct loading *l, const struct vsc_tlv *tlv)
{
	return vsc_blob_set(&l->chip->ds, tlv->value);
}

static const struct {
	uint32_t tag;
	int (*load)(struct loading *l, const struct vsc_tlv *tlv);
} objects[] = {
	{ TAG_VERSION, load_number },
	{ TAG_ACCESS, load_number },
	{ TAG_MRZ_KEY, load_mrz_key },
	{ TAG_CAN, load_can },
	{ TAG_AA, load_aa },
	{ TAG_AA_HASH, load_number },
	{ TAG_AA_KIND, load_number },
	{ TAG_CSCA, load_csca },
	{ TAG_DS, load_ds },
	{ TAG_PACE, load_pace },
	{ TAG_KEY, load_key },
};

static int
load_object(struct loading *l, const struct vsc_tlv *tlv)
{
	for (size_t i = 0; i < VSC_COUNT(objects); i++)
		if (objects[i].tag == tlv->tag)
			return objects[i].load(l, tlv);
	return VSC_E_CORRUPT;
}

/* BAC's key of a TD3 or another: a number of nine characters or more, two dates, check digits. */
#define MRZ_KEY_MIN 24

static bool
has_mapping_key(const struct vsc_epass_chip *chip, unsigned group)
{
	for (size_t i = 0; i < chip->nkeys; i++)
		if (chip->keys[i].alg == NULL && chip->keys[i].group_id == group)
			return true;
	return false;
}

/* Could this chip have been made? What runs protocols later does not ask again. */
static bool
is_sound(const struct vsc_epass_chip *chip)
{
	if ((chip->access & ~(unsigned)(VSC_EPASS_BAC | VSC_EPASS_PACE)) != 0 ||
	    strlen(chip->mrz_key) < MRZ_KEY_MIN)
		return false;
	if (chip->aa != NULL &&
	    (vsc_hash_info(chip->aa_hash) == NULL ||
		(vsc_key_kind(chip->aa) != VSC_KEY_RSA && vsc_key_kind(chip->aa) != VSC_KEY_EC)))
		return false;
	for (size_t i = 0; i < chip->npace; i++) {
		const struct vsc_plan_pace *pace = &chip->pace[i];

		if (!vsc_epass_pace_possible(pace->alg, pace->group) ||
		    (pace->alg->mapping == VSC_PACE_CAM && !has_mapping_key(chip, pace->group)))
			return false;
	}
	for (size_t i = 0; i < chip->nkeys; i++)
		if (chip->keys[i].alg != NULL &&
		    chip->keys[i].alg->kind != vsc_group_kind(chip->keys[i].group))
			return false;
	return true;
}

int
vsc_epass_chip_load(struct vsc_epass_chip *chip, struct vsc_span bytes)
{
	struct loading l = { .chip = chip };
	struct vsc_in in = vsc_in_from(bytes);
	struct vsc_tlv tlv;
	int rc;

	while ((rc = vsc_tlv_next(&in, &tlv)) > 0)
		if ((rc = load_object(&l, &tlv)) < 0)
			break;
	if (rc < 0 || l.version != VERSION)
		return VSC_E_CORRUPT;
	chip->access = l.access;
	chip->aa_hash = (enum vsc_hash)l.aa_hash;
	if (l.aa.len > 0)
		rc = vsc_key_load(&chip->aa, (enum vsc_key_kind)l.aa_kind, true, l.aa);
	return rc < 0 || !is_sound(chip) ? VSC_E_CORRUPT : 0;
}
