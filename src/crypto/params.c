/* Public keys and domain parameters as they are written down. */
#include "crypto/params.h"

#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "crypto/auto.h"
#include "iso/tlv.h"

static const uint8_t oid_standard[] = { 0x04, 0x00, 0x7F, 0x00, 0x07, 0x01, 0x02 };
const struct vsc_span vsc_oid_standard_params = { oid_standard, sizeof(oid_standard) };

/* 1.2.840.10046.2.1 dhpublicnumber (X9.42), 1.2.840.10045.2.1 id-ecPublicKey, ...1.1 prime-field */
static const uint8_t oid_dh[] = { 0x2A, 0x86, 0x48, 0xCE, 0x3E, 0x02, 0x01 };
static const uint8_t oid_ec[] = { 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01 };
static const uint8_t oid_prime_field[] = { 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x01, 0x01 };

void
vsc_params_put(struct vsc_out *out, unsigned id)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x30);

	vsc_tlv_put(out, 0x06, vsc_oid_standard_params);
	vsc_tlv_put_u8(out, 0x02, (uint8_t)id);
	vsc_tlv_end(out, mark);
}

/* INTEGER: non-negative, so a leading one bit gets a zero byte before it. */
static void
put_integer(struct vsc_out *out, const BIGNUM *n)
{
	size_t len = (size_t)BN_num_bits(n) / 8 + 1;
	uint8_t *at;

	vsc_tlv_put_tag(out, 0x02);
	vsc_tlv_put_length(out, len);
	if ((at = vsc_out_reserve(out, len)) != NULL)
		BN_bn2binpad(n, at, (int)len);
}

static void
put_octets(struct vsc_out *out, uint32_t tag, const BIGNUM *n, size_t len)
{
	uint8_t *at;

	vsc_tlv_put_tag(out, tag);
	vsc_tlv_put_length(out, len);
	if ((at = vsc_out_reserve(out, len)) != NULL)
		BN_bn2binpad(n, at, (int)len);
}

/* BIT STRING: a point as it is, a residue as an INTEGER. */
static int
put_public(struct vsc_out *out, const struct vsc_group *group, struct vsc_span public)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x03);
	VSC_AUTO_BN *y = NULL;

	vsc_out_u8(out, 0);
	if (vsc_group_kind(group) == VSC_GROUP_ECDH) {
		vsc_out_put(out, public);
	} else {
		if ((y = BN_bin2bn(public.ptr, (int)public.len, NULL)) == NULL)
			return VSC_E_NOMEM;
		put_integer(out, y);
	}
	vsc_tlv_end(out, mark);
	return out->full ? VSC_E_SPACE : 0;
}

int
vsc_spki_put_standard(struct vsc_out *out, const struct vsc_group *group, struct vsc_span public)
{
	struct vsc_tlv_mark spki = vsc_tlv_begin(out, 0x30);
	int err;

	if (vsc_group_id(group) < 0)
		return VSC_E_PARAM;
	vsc_params_put(out, (unsigned)vsc_group_id(group));
	err = put_public(out, group, public);
	vsc_tlv_end(out, spki);
	return err;
}

/* DomainParameters of X9.42: p, g, q */
static int
put_dh_params(struct vsc_out *out, const struct vsc_group *group)
{
	struct vsc_tlv_mark mark = vsc_tlv_begin(out, 0x30);

	put_integer(out, vsc_group_prime(group));
	put_integer(out, vsc_group_generator(group));
	put_integer(out, vsc_group_order(group));
	vsc_tlv_end(out, mark);
	return 0;
}

static size_t
put_generator(const EC_GROUP *ec, uint8_t *buf, size_t cap)
{
	return EC_POINT_point2oct(
	    ec, EC_GROUP_get0_generator(ec), POINT_CONVERSION_UNCOMPRESSED, buf, cap, NULL);
}

/* ECParameters of RFC 3279 2.3.5: version, field, curve, base, order, cofactor */
static int
put_ec_params(struct vsc_out *out, const struct vsc_group *group)
{
	const EC_GROUP *ec = vsc_group_ec(group);
	VSC_AUTO_BN *p = BN_new(), *a = BN_new(), *b = BN_new();
	struct vsc_tlv_mark all, part;
	uint8_t g[1 + 2 * 66];
	size_t len = vsc_group_field_len(group);

	if (p == NULL || a == NULL || b == NULL || EC_GROUP_get_curve(ec, p, a, b, NULL) != 1)
		return VSC_E_CRYPTO;
	all = vsc_tlv_begin(out, 0x30);
	vsc_tlv_put_u8(out, 0x02, 1);
	part = vsc_tlv_begin(out, 0x30);
	vsc_tlv_put(out, 0x06, VSC_SPAN_OF(oid_prime_field));
	put_integer(out, p);
	vsc_tlv_end(out, part);
	part = vsc_tlv_begin(out, 0x30);
	put_octets(out, 0x04, a, len);
	put_octets(out, 0x04, b, len);
	vsc_tlv_end(out, part);
	vsc_tlv_put(out, 0x04, vsc_span_from(g, put_generator(ec, g, sizeof(g))));
	put_integer(out, EC_GROUP_get0_order(ec));
	vsc_tlv_put_u8(out, 0x02, 1);
	vsc_tlv_end(out, all);
	return 0;
}

int
vsc_spki_put_explicit(struct vsc_out *out, const struct vsc_group *group, struct vsc_span public)
{
	bool ec = vsc_group_kind(group) == VSC_GROUP_ECDH;
	struct vsc_tlv_mark spki = vsc_tlv_begin(out, 0x30), alg = vsc_tlv_begin(out, 0x30);
	int err;

	vsc_tlv_put(out, 0x06, ec ? VSC_SPAN_OF(oid_ec) : VSC_SPAN_OF(oid_dh));
	err = ec ? put_ec_params(out, group) : put_dh_params(out, group);
	vsc_tlv_end(out, alg);
	if (err == 0)
		err = put_public(out, group, public);
	vsc_tlv_end(out, spki);
	return err;
}

static int
expect(struct vsc_in *in, uint32_t tag, struct vsc_tlv *tlv)
{
	return vsc_tlv_next_der(in, tlv) == 1 && tlv->tag == tag ? 0 : VSC_E_FORMAT;
}

/* The group of an EC AlgorithmIdentifier, named or explicit: OpenSSL reads it, we look it up. */
static int
ec_group(struct vsc_span params, struct vsc_group **group)
{
	const uint8_t *at = params.ptr;
	VSC_AUTO_EC_GROUP *ec = d2i_ECPKParameters(NULL, &at, (long)params.len);
	int nid;

	if (ec == NULL || at != params.ptr + params.len)
		return VSC_E_FORMAT;
	nid = EC_GROUP_get_curve_name(ec);
	/* explicit parameters of a curve with a name: OpenSSL 3 recognises them while decoding */
	if (nid == NID_undef)
		return VSC_E_UNSUPPORTED;
	return vsc_group_new_curve(group, nid);
}

static int
dh_group(struct vsc_span params, struct vsc_group **group)
{
	struct vsc_in in = vsc_in_from(params), inner;
	struct vsc_tlv all, p, g, q;

	if (expect(&in, 0x30, &all) < 0)
		return VSC_E_FORMAT;
	inner = vsc_in_from(all.value);
	if (expect(&inner, 0x02, &p) < 0 || expect(&inner, 0x02, &g) < 0 ||
	    expect(&inner, 0x02, &q) < 0)
		return VSC_E_FORMAT;
	return vsc_group_new_dh(group, p.value, g.value, q.value);
}

static int
standard_group(struct vsc_span params, struct vsc_group **group)
{
	struct vsc_span id;

	if (vsc_tlv_only(params, 0x02, &id) < 0 || id.len != 1)
		return VSC_E_FORMAT;
	return vsc_group_new(group, id.ptr[0]);
}

static const struct {
	struct vsc_span oid;
	int (*parse)(struct vsc_span params, struct vsc_group **group);
} algorithms[] = {
	{ { oid_standard, sizeof(oid_standard) }, standard_group },
	{ { oid_ec, sizeof(oid_ec) }, ec_group },
	{ { oid_dh, sizeof(oid_dh) }, dh_group },
};

int
vsc_params_parse(struct vsc_span algorithm, struct vsc_group **group)
{
	struct vsc_span content;
	struct vsc_tlv oid;
	struct vsc_in in;

	if (vsc_tlv_only(algorithm, 0x30, &content) < 0)
		return VSC_E_FORMAT;
	in = vsc_in_from(content);
	if (expect(&in, 0x06, &oid) < 0)
		return VSC_E_FORMAT;
	for (size_t i = 0; i < VSC_COUNT(algorithms); i++)
		if (vsc_span_eq(algorithms[i].oid, oid.value))
			return algorithms[i].parse(vsc_in_rest(&in), group);
	return VSC_E_UNSUPPORTED;
}

/* The element in the BIT STRING, checked, in its one encoding. */
static int
take_public(const struct vsc_group *group, struct vsc_span bits, struct vsc_blob *public)
{
	VSC_AUTO_BN_CTX *ctx = BN_CTX_new();
	struct vsc_elem elem = { NULL, NULL };
	uint8_t buf[VSC_ELEM_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_span encoded;
	int err = 0;

	if (ctx == NULL)
		return VSC_E_NOMEM;
	if (bits.len < 2 || bits.ptr[0] != 0)
		return VSC_E_FORMAT;
	encoded = vsc_span_slice(bits, 1, bits.len);
	if (vsc_group_kind(group) == VSC_GROUP_DH)
		err = vsc_tlv_only(encoded, 0x02, &encoded);
	if (err == 0)
		err = vsc_elem_decode(group, encoded, ctx, &elem);
	if (err == 0)
		err = vsc_elem_encode(group, &elem, ctx, &out);
	if (err == 0)
		err = vsc_blob_set(public, vsc_out_span(&out));
	vsc_elem_free(&elem);
	return err;
}

int
vsc_spki_parse(struct vsc_span spki, struct vsc_group **group, struct vsc_blob *public)
{
	struct vsc_tlv algorithm, bits;
	struct vsc_span content;
	struct vsc_in in;
	int err;

	if (vsc_tlv_only(spki, 0x30, &content) < 0)
		return VSC_E_FORMAT;
	in = vsc_in_from(content);
	if (expect(&in, 0x30, &algorithm) < 0 || expect(&in, 0x03, &bits) < 0 ||
	    vsc_in_left(&in) != 0)
		return VSC_E_FORMAT;
	if ((err = vsc_params_parse(algorithm.whole, group)) < 0)
		return err;
	if ((err = take_public(*group, bits.value, public)) < 0) {
		vsc_group_free(*group);
		*group = NULL;
	}
	return err;
}

/* The content of an object 7F49 for key agreement; public is in 86 for a curve, in 84 for DH
 * (TR-03110-3 D.3.2, D.3.3). */
int
vsc_params_object_put(
    struct vsc_out *out, const struct vsc_group *group, struct vsc_span oid, struct vsc_span public)
{
	VSC_AUTO_BN *a = BN_new(), *b = BN_new();
	const BIGNUM *p = vsc_group_prime(group), *q = vsc_group_order(group);
	size_t len = vsc_group_field_len(group);
	uint8_t g[1 + 2 * 66];

	vsc_tlv_put(out, 0x06, oid);
	put_octets(out, 0x81, p, len);
	if (vsc_group_kind(group) == VSC_GROUP_DH) {
		put_octets(out, 0x82, q, vsc_group_order_len(group));
		put_octets(out, 0x83, vsc_group_generator(group),
		    (size_t)BN_num_bytes(vsc_group_generator(group)));
		vsc_tlv_put(out, 0x84, public);
		return out->full ? VSC_E_SPACE : 0;
	}
	if (a == NULL || b == NULL ||
	    EC_GROUP_get_curve(vsc_group_ec(group), NULL, a, b, NULL) != 1)
		return VSC_E_CRYPTO;
	put_octets(out, 0x82, a, len);
	put_octets(out, 0x83, b, len);
	vsc_tlv_put(out, 0x84, vsc_span_from(g, put_generator(vsc_group_ec(group), g, sizeof(g))));
	put_octets(out, 0x85, q, vsc_group_order_len(group));
	vsc_tlv_put(out, 0x86, public);
	vsc_tlv_put_u8(out, 0x87, 1);
	return out->full ? VSC_E_SPACE : 0;
}

int
vsc_params_object_key(const struct vsc_group *group, struct vsc_span oid, struct vsc_span value,
    struct vsc_span *public)
{
	uint32_t tag = vsc_group_kind(group) == VSC_GROUP_DH ? 0x84 : 0x86;
	uint8_t buf[4 * VSC_ELEM_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_in in = vsc_in_from(value);
	struct vsc_tlv tlv;
	int more;

	*public = VSC_SPAN_EMPTY;
	while ((more = vsc_tlv_next_der(&in, &tlv)) == 1)
		if (tlv.tag == tag)
			*public = tlv.value;
	if (more < 0 || public->len == 0)
		return VSC_E_FORMAT;
	/* the object that we would write for this key is the only one that fits */
	if (vsc_params_object_put(&out, group, oid, *public) < 0)
		return VSC_E_FORMAT;
	return vsc_span_eq(vsc_out_span(&out), value) ? 0 : VSC_E_PARAM;
}
