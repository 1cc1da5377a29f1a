/* SecurityInfos: write and read. */
#include "crypto/secinfo.h"

#include <stdlib.h>

#include "base/auto.h"
#include "crypto/params.h"
#include "iso/tlv.h"

/* bsi-de protocols smartcard: 0.4.0.127.0.7.2.2 */
#define BSI(...) 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, __VA_ARGS__

static const uint8_t oid_ta[] = { BSI(2) };
static const uint8_t oid_locator[] = { BSI(6) };
static const uint8_t oid_eid[] = { BSI(7) };
static const uint8_t oid_privileged[] = { BSI(8) };
static const uint8_t oid_aa[] = { 0x67, 0x81, 0x08, 0x01, 0x01, 0x05 };
/* by kind: DH, ECDH */
static const uint8_t oid_pk[][9] = { { BSI(1, 1) }, { BSI(1, 2) } };
static const uint8_t oid_ca[][9] = { { BSI(3, 1) }, { BSI(3, 2) } };
static const uint8_t oid_ri[][9] = { { BSI(5, 1) }, { BSI(5, 2) } };

static void
put_int(struct vsc_out *out, int value)
{
	if (value > 0x7F)
		vsc_tlv_put_u16(out, 0x02, (uint16_t)value);
	else if (value >= 0)
		vsc_tlv_put_u8(out, 0x02, (uint8_t)value);
}

/* SEQUENCE { oid, INTEGER version, INTEGER id? } */
static void
put_versioned(struct vsc_out *out, struct vsc_span oid, unsigned version, int id)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x30);

	vsc_tlv_put(out, 0x06, oid);
	put_int(out, (int)version);
	put_int(out, id);
	vsc_tlv_end(out, mark);
}

/* SEQUENCE { oid, element, INTEGER id? } */
static void
put_element(struct vsc_out *out, struct vsc_span oid, struct vsc_span element, int id)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x30);

	vsc_tlv_put(out, 0x06, oid);
	vsc_out_put(out, element);
	put_int(out, id);
	vsc_tlv_end(out, mark);
}

void
vsc_secinfo_put_pace(struct vsc_out *out, const struct vsc_pace_alg *alg, int param_id)
{
	put_versioned(out, alg->oid, 2, param_id);
}

void
vsc_secinfo_put_pace_params(
    struct vsc_out *out, const struct vsc_pace_alg *alg, struct vsc_span algorithm, int param_id)
{
	/* the protocol's OID without the cipher */
	put_element(out, vsc_span_slice(alg->oid, 0, alg->oid.len - 1), algorithm, param_id);
}

void
vsc_secinfo_put_ca(struct vsc_out *out, const struct vsc_ca_alg *alg, unsigned version, int key_id)
{
	put_versioned(out, alg->oid, version, key_id);
}

/* AlgorithmIdentifier with a standardised id */
static void
put_standard(struct vsc_out *out, struct vsc_span oid, unsigned param_id, int key_id)
{
	uint8_t buf[32];
	struct vsc_out algorithm = vsc_out_from(buf, sizeof(buf));

	vsc_params_put(&algorithm, param_id);
	put_element(out, oid, vsc_out_span(&algorithm), key_id);
}

void
vsc_secinfo_put_ca_params(
    struct vsc_out *out, enum vsc_group_kind kind, unsigned param_id, int key_id)
{
	put_standard(out, VSC_SPAN_OF(oid_ca[kind]), param_id, key_id);
}

void
vsc_secinfo_put_ca_public(
    struct vsc_out *out, enum vsc_group_kind kind, struct vsc_span spki, int key_id)
{
	put_element(out, VSC_SPAN_OF(oid_pk[kind]), spki, key_id);
}

void
vsc_secinfo_put_ta(struct vsc_out *out, unsigned version)
{
	put_versioned(out, VSC_SPAN_OF(oid_ta), version, VSC_SECINFO_NONE);
}

void
vsc_secinfo_put_ri(
    struct vsc_out *out, const struct vsc_ri_alg *alg, unsigned key_id, bool authorized_only)
{
	struct vsc_tlv_mark info = vsc_tlv_begin(out, 0x30), params;

	vsc_tlv_put(out, 0x06, alg->oid);
	params = vsc_tlv_begin(out, 0x30);
	put_int(out, 1);
	put_int(out, (int)key_id);
	vsc_tlv_put_u8(out, 0x01, authorized_only ? 0xFF : 0x00);
	vsc_tlv_end(out, params);
	vsc_tlv_end(out, info);
}

void
vsc_secinfo_put_ri_params(struct vsc_out *out, enum vsc_group_kind kind, unsigned param_id)
{
	put_standard(out, VSC_SPAN_OF(oid_ri[kind]), param_id, VSC_SECINFO_NONE);
}

void
vsc_secinfo_put_locator(struct vsc_out *out, const char *url)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x30);

	vsc_tlv_put(out, 0x06, VSC_SPAN_OF(oid_locator));
	vsc_tlv_put(out, 0x16, vsc_span_str(url));
	vsc_tlv_end(out, mark);
}

void
vsc_secinfo_put_privileged(struct vsc_out *out, struct vsc_span infos)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x30);

	vsc_tlv_put(out, 0x06, VSC_SPAN_OF(oid_privileged));
	vsc_tlv_put(out, 0x31, infos);
	vsc_tlv_end(out, mark);
}

/* The content of the inner set, if this element is a PrivilegedTerminalInfo. */
static bool
is_privileged(const struct vsc_tlv *element, struct vsc_span *inner)
{
	struct vsc_in in = vsc_in_from(element->value);
	struct vsc_tlv oid, set;

	if (vsc_tlv_next_der(&in, &oid) != 1 || vsc_tlv_next_der(&in, &set) != 1 ||
	    !vsc_span_eq(oid.value, VSC_SPAN_OF(oid_privileged)) || set.tag != 0x31)
		return false;
	*inner = set.value;
	return true;
}

int
vsc_secinfos_put_with_privileged(
    struct vsc_out *out, struct vsc_span elements, struct vsc_span keys)
{
	VSC_AUTO_BLOB all = { NULL, 0 }, set = { NULL, 0 };
	struct vsc_in in = vsc_in_from(elements);
	struct vsc_span inner;
	struct vsc_tlv tlv;
	int more, rc;

	while ((more = vsc_tlv_next_der(&in, &tlv)) == 1) {
		if (!is_privileged(&tlv, &inner))
			vsc_out_put(out, tlv.whole);
		else if ((rc = vsc_blob_append(&all, inner)) < 0)
			return rc;
	}
	if (more < 0 || all.len == 0)
		return more;
	if ((rc = vsc_blob_append(&all, keys)) < 0 ||
	    (rc = vsc_secinfos_finish(vsc_blob_span(&all), &set)) < 0 ||
	    (rc = vsc_tlv_only(vsc_blob_span(&set), 0x31, &inner)) < 0)
		return rc;
	vsc_secinfo_put_privileged(out, inner);
	return 0;
}

void
vsc_secinfo_put_eid(
    struct vsc_out *out, enum vsc_hash hash, const struct vsc_dg_hash *groups, size_t count)
{
	struct vsc_tlv_mark info = vsc_tlv_begin(out, 0x30), object, list;

	vsc_tlv_put(out, 0x06, VSC_SPAN_OF(oid_eid));
	object = vsc_tlv_begin(out, 0x30);
	list = vsc_tlv_begin(out, 0x30);
	vsc_tlv_put(out, 0x06, vsc_hash_info(hash)->oid);
	vsc_tlv_end(out, list);
	vsc_dg_hashes_put(out, groups, count);
	vsc_tlv_end(out, object);
	vsc_tlv_end(out, info);
}

void
vsc_secinfo_put_aa(struct vsc_out *out, enum vsc_hash hash)
{
	/* ecdsa-plain-signatures .1 SHA-1 to .5 SHA-512: in the order of enum vsc_hash */
	const uint8_t oid[] = { 0x04, 0x00, 0x7F, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01,
		(uint8_t)(1 + hash - VSC_HASH_SHA1) };
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x30);

	vsc_tlv_put(out, 0x06, VSC_SPAN_OF(oid_aa));
	put_int(out, 1);
	vsc_tlv_put(out, 0x06, VSC_SPAN_OF(oid));
	vsc_tlv_end(out, mark);
}

static int
by_encoding(const void *a, const void *b)
{
	const struct vsc_tlv *left = a, *right = b;

	return vsc_span_cmp(left->whole, right->whole);
}

int
vsc_secinfos_finish(struct vsc_span elements, struct vsc_blob *set)
{
	struct vsc_tlv list[VSC_SECINFOS_MAX];
	struct vsc_in in = vsc_in_from(elements);
	struct vsc_out out;
	size_t count = 0;
	int more;

	for (;;) {
		struct vsc_tlv tlv;

		if ((more = vsc_tlv_next_der(&in, &tlv)) <= 0)
			break;
		if (count == VSC_SECINFOS_MAX)
			return VSC_E_SPACE;
		list[count++] = tlv;
	}
	if (more < 0)
		return VSC_E_FORMAT;
	/* ISO/IEC 8825-1 11.6: the elements of a SET OF in ascending order */
	qsort(list, count, sizeof(list[0]), by_encoding);
	if (vsc_blob_alloc(set, vsc_tlv_size(0x31, elements.len)) < 0)
		return VSC_E_NOMEM;
	out = vsc_out_from(set->ptr, set->len);
	vsc_tlv_put_tag(&out, 0x31);
	vsc_tlv_put_length(&out, elements.len);
	for (size_t i = 0; i < count; i++)
		vsc_out_put(&out, list[i].whole);
	return out.full ? VSC_E_SPACE : 0;
}

/* An INTEGER of one or two bytes, not negative. */
static int
read_int(struct vsc_span value, int *number)
{
	struct vsc_in in = vsc_in_from(value);
	uint16_t wide;
	uint8_t byte;

	if (value.len == 2 && vsc_in_u16(&in, &wide) == 0 && wide < 0x8000)
		*number = wide;
	else if (value.len == 1 && vsc_in_u8(&in, &byte) == 0 && byte < 0x80)
		*number = byte;
	else
		return VSC_E_FORMAT;
	return 0;
}

/* Kinds that have a fixed OID. */
static const struct {
	struct vsc_span oid;
	enum vsc_secinfo_kind kind;
} fixed[] = {
	{ { oid_ta, sizeof(oid_ta) }, VSC_SECINFO_TA },
	{ { oid_locator, sizeof(oid_locator) }, VSC_SECINFO_LOCATOR },
	{ { oid_eid, sizeof(oid_eid) }, VSC_SECINFO_EID },
	{ { oid_aa, sizeof(oid_aa) }, VSC_SECINFO_AA },
	{ { oid_pk[0], sizeof(oid_pk[0]) }, VSC_SECINFO_CA_PUBLIC },
	{ { oid_pk[1], sizeof(oid_pk[1]) }, VSC_SECINFO_CA_PUBLIC },
	{ { oid_ca[0], sizeof(oid_ca[0]) }, VSC_SECINFO_CA_PARAMS },
	{ { oid_ca[1], sizeof(oid_ca[1]) }, VSC_SECINFO_CA_PARAMS },
	{ { oid_ri[0], sizeof(oid_ri[0]) }, VSC_SECINFO_RI_PARAMS },
	{ { oid_ri[1], sizeof(oid_ri[1]) }, VSC_SECINFO_RI_PARAMS },
};

static bool
is_pace_family(struct vsc_span oid)
{
	const struct vsc_pace_alg *alg;

	for (size_t i = 0; (alg = vsc_pace_alg_nth(i)) != NULL; i++)
		if (vsc_span_eq(vsc_span_slice(alg->oid, 0, alg->oid.len - 1), oid))
			return true;
	return false;
}

static void
classify(struct vsc_secinfo *info)
{
	info->kind = VSC_SECINFO_OTHER;
	for (size_t i = 0; i < VSC_COUNT(fixed); i++)
		if (vsc_span_eq(fixed[i].oid, info->oid))
			info->kind = fixed[i].kind;
	if ((info->pace = vsc_pace_alg_find(info->oid)) != NULL)
		info->kind = VSC_SECINFO_PACE;
	else if ((info->ca = vsc_ca_alg_find(info->oid)) != NULL)
		info->kind = VSC_SECINFO_CA;
	else if ((info->ri = vsc_ri_alg_find(info->oid)) != NULL)
		info->kind = VSC_SECINFO_RI;
	else if (is_pace_family(info->oid))
		info->kind = VSC_SECINFO_PACE_PARAMS;
}

/* RestrictedIdentificationInfo has its key id inside: SEQUENCE { version, keyId, authorizedOnly }
 */
static int
read_ri(struct vsc_span required, struct vsc_secinfo *info)
{
	struct vsc_span params;
	struct vsc_tlv version, id;
	struct vsc_in in;

	if (vsc_tlv_only(required, 0x30, &params) < 0)
		return VSC_E_FORMAT;
	in = vsc_in_from(params);
	if (vsc_tlv_next_der(&in, &version) != 1 || version.tag != 0x02 ||
	    vsc_tlv_next_der(&in, &id) != 1 || id.tag != 0x02 ||
	    read_int(version.value, &info->version) < 0)
		return VSC_E_FORMAT;
	return read_int(id.value, &info->id);
}

static int
read_info(struct vsc_span value, struct vsc_secinfo *info)
{
	struct vsc_in in = vsc_in_from(value);
	struct vsc_tlv oid, required, optional;
	int more;

	*info = (struct vsc_secinfo){ .id = VSC_SECINFO_NONE };
	if (vsc_tlv_next_der(&in, &oid) != 1 || oid.tag != 0x06 ||
	    vsc_tlv_next_der(&in, &required) != 1)
		return VSC_E_FORMAT;
	info->oid = oid.value;
	info->required = required.whole;
	classify(info);
	if (required.tag == 0x02 && read_int(required.value, &info->version) < 0)
		return VSC_E_FORMAT;
	if (info->kind == VSC_SECINFO_RI)
		return read_ri(required.whole, info);
	more = vsc_tlv_next_der(&in, &optional);
	if (more < 0 || vsc_in_left(&in) != 0)
		return VSC_E_FORMAT;
	if (more == 1 && optional.tag == 0x02 && info->kind != VSC_SECINFO_OTHER)
		return read_int(optional.value, &info->id);
	return 0;
}

static int
read_set(struct vsc_span elements, bool privileged, struct vsc_secinfos *infos)
{
	struct vsc_in in = vsc_in_from(elements);
	struct vsc_tlv tlv;
	int more, err;

	while ((more = vsc_tlv_next_der(&in, &tlv)) == 1) {
		struct vsc_secinfo *info = &infos->list[infos->count];
		struct vsc_span inner;

		if (infos->count == VSC_SECINFOS_MAX)
			return VSC_E_SPACE;
		if (tlv.tag != 0x30 || read_info(tlv.value, info) < 0)
			return VSC_E_FORMAT;
		info->privileged = privileged;
		if (!vsc_span_eq(info->oid, VSC_SPAN_OF(oid_privileged))) {
			infos->count++;
			continue;
		}
		if (privileged || vsc_tlv_only(info->required, 0x31, &inner) < 0)
			return VSC_E_FORMAT;
		if ((err = read_set(inner, true, infos)) < 0)
			return err;
	}
	return more;
}

int
vsc_secinfos_parse(struct vsc_span set, struct vsc_secinfos *infos)
{
	struct vsc_span elements;

	infos->count = 0;
	if (vsc_tlv_only(set, 0x31, &elements) < 0)
		return VSC_E_FORMAT;
	return read_set(elements, false, infos);
}

const struct vsc_secinfo *
vsc_secinfos_find(const struct vsc_secinfos *infos, enum vsc_secinfo_kind kind, int id)
{
	for (size_t i = 0; i < infos->count; i++)
		if (infos->list[i].kind == kind &&
		    (id == VSC_SECINFO_NONE || infos->list[i].id == id))
			return &infos->list[i];
	return NULL;
}
