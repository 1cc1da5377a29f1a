/* Card verifiable certificates of PIV (SP 800-73-4 part 2, 4.1.5, tables 15 and 16): a body of data
 * objects, and in 5F37 a signature over them as X.509 writes it. */
#include "cards/piv/make.h"

#include "iso/tlv.h"

#define PROFILE 0x80u
#define CVC_MAX 1024u

static const uint8_t ecdsa_sha256[] = { 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02 };
static const uint8_t ecdsa_sha384[] = { 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x03 };
static const uint8_t rsa_sha256[] = { 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B };

/* How a signer signs. */
static const struct method {
	enum vsc_key_kind kind;
	const char *curve; /* NULL: any */
	enum vsc_hash hash;
	enum vsc_scheme scheme;
	struct vsc_span oid;
	bool null; /* the algorithm has parameters, which are NULL */
} methods[] = {
	{ VSC_KEY_EC, "prime256v1", VSC_HASH_SHA256, VSC_SCHEME_ECDSA_DER,
	    { ecdsa_sha256, sizeof(ecdsa_sha256) }, false },
	{ VSC_KEY_EC, "secp384r1", VSC_HASH_SHA384, VSC_SCHEME_ECDSA_DER,
	    { ecdsa_sha384, sizeof(ecdsa_sha384) }, false },
	{ VSC_KEY_RSA, NULL, VSC_HASH_SHA256, VSC_SCHEME_RSA_PKCS1,
	    { rsa_sha256, sizeof(rsa_sha256) }, true },
};

static const struct method *
method_of(const struct vsc_key *key)
{
	for (size_t i = 0; i < VSC_COUNT(methods); i++)
		if (methods[i].kind == vsc_key_kind(key) &&
		    (methods[i].curve == NULL ||
			vsc_curve_by_name(methods[i].curve) == vsc_key_curve(key)))
			return &methods[i];
	return NULL;
}

bool
piv_cvc_can_sign(const struct vsc_key *key)
{
	return method_of(key) != NULL;
}

static void
put_body(const struct piv_cvc *cvc, struct vsc_out *out)
{
	struct vsc_tlv_mark key, point;

	vsc_tlv_put_u8(out, 0x5F29, PROFILE);
	vsc_tlv_put(out, 0x42, cvc->issuer);
	vsc_tlv_put(out, 0x5F20, cvc->subject);
	key = vsc_tlv_begin(out, 0x7F49);
	vsc_tlv_put(out, 0x06, vsc_key_curve(cvc->key)->oid);
	point = vsc_tlv_begin(out, 0x86);
	if (vsc_key_point(cvc->key, out) < 0)
		out->full = true;
	vsc_tlv_end(out, point);
	vsc_tlv_end(out, key);
	vsc_tlv_put_u8(out, 0x5F4C, cvc->role);
}

/* SEQUENCE { AlgorithmIdentifier, BIT STRING } over the body. */
static int
put_signature(struct vsc_key *signer, struct vsc_span body, struct vsc_out *out)
{
	const struct method *method = method_of(signer);
	uint8_t digest[VSC_HASH_MAX];
	struct vsc_out hashed = vsc_out_from(digest, sizeof(digest));
	struct vsc_tlv_mark both, alg, bits;
	int rc;

	if (method == NULL)
		return VSC_E_UNSUPPORTED;
	if ((rc = vsc_hash_digest(method->hash, body, &hashed)) < 0)
		return rc;
	both = vsc_tlv_begin(out, 0x30);
	alg = vsc_tlv_begin(out, 0x30);
	vsc_tlv_put(out, 0x06, method->oid);
	if (method->null)
		vsc_tlv_put(out, 0x05, VSC_SPAN_EMPTY);
	vsc_tlv_end(out, alg);
	bits = vsc_tlv_begin(out, 0x03);
	vsc_out_u8(out, 0x00);
	rc = vsc_key_sign(signer, method->scheme, method->hash, vsc_out_span(&hashed), out);
	vsc_tlv_end(out, bits);
	vsc_tlv_end(out, both);
	return rc;
}

int
piv_cvc_make(struct vsc_blob *made, const struct piv_cvc *cvc, struct vsc_key *signer)
{
	uint8_t inside[CVC_MAX], whole[CVC_MAX + 8];
	struct vsc_out body = vsc_out_from(inside, sizeof(inside));
	struct vsc_out out = vsc_out_from(whole, sizeof(whole));
	struct vsc_span signed_part;
	struct vsc_tlv_mark mark;
	int rc;

	put_body(cvc, &body);
	signed_part = vsc_out_span(&body);
	mark = vsc_tlv_begin(&body, 0x5F37);
	if ((rc = put_signature(signer, signed_part, &body)) < 0)
		return rc;
	vsc_tlv_end(&body, mark);
	vsc_tlv_put(&out, 0x7F21, vsc_out_span(&body));
	return body.full || out.full ? VSC_E_SPACE : vsc_blob_set(made, vsc_out_span(&out));
}
