/* Security environments: templates read, kept, stored under a number and restored. */
#include "card/se.h"

#include <stdlib.h>

#include "base/auto.h"
#include "card/engine.h"
#include "iso/tlv.h"

#define TAG_ROLE 0x80u /* before each template of a stored environment */

static const uint8_t tags[VSC_CRT_KINDS] = {
	[VSC_CRT_AT] = 0xA4,
	[VSC_CRT_KAT] = 0xA6,
	[VSC_CRT_HT] = 0xAA,
	[VSC_CRT_CCT] = 0xB4,
	[VSC_CRT_DST] = 0xB6,
	[VSC_CRT_CT] = 0xB8,
};

/* What a template is for that does not say so by 95, as in P1; and how it is stored. */
static const struct {
	uint8_t usage, stored;
} roles[VSC_CRT_ROLES] = {
	[VSC_ROLE_COMPUTE] = { 0x40, 0 },
	[VSC_ROLE_VERIFY] = { 0x80, 1 },
	[VSC_ROLE_SM_COMMAND] = { 0x10, 3 },
	[VSC_ROLE_SM_ANSWER] = { 0x20, 4 },
};
#define STORED_SM 2u /* of earlier cards: both directions */

struct vsc_se *
vsc_card_se(struct vsc_card *card)
{
	return &vsc_card_current(card)->se;
}

enum vsc_crt_kind
vsc_crt_kind(uint8_t tag)
{
	unsigned kind = 0;

	while (kind < VSC_CRT_KINDS && tags[kind] != tag)
		kind++;
	return (enum vsc_crt_kind)kind;
}

uint8_t
vsc_crt_tag(enum vsc_crt_kind kind)
{
	return tags[kind];
}

static void
clear_crt(struct vsc_crt *crt)
{
	vsc_blob_free(&crt->name);
	vsc_blob_free(&crt->oid);
	vsc_blob_free(&crt->iv);
	vsc_blob_free(&crt->all);
	*crt = (struct vsc_crt){ .set = false };
}

void
vsc_se_clear(struct vsc_se *se)
{
	for (unsigned kind = 0; kind < VSC_CRT_KINDS; kind++)
		for (unsigned role = 0; role < VSC_CRT_ROLES; role++)
			clear_crt(&se->crt[kind][role]);
	vsc_blob_free(&se->digest);
	vsc_blob_free(&se->hash_state);
	*se = (struct vsc_se){ .number = 0 };
}

/* One byte is a reference; more is a name. */
static int
set_key(struct vsc_crt *crt, struct vsc_span value)
{
	if (value.len == 0)
		return VSC_E_FORMAT;
	crt->has_key = value.len == 1;
	if (!crt->has_key)
		return vsc_blob_set(&crt->name, value);
	crt->key = value.ptr[0];
	return 0;
}

static int
set_alg(struct vsc_crt *crt, struct vsc_span value)
{
	if (value.len == 0)
		return VSC_E_FORMAT;
	if (value.len > 1)
		return vsc_blob_set(&crt->oid, value);
	crt->alg = value.ptr[0];
	return 0;
}

static int
set_usage(struct vsc_crt *crt, struct vsc_span value)
{
	if (value.len != 1)
		return VSC_E_FORMAT;
	crt->usage = value.ptr[0];
	return 0;
}

static int
set_iv(struct vsc_crt *crt, struct vsc_span value)
{
	return vsc_blob_set(&crt->iv, value);
}

/* ISO/IEC 7816-4:2020 table of control reference data objects; others are kept in `all`. */
static const struct {
	uint32_t tag;
	int (*set)(struct vsc_crt *crt, struct vsc_span value);
} objects_known[] = {
	{ 0x80, set_alg },
	{ 0x83, set_key },
	{ 0x84, set_key },
	{ 0x87, set_iv },
	{ 0x95, set_usage },
};

static int
read_object(struct vsc_crt *crt, const struct vsc_tlv *tlv)
{
	for (size_t i = 0; i < VSC_COUNT(objects_known); i++)
		if (objects_known[i].tag == tlv->tag)
			return objects_known[i].set(crt, tlv->value);
	return 0;
}

int
vsc_se_set(
    struct vsc_se *se, enum vsc_crt_kind kind, enum vsc_crt_role role, struct vsc_span objects)
{
	struct vsc_in in = vsc_in_from(objects);
	struct vsc_crt fresh = { .set = true };
	struct vsc_tlv tlv;
	int rc;

	while ((rc = vsc_tlv_next(&in, &tlv)) == 1)
		if ((rc = read_object(&fresh, &tlv)) < 0)
			break;
	if (fresh.usage == 0)
		fresh.usage = roles[role].usage;
	if (rc == 0)
		rc = vsc_blob_set(&fresh.all, objects);
	if (rc < 0) {
		clear_crt(&fresh);
		return rc;
	}
	clear_crt(&se->crt[kind][role]);
	se->crt[kind][role] = fresh;
	return 0;
}

void
vsc_se_unset(struct vsc_se *se, enum vsc_crt_kind kind, enum vsc_crt_role role)
{
	clear_crt(&se->crt[kind][role]);
}

/* --- Numbered environments --- */

static void
free_saved(struct vsc_saved_se *saved)
{
	vsc_blob_free(&saved->crts);
	free(saved);
}

void
vsc_saved_ses_free(struct vsc_card *card)
{
	struct vsc_saved_se *next;

	for (struct vsc_saved_se *se = card->ses; se != NULL; se = next) {
		next = se->next;
		free_saved(se);
	}
	card->ses = NULL;
}

void
vsc_saved_ses_clean(struct vsc_card *card)
{
	struct vsc_saved_se **at = &card->ses;

	while (*at != NULL) {
		struct vsc_saved_se *se = *at;

		se->dirty = false;
		if (!se->deleted) {
			at = &se->next;
			continue;
		}
		*at = se->next;
		free_saved(se);
	}
}

static struct vsc_saved_se *
skip_deleted(struct vsc_saved_se *se)
{
	while (se != NULL && se->deleted)
		se = se->next;
	return se;
}

struct vsc_saved_se *
vsc_saved_se_first(struct vsc_card *card)
{
	return skip_deleted(card->ses);
}

struct vsc_saved_se *
vsc_saved_se_next(struct vsc_saved_se *se)
{
	return skip_deleted(se->next);
}

struct vsc_saved_se *
vsc_saved_se_find(struct vsc_card *card, uint8_t number)
{
	struct vsc_saved_se *found = NULL, *se = vsc_saved_se_first(card);
	uint32_t best = UINT32_MAX;

	for (; se != NULL; se = vsc_saved_se_next(se)) {
		uint32_t distance = vsc_security_distance(card, se->df);

		if (se->number == number && distance < best) {
			best = distance;
			found = se;
		}
	}
	return found;
}

static void
touch(struct vsc_card *card, struct vsc_saved_se *saved)
{
	saved->dirty = true;
	vsc_card_touch(card);
}

int
vsc_saved_se_add(struct vsc_card *card, const struct vsc_saved_se *spec)
{
	struct vsc_saved_se *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL)
		return VSC_E_NOMEM;
	*fresh = (struct vsc_saved_se){ .df = spec->df, .number = spec->number };
	if (vsc_blob_set(&fresh->crts, vsc_blob_span(&spec->crts)) < 0) {
		free_saved(fresh);
		return VSC_E_NOMEM;
	}
	fresh->id = vsc_security_id(card, spec->id);
	fresh->next = card->ses;
	card->ses = fresh;
	touch(card, fresh);
	return 0;
}

void
vsc_saved_se_delete(struct vsc_card *card, struct vsc_saved_se *saved)
{
	saved->deleted = true;
	touch(card, saved);
}

static int
write_se(const struct vsc_se *se, struct vsc_blob *crts)
{
	uint8_t buf[4096];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	for (unsigned kind = 0; kind < VSC_CRT_KINDS; kind++) {
		for (unsigned role = 0; role < VSC_CRT_ROLES; role++) {
			const struct vsc_crt *crt = &se->crt[kind][role];

			if (!crt->set)
				continue;
			vsc_tlv_put_u8(&out, TAG_ROLE, roles[role].stored);
			vsc_tlv_put(&out, tags[kind], vsc_blob_span(&crt->all));
		}
	}
	return out.full ? VSC_E_SPACE : vsc_blob_set(crts, vsc_out_span(&out));
}

int
vsc_saved_se_store(struct vsc_card *card, uint8_t number)
{
	struct vsc_saved_se spec = { .df = vsc_card_position(card)->df->id, .number = number };
	struct vsc_saved_se *old = vsc_saved_se_find(card, number);
	int rc;

	if ((rc = write_se(vsc_card_se(card), &spec.crts)) == 0) {
		if (old != NULL && old->df == spec.df)
			vsc_saved_se_delete(card, old);
		rc = vsc_saved_se_add(card, &spec);
	}
	vsc_blob_free(&spec.crts);
	return rc;
}

/* A template for each role that it was stored for. */
static int
restore_crt(struct vsc_se *se, uint8_t stored, const struct vsc_tlv *tlv)
{
	enum vsc_crt_kind kind = tlv->tag > 0xFF ? VSC_CRT_KINDS : vsc_crt_kind((uint8_t)tlv->tag);
	int rc = VSC_E_CORRUPT;

	if (kind == VSC_CRT_KINDS)
		return rc;
	for (unsigned role = 0; role < VSC_CRT_ROLES; role++) {
		bool both = stored == STORED_SM && role >= VSC_ROLE_SM_COMMAND;

		if (roles[role].stored != stored && !both)
			continue;
		if ((rc = vsc_se_set(se, kind, (enum vsc_crt_role)role, tlv->value)) < 0)
			return rc;
	}
	return rc;
}

int
vsc_saved_se_restore(struct vsc_card *card, const struct vsc_saved_se *saved)
{
	struct vsc_in in = vsc_in_from(vsc_blob_span(&saved->crts));
	struct vsc_se *se = vsc_card_se(card);
	uint8_t stored = 0;
	struct vsc_tlv tlv;
	int rc;

	vsc_se_clear(se);
	while ((rc = vsc_tlv_next(&in, &tlv)) == 1) {
		if (tlv.tag == TAG_ROLE && tlv.value.len == 1)
			stored = tlv.value.ptr[0];
		else if ((rc = restore_crt(se, stored, &tlv)) < 0)
			return rc;
	}
	if (rc < 0)
		return rc;
	se->number = saved->number;
	return 0;
}
