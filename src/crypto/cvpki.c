/* A terminal PKI for tests. */
#include "crypto/cvpki.h"

#include <stdio.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "crypto/auto.h"
#include "crypto/pem.h"
#include "crypto/key.h"
#include "crypto/params.h"
#include "iso/tlv.h"

static const char *const type_names[VSC_CVC_TYPES] = { "IS", "AT", "ST" };

static void
member_free(struct vsc_cvpki_member *member)
{
	vsc_cv_key_free(&member->key);
	vsc_blob_free(&member->cert);
}

void
vsc_cvpki_free(struct vsc_cvpki *pki)
{
	member_free(&pki->cvca);
	member_free(&pki->dv);
	member_free(&pki->terminal);
	for (size_t i = 0; i < 2; i++) {
		vsc_agree_key_free(&pki->sectors[i].key);
		vsc_blob_free(&pki->sectors[i].object);
	}
	*pki = (struct vsc_cvpki){ .setup = { .curve = NULL } };
}

static int
make_key(struct vsc_cv_key *key, const struct vsc_cvpki_setup *setup, const struct vsc_env *env)
{
	const struct vsc_curve *curve =
	    vsc_curve_by_name(setup->curve == NULL ? "brainpoolP256r1" : setup->curve);
	const struct vsc_cv_alg *alg =
	    vsc_cv_alg_by_name(setup->signature == NULL ? "ECDSA-SHA-256" : setup->signature);
	struct vsc_key *fresh;
	int err;

	if (curve == NULL || alg == NULL || alg->family != VSC_CV_ECDSA)
		return VSC_E_PARAM;
	if ((err = vsc_key_generate_ec(&fresh, curve, env)) < 0)
		return err;
	err = vsc_cv_key_wrap(key, vsc_key_pkey(fresh), alg);
	vsc_key_free(fresh);
	return err;
}

/* Key and certificate. An issuer that is the member itself signs itself. */
static int
make_member(struct vsc_cvpki_member *member, const struct vsc_cvpki_member *issuer,
    struct vsc_cvc_request *request, const struct vsc_cvpki_setup *setup, const struct vsc_env *env)
{
	int err = make_key(&member->key, setup, env);

	if (err < 0)
		return err;
	request->car = vsc_span_str(issuer->chr);
	request->chr = vsc_span_str(member->chr);
	request->issuer = &issuer->key;
	request->subject = &member->key;
	return vsc_cvc_build(request, &member->cert);
}

static int
make_sector(
    struct vsc_cvpki_sector *sector, const struct vsc_cvpki_setup *setup, const struct vsc_env *env)
{
	uint8_t buf[3 * VSC_ELEM_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	int err = vsc_agree_key_generate(&sector->key, setup->ri_group, env);

	if (err == 0)
		err = vsc_params_object_put(
		    &out, setup->ri_group, setup->ri->oid, vsc_blob_span(&sector->key.public));
	if (err == 0)
		err = vsc_blob_set(&sector->object, vsc_out_span(&out));
	return err;
}

/* The extension of TR-03110-3 C.3.2.2: 73 { id-sector, 80 and 81 hashes of the sectors' keys } */
static int
put_sectors(struct vsc_out *out, const struct vsc_cvpki *pki)
{
	struct vsc_tlv_mark extension = vsc_tlv_begin(out, 0x73);

	vsc_tlv_put(out, 0x06, vsc_oid_cvc_sector);
	for (uint32_t i = 0; i < 2; i++) {
		uint8_t object[3 * VSC_ELEM_MAX], digest[VSC_HASH_MAX];
		struct vsc_out whole = vsc_out_from(object, sizeof(object));
		struct vsc_out hashed = vsc_out_from(digest, sizeof(digest));

		vsc_tlv_put(&whole, 0x7F49, vsc_blob_span(&pki->sectors[i].object));
		if (vsc_hash_digest(VSC_HASH_SHA256, vsc_out_span(&whole), &hashed) < 0)
			return VSC_E_CRYPTO;
		vsc_tlv_put(out, 0x80 + i, vsc_out_span(&hashed));
	}
	vsc_tlv_end(out, extension);
	return out->full ? VSC_E_SPACE : 0;
}

static struct vsc_cvc_request
request_of(const struct vsc_cvpki *pki, enum vsc_cvc_role role, int days)
{
	enum vsc_cvc_type type = pki->setup.type;

	return (struct vsc_cvc_request){ .chat = { type, role, vsc_chat_all_rights(type) },
		.effective = pki->setup.today,
		.expiration = vsc_cvc_day_add(pki->setup.today, days),
		.with_params = role == VSC_CVC_CVCA };
}

static void
name_member(struct vsc_cvpki_member *member, const char *what, const struct vsc_cvpki *pki,
    unsigned sequence)
{
	snprintf(member->chr, sizeof(member->chr), "DE%s%s%05u", what,
	    type_names[pki->setup.type - 1], sequence % 100000);
}

/* Document verifier and terminal under the present CVCA. */
static int
make_below(struct vsc_cvpki *pki, unsigned sequence, const struct vsc_env *env)
{
	struct vsc_cvc_request dv = request_of(pki, VSC_CVC_DV_DOMESTIC, 365);
	struct vsc_cvc_request terminal = request_of(pki, VSC_CVC_TERMINAL, 90);
	uint8_t buf[200];
	struct vsc_out extensions = vsc_out_from(buf, sizeof(buf));
	int err = 0;

	member_free(&pki->dv);
	member_free(&pki->terminal);
	name_member(&pki->dv, "DV", pki, sequence);
	name_member(&pki->terminal, "TERM", pki, sequence);
	if (pki->setup.ri != NULL)
		err = put_sectors(&extensions, pki);
	terminal.extensions = vsc_out_span(&extensions);
	if (err == 0)
		err = make_member(&pki->dv, &pki->cvca, &dv, &pki->setup, env);
	if (err == 0)
		err = make_member(&pki->terminal, &pki->dv, &terminal, &pki->setup, env);
	return err;
}

int
vsc_cvpki_generate(
    struct vsc_cvpki *pki, const struct vsc_cvpki_setup *setup, const struct vsc_env *env)
{
	struct vsc_cvc_request root;
	int err = 0;

	*pki = (struct vsc_cvpki){ .setup = *setup };
	root = request_of(pki, VSC_CVC_CVCA, 3 * 365);
	name_member(&pki->cvca, "CVCA", pki, 1);
	for (size_t i = 0; setup->ri != NULL && err == 0 && i < 2; i++)
		err = make_sector(&pki->sectors[i], setup, env);
	if (err == 0)
		err = make_member(&pki->cvca, &pki->cvca, &root, setup, env);
	if (err == 0)
		err = make_below(pki, 1, env);
	if (err < 0)
		vsc_cvpki_free(pki);
	return err;
}

/* The five digits at the end of a CHR that we made. */
static unsigned
sequence_of(const struct vsc_cvpki_member *member)
{
	struct vsc_span chr = vsc_span_str(member->chr);
	unsigned sequence = 0;

	for (size_t i = chr.len - 5; i < chr.len; i++)
		sequence = 10 * sequence + (unsigned)(chr.ptr[i] - '0');
	return sequence;
}

int
vsc_cvpki_renew(
    struct vsc_cvpki *pki, uint32_t today, const struct vsc_env *env, struct vsc_blob *link)
{
	struct vsc_cvpki_member next = { .chr = "" };
	unsigned sequence = sequence_of(&pki->cvca) + 1;
	struct vsc_cvc_request request;
	int err;

	pki->setup.today = today;
	request = request_of(pki, VSC_CVC_CVCA, 3 * 365);
	name_member(&next, "CVCA", pki, sequence);
	err = make_member(&next, &pki->cvca, &request, &pki->setup, env);
	if (err == 0)
		err = vsc_blob_set(link, vsc_blob_span(&next.cert));
	if (err < 0) {
		member_free(&next);
		return err;
	}
	member_free(&pki->cvca);
	pki->cvca = next;
	/* as a self-signed certificate too, for chips that begin here */
	request.car = request.chr = vsc_span_str(pki->cvca.chr);
	request.issuer = request.subject = &pki->cvca.key;
	if ((err = vsc_cvc_build(&request, &pki->cvca.cert)) < 0)
		return err;
	return make_below(pki, sequence, env);
}

int
vsc_cv_key_export(const struct vsc_cv_key *key, struct vsc_blob *pkcs8)
{
	VSC_AUTO_PKCS8 *info = EVP_PKEY2PKCS8(key->pkey);
	uint8_t *der = NULL;
	int len, err;

	if (info == NULL || (len = i2d_PKCS8_PRIV_KEY_INFO(info, &der)) <= 0)
		return VSC_E_CRYPTO;
	err = vsc_blob_set(pkcs8, vsc_span_from(der, (size_t)len));
	OPENSSL_clear_free(der, (size_t)len);
	return err;
}

int
vsc_cv_key_import(struct vsc_cv_key *key, struct vsc_span file, const struct vsc_cv_alg *alg)
{
	VSC_AUTO_PKEY *pkey = vsc_pem_key(file);

	return pkey == NULL ? VSC_E_FORMAT : vsc_cv_key_wrap(key, pkey, alg);
}
