/* The trust points and date of a chip. */
#include "crypto/trust.h"

#include <openssl/evp.h>
#include <openssl/objects.h>

#include "crypto/auto.h"
#include "iso/tlv.h"

static void
point_free(struct vsc_trust_point *point)
{
	vsc_blob_free(&point->chr);
	vsc_blob_free(&point->key);
	vsc_cv_key_free(&point->loaded);
	*point = (struct vsc_trust_point){ .nid = NID_undef };
}

void
vsc_trust_free(struct vsc_trust *trust)
{
	for (size_t i = 0; i < VSC_CVC_TYPES; i++) {
		point_free(&trust->points[i][0]);
		point_free(&trust->points[i][1]);
	}
	trust->today = 0;
}

/* Takes key, also when it fails. */
static int
point_set(struct vsc_trust_point *point, const struct vsc_cvc *cvc, struct vsc_cv_key *key)
{
	*point = (struct vsc_trust_point){ .chat = cvc->chat,
		.effective = cvc->effective,
		.expiration = cvc->expiration,
		.nid = key->nid,
		.loaded = *key };
	*key = (struct vsc_cv_key){ .alg = NULL };
	if (vsc_blob_set(&point->chr, cvc->chr) < 0 || vsc_blob_set(&point->key, cvc->key) < 0) {
		point_free(point);
		return VSC_E_NOMEM;
	}
	return 0;
}

const struct vsc_trust_point *
vsc_trust_find(const struct vsc_trust *trust, enum vsc_cvc_type type, struct vsc_span car)
{
	for (size_t i = 0; i < 2; i++) {
		const struct vsc_trust_point *point = &trust->points[type - 1][i];

		if (point->chr.len > 0 && vsc_span_eq(vsc_blob_span(&point->chr), car))
			return point;
	}
	return NULL;
}

struct vsc_span
vsc_trust_car(const struct vsc_trust *trust, enum vsc_cvc_type type, unsigned which)
{
	return vsc_blob_span(&trust->points[type - 1][which].chr);
}

int
vsc_trust_add(struct vsc_trust *trust, struct vsc_span cert, unsigned type)
{
	struct vsc_cv_key key = { .alg = NULL };
	struct vsc_trust_point *slots, fresh;
	struct vsc_cvc cvc;
	int err;

	if ((err = vsc_cvc_parse_file(cert, &cvc)) < 0)
		return err;
	if (cvc.chat.role != VSC_CVC_CVCA || !vsc_span_eq(cvc.car, cvc.chr))
		return VSC_E_VERIFY;
	if (type > VSC_CVC_TYPES)
		return VSC_E_PARAM;
	if (type != 0 && type != cvc.chat.type)
		cvc.chat = (struct vsc_chat){ (enum vsc_cvc_type)type, VSC_CVC_CVCA,
			vsc_chat_all_rights((enum vsc_cvc_type)type) };
	if (vsc_trust_find(trust, cvc.chat.type, cvc.chr) != NULL)
		return VSC_E_EXISTS;
	slots = trust->points[cvc.chat.type - 1];
	if (slots[1].chr.len > 0)
		return VSC_E_SPACE;
	if ((err = vsc_cv_key_load(&key, &cvc.fields, NID_undef)) < 0)
		return err;
	if ((err = vsc_cv_verify(&key, cvc.body, cvc.signature)) < 0) {
		vsc_cv_key_free(&key);
		return err;
	}
	if ((err = point_set(&fresh, &cvc, &key)) < 0)
		return err;
	if (slots[0].chr.len > 0 && fresh.effective < slots[0].effective) {
		slots[1] = fresh;
		return 0;
	}
	slots[1] = slots[0];
	slots[0] = fresh;
	return 0;
}

int
vsc_trust_follow(struct vsc_trust *trust, const struct vsc_cvc *link,
    const struct vsc_trust_point *issuer, struct vsc_cv_key *key)
{
	struct vsc_trust_point *slots = trust->points[link->chat.type - 1], fresh;
	const struct vsc_trust_point *known = vsc_trust_find(trust, link->chat.type, link->chr);
	int err = 0;

	/* seen before, by another terminal: nothing changes; another key of that name is refused
	 * (TR-03110-3 A.7.2.1). And a second successor of the previous key would push out the one
	 * that we have */
	if (known != NULL)
		err = EVP_PKEY_eq(known->loaded.pkey, key->pkey) == 1 ? 0 : VSC_E_VERIFY;
	else if (issuer != &slots[0])
		err = VSC_E_VERIFY;
	if (err < 0 || known != NULL) {
		vsc_cv_key_free(key);
		return err;
	}
	if ((err = point_set(&fresh, link, key)) < 0)
		return err;
	point_free(&slots[1]);
	slots[1] = slots[0];
	slots[0] = fresh;
	return 0;
}

/* Saved: E0 { 80 version, 81 date, E1 { 80 type and slot, 81 chr, 82 rights, 83 effective, 84
 * expiration, 85 curve's name, 86 content of 7F49 }* } */
#define VERSION 1

static void
put_point(struct vsc_out *out, uint8_t place, const struct vsc_trust_point *point)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0xE1);

	vsc_tlv_put_u8(out, 0x80, place);
	vsc_tlv_put(out, 0x81, vsc_blob_span(&point->chr));
	vsc_tlv_put_tag(out, 0x82);
	vsc_tlv_put_length(out, 8);
	vsc_out_u64(out, point->chat.rights);
	vsc_tlv_put_tag(out, 0x83);
	vsc_tlv_put_length(out, 4);
	vsc_out_u32(out, point->effective);
	vsc_tlv_put_tag(out, 0x84);
	vsc_tlv_put_length(out, 4);
	vsc_out_u32(out, point->expiration);
	vsc_tlv_put(out, 0x85,
	    point->nid == NID_undef ? VSC_SPAN_EMPTY : vsc_span_str(OBJ_nid2sn(point->nid)));
	vsc_tlv_put(out, 0x86, vsc_blob_span(&point->key));
	vsc_tlv_end(out, mark);
}

int
vsc_trust_save(const struct vsc_trust *trust, struct vsc_blob *bytes)
{
	uint8_t buf[2 * VSC_CVC_TYPES * 1400];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_tlv_mark mark = vsc_tlv_begin(&out, 0xE0);

	vsc_tlv_put_u8(&out, 0x80, VERSION);
	vsc_tlv_put_tag(&out, 0x81);
	vsc_tlv_put_length(&out, 4);
	vsc_out_u32(&out, trust->today);
	for (unsigned type = 0; type < VSC_CVC_TYPES; type++)
		for (unsigned slot = 0; slot < 2; slot++)
			if (trust->points[type][slot].chr.len > 0)
				put_point(
				    &out, (uint8_t)(type << 4 | slot), &trust->points[type][slot]);
	vsc_tlv_end(&out, mark);
	if (out.full)
		return VSC_E_SPACE;
	return vsc_blob_set(bytes, vsc_out_span(&out));
}

/* The next object: this tag, and this length unless that is SIZE_MAX. */
static int
expect(struct vsc_in *in, uint32_t tag, size_t len, struct vsc_in *value)
{
	struct vsc_tlv tlv;

	if (vsc_tlv_next_der(in, &tlv) != 1 || tlv.tag != tag ||
	    (len != SIZE_MAX && tlv.value.len != len))
		return VSC_E_CORRUPT;
	*value = vsc_in_from(tlv.value);
	return 0;
}

static int
expect_date(struct vsc_in *in, uint32_t tag, uint32_t *date)
{
	struct vsc_in value;

	if (expect(in, tag, 4, &value) < 0 || vsc_in_u32(&value, date) < 0)
		return VSC_E_CORRUPT;
	return 0;
}

static int
load_key(struct vsc_trust_point *point, struct vsc_span curve, struct vsc_span key)
{
	struct vsc_cv_fields fields;
	char name[40];

	if (curve.len > 0) {
		if (vsc_copy(name, sizeof(name) - 1, curve) < 0)
			return VSC_E_CORRUPT;
		name[curve.len] = '\0';
		point->nid = OBJ_sn2nid(name);
	}
	if (vsc_cv_fields_parse(key, &fields) < 0 ||
	    vsc_cv_key_load(&point->loaded, &fields, point->nid) < 0)
		return VSC_E_CORRUPT;
	return vsc_blob_set(&point->key, key);
}

static int
load_point(struct vsc_trust *trust, struct vsc_span value)
{
	struct vsc_in in = vsc_in_from(value), place, chr, rights, curve, key;
	struct vsc_trust_point point = { .nid = NID_undef }, *slot;
	uint32_t effective, expiration;
	uint32_t high, low;
	uint8_t where;
	int err;

	if (expect(&in, 0x80, 1, &place) < 0 || expect(&in, 0x81, SIZE_MAX, &chr) < 0 ||
	    expect(&in, 0x82, 8, &rights) < 0 || expect_date(&in, 0x83, &effective) < 0 ||
	    expect_date(&in, 0x84, &expiration) < 0 || expect(&in, 0x85, SIZE_MAX, &curve) < 0 ||
	    expect(&in, 0x86, SIZE_MAX, &key) < 0 || vsc_in_u8(&place, &where) < 0 ||
	    vsc_in_u32(&rights, &high) < 0 || vsc_in_u32(&rights, &low) < 0)
		return VSC_E_CORRUPT;
	if (where >> 4 >= VSC_CVC_TYPES || (where & 15) > 1 || vsc_in_left(&chr) == 0)
		return VSC_E_CORRUPT;
	slot = &trust->points[where >> 4][where & 15];
	if (slot->chr.len > 0)
		return VSC_E_CORRUPT;
	point.chat = (struct vsc_chat){ (enum vsc_cvc_type)((where >> 4) + 1), VSC_CVC_CVCA,
		(uint64_t)high << 32 | low };
	point.effective = effective;
	point.expiration = expiration;
	err = load_key(&point, vsc_in_rest(&curve), vsc_in_rest(&key));
	if (err == 0)
		err = vsc_blob_set(&point.chr, vsc_in_rest(&chr));
	if (err < 0) {
		point_free(&point);
		return err;
	}
	*slot = point;
	return 0;
}

int
vsc_trust_load(struct vsc_trust *trust, struct vsc_span bytes)
{
	struct vsc_span all;
	struct vsc_in in, version;
	struct vsc_tlv tlv;
	uint8_t number;
	int more, err = 0;

	*trust = (struct vsc_trust){ .today = 0 };
	if (vsc_tlv_only(bytes, 0xE0, &all) < 0)
		return VSC_E_CORRUPT;
	in = vsc_in_from(all);
	if (expect(&in, 0x80, 1, &version) < 0 || vsc_in_u8(&version, &number) < 0 ||
	    number != VERSION || expect_date(&in, 0x81, &trust->today) < 0)
		return VSC_E_CORRUPT;
	while (err == 0 && (more = vsc_tlv_next_der(&in, &tlv)) != 0)
		err = more == 1 && tlv.tag == 0xE1 ? load_point(trust, tlv.value) : VSC_E_CORRUPT;
	if (err < 0)
		vsc_trust_free(trust);
	return err;
}
