/* Terminal authentication, the chip's side. */
#include "crypto/ta.h"

#include <openssl/objects.h>

#include "crypto/alg.h"
#include "iso/tlv.h"

/* TR-03110-3 2.2: who may certify whom */
static const struct {
	enum vsc_cvc_role issuer, subject;
} allowed[] = {
	{ VSC_CVC_CVCA, VSC_CVC_CVCA },
	{ VSC_CVC_CVCA, VSC_CVC_DV_DOMESTIC },
	{ VSC_CVC_CVCA, VSC_CVC_DV_FOREIGN },
	{ VSC_CVC_DV_DOMESTIC, VSC_CVC_TERMINAL },
	{ VSC_CVC_DV_FOREIGN, VSC_CVC_TERMINAL },
};

static bool
may_certify(enum vsc_cvc_role issuer, enum vsc_cvc_role subject)
{
	for (size_t i = 0; i < VSC_COUNT(allowed); i++)
		if (allowed[i].issuer == issuer && allowed[i].subject == subject)
			return true;
	return false;
}

static void
cert_free(struct vsc_ta_cert *cert)
{
	vsc_blob_free(&cert->chr);
	vsc_blob_free(&cert->extensions);
	vsc_cv_key_free(&cert->key);
	*cert = (struct vsc_ta_cert){ .domestic = false };
}

static void
forget_challenge(struct vsc_ta *ta)
{
	ta->challenged = false;
	vsc_wipe(ta->challenge, sizeof(ta->challenge));
}

/* What MSE:Set AT left. A challenge outlives it in version 2: GET CHALLENGE may come before the
 * first certificate (TR-03110-3 B.3), as it does where the signature is made far away. */
static void
forget_key(struct vsc_ta *ta)
{
	ta->key_set = false;
	vsc_blob_free(&ta->terminal_key);
	vsc_blob_free(&ta->aux);
	if (ta->setup.version == VSC_TA_1)
		forget_challenge(ta);
}

void
vsc_ta_reset(struct vsc_ta *ta)
{
	cert_free(&ta->cert);
	forget_key(ta);
	forget_challenge(ta);
	*ta = (struct vsc_ta){ .done = false };
}

void
vsc_ta_start(struct vsc_ta *ta, const struct vsc_ta_setup *setup)
{
	vsc_ta_reset(ta);
	ta->setup = *setup;
}

int
vsc_ta_set_issuer(struct vsc_ta *ta, struct vsc_span car)
{
	ta->anchor = NULL;
	ta->issuer_is_cert = false;
	if (ta->setup.trust == NULL)
		return VSC_E_STATE;
	if (ta->cert.chr.len > 0 && vsc_span_eq(vsc_blob_span(&ta->cert.chr), car)) {
		ta->issuer_is_cert = true;
		return 0;
	}
	ta->anchor = vsc_trust_find(ta->setup.trust, ta->setup.chat.type, car);
	return ta->anchor == NULL ? VSC_E_NOT_FOUND : 0;
}

/* The selected issuer, whichever it is; everything is borrowed. */
struct issuer {
	struct vsc_span chr;
	enum vsc_cvc_role role;
	uint32_t expiration;
	uint64_t rights; /* of the chain down to it */
	bool domestic;
	const struct vsc_cv_key *key;
};

static struct issuer
selected(const struct vsc_ta *ta)
{
	if (ta->issuer_is_cert)
		return (struct issuer){ vsc_blob_span(&ta->cert.chr), ta->cert.chat.role,
			ta->cert.expiration, ta->rights, ta->cert.domestic, &ta->cert.key };
	return (struct issuer){ vsc_blob_span(&ta->anchor->chr), VSC_CVC_CVCA,
		ta->anchor->expiration, ta->setup.chat.rights & ta->anchor->chat.rights, false,
		&ta->anchor->loaded };
}

/*
 * TR-03110-3 2.5: dates are compared with the chip's, a certificate that is not yet in force is
 * taken. A link certificate never comes too late, whether it has expired or its issuer.
 */
static bool
in_date(const struct vsc_ta *ta, const struct issuer *issuer, const struct vsc_cvc *cvc)
{
	uint32_t today = ta->setup.trust->today;

	if (ta->setup.ignore_dates || cvc->chat.role == VSC_CVC_CVCA)
		return true;
	return cvc->expiration >= today && issuer->expiration >= today;
}

static int
check_policy(const struct vsc_ta *ta, const struct issuer *issuer, const struct vsc_cvc *cvc)
{
	if (cvc->chat.type != ta->setup.chat.type || !may_certify(issuer->role, cvc->chat.role))
		return VSC_E_VERIFY;
	/* C.3: domain parameters are in CVCA certificates only; all others inherit */
	if (cvc->fields.has_params && cvc->chat.role != VSC_CVC_CVCA)
		return VSC_E_VERIFY;
	return in_date(ta, issuer, cvc) ? 0 : VSC_E_VERIFY;
}

/* 2.5: the effective date of a CVCA, a domestic DV or a terminal below one moves the chip's date.
 */
static bool
advance_date(struct vsc_trust *trust, const struct vsc_cvc *cvc, bool domestic)
{
	if (cvc->chat.role != VSC_CVC_CVCA && !domestic)
		return false;
	if (cvc->effective <= trust->today)
		return false;
	trust->today = cvc->effective;
	return true;
}

/* Takes key. */
static int
become_cert(struct vsc_ta *ta, const struct issuer *issuer, const struct vsc_cvc *cvc,
    struct vsc_cv_key *key)
{
	struct vsc_ta_cert fresh = { .chat = cvc->chat,
		.expiration = cvc->expiration,
		.domestic = cvc->chat.role == VSC_CVC_DV_DOMESTIC || issuer->domestic,
		.key = *key };
	struct vsc_out fingerprint = vsc_out_from(fresh.fingerprint, sizeof(fresh.fingerprint));
	uint64_t rights = issuer->rights & cvc->chat.rights;

	if (vsc_hash_digest(VSC_HASH_SHA256, cvc->key, &fingerprint) < 0 ||
	    vsc_blob_set(&fresh.chr, cvc->chr) < 0 ||
	    vsc_blob_set(&fresh.extensions, cvc->extensions) < 0) {
		cert_free(&fresh);
		return VSC_E_NOMEM;
	}
	cert_free(&ta->cert);
	ta->cert = fresh;
	ta->rights = rights & vsc_chat_all_rights(cvc->chat.type);
	return 0;
}

static int
import(struct vsc_ta *ta, const struct issuer *issuer, const struct vsc_cvc *cvc, bool *changed)
{
	struct vsc_cv_key key;
	bool domestic = cvc->chat.role == VSC_CVC_DV_DOMESTIC || issuer->domestic;
	int err = vsc_cv_key_load(&key, &cvc->fields, issuer->key->nid);

	if (err < 0)
		return VSC_E_VERIFY;
	if (cvc->chat.role == VSC_CVC_CVCA) {
		err = vsc_trust_follow(ta->setup.trust, cvc, ta->anchor, &key);
		*changed = err == 0;
	} else {
		err = become_cert(ta, issuer, cvc, &key);
	}
	if (err == 0 && advance_date(ta->setup.trust, cvc, domestic))
		*changed = true;
	return err;
}

int
vsc_ta_verify_certificate(struct vsc_ta *ta, struct vsc_span data, bool *trust_changed)
{
	struct issuer issuer;
	struct vsc_cvc cvc;
	int err;

	*trust_changed = false;
	if (ta->setup.trust == NULL || (ta->anchor == NULL && !ta->issuer_is_cert) || ta->done)
		return VSC_E_STATE;
	if ((err = vsc_cvc_parse(data, &cvc)) < 0)
		return err;
	issuer = selected(ta);
	if (!vsc_span_eq(cvc.car, issuer.chr))
		return VSC_E_NOT_FOUND;
	if ((err = check_policy(ta, &issuer, &cvc)) < 0)
		return err;
	if ((err = vsc_cv_verify(issuer.key, cvc.body, cvc.signature)) < 0)
		return err;
	forget_key(ta);
	err = import(ta, &issuer, &cvc, trust_changed);
	/* the store may have moved what this pointed to, and a new certificate asks for a new MSE
	 */
	ta->anchor = NULL;
	ta->issuer_is_cert = false;
	return err;
}

/* 67 { 73 { 06 oid, ... }* } */
static int
check_aux(struct vsc_span aux)
{
	struct vsc_span objects;
	struct vsc_tlv tlv;
	struct vsc_in in;
	int more;

	if (aux.len == 0)
		return 0;
	if (vsc_tlv_only(aux, 0x67, &objects) < 0)
		return VSC_E_FORMAT;
	in = vsc_in_from(objects);
	while ((more = vsc_tlv_next_der(&in, &tlv)) == 1) {
		struct vsc_in inner = vsc_in_from(tlv.value);
		struct vsc_tlv oid;

		if (tlv.tag != 0x73 || vsc_tlv_next_der(&inner, &oid) != 1 || oid.tag != 0x06)
			return VSC_E_FORMAT;
	}
	return more;
}

int
vsc_ta_set_key(struct vsc_ta *ta, struct vsc_span oid, struct vsc_span chr,
    struct vsc_span terminal_key, struct vsc_span aux)
{
	if (ta->done || ta->cert.chr.len == 0 || ta->cert.chat.role != VSC_CVC_TERMINAL)
		return ta->done ? VSC_E_STATE : VSC_E_NOT_FOUND;
	forget_key(ta);
	if (!vsc_span_eq(chr, vsc_blob_span(&ta->cert.chr)))
		return VSC_E_NOT_FOUND;
	if (oid.len > 0 ? !vsc_span_eq(oid, ta->cert.key.alg->oid) : ta->setup.version == VSC_TA_2)
		return VSC_E_PARAM;
	if ((ta->setup.version == VSC_TA_2) != (terminal_key.len > 0) || check_aux(aux) < 0)
		return VSC_E_FORMAT;
	if (vsc_blob_set(&ta->terminal_key, terminal_key) < 0 || vsc_blob_set(&ta->aux, aux) < 0)
		return VSC_E_NOMEM;
	ta->key_set = true;
	return 0;
}

int
vsc_ta_challenge(struct vsc_ta *ta, uint8_t challenge[VSC_TA_CHALLENGE_LEN])
{
	ta->challenged = false;
	if (vsc_env_random(ta->setup.env, ta->challenge, sizeof(ta->challenge)) < 0)
		return VSC_E_CRYPTO;
	ta->challenged = true;
	return vsc_copy(challenge, VSC_TA_CHALLENGE_LEN, VSC_SPAN_OF(ta->challenge));
}

static int
verify_proof(const struct vsc_ta *ta, struct vsc_span id_picc, struct vsc_span comp,
    struct vsc_span signature)
{
	struct vsc_blob signed_data = { NULL, 0 };
	struct vsc_out out;
	int err;

	if (vsc_blob_alloc(
		&signed_data, id_picc.len + sizeof(ta->challenge) + comp.len + ta->aux.len) < 0)
		return VSC_E_NOMEM;
	out = vsc_out_from(signed_data.ptr, signed_data.len);
	vsc_out_put(&out, id_picc);
	vsc_out_put(&out, VSC_SPAN_OF(ta->challenge));
	vsc_out_put(&out, comp);
	vsc_out_put(&out, vsc_blob_span(&ta->aux));
	err = vsc_cv_verify(&ta->cert.key, vsc_out_span(&out), signature);
	vsc_blob_free(&signed_data);
	return err;
}

int
vsc_ta_authenticate(struct vsc_ta *ta, struct vsc_span id_picc, struct vsc_span terminal_key,
    struct vsc_span signature)
{
	struct vsc_span comp =
	    ta->setup.version == VSC_TA_2 ? vsc_blob_span(&ta->terminal_key) : terminal_key;
	bool ready = ta->key_set && ta->challenged && !ta->done;
	int err;

	ta->challenged = false;
	if (!ready)
		return VSC_E_STATE;
	err = verify_proof(ta, id_picc, comp, signature);
	if (err == VSC_E_VERIFY && ta->setup.as_sent.len > 0)
		err = verify_proof(ta, id_picc, ta->setup.as_sent, signature);
	ta->done = err == 0;
	return err;
}

bool
vsc_ta_done(const struct vsc_ta *ta)
{
	return ta->done;
}

uint64_t
vsc_ta_rights(const struct vsc_ta *ta)
{
	return ta->done ? ta->rights : 0;
}

struct vsc_span
vsc_ta_terminal_key(const struct vsc_ta *ta)
{
	return ta->done ? vsc_blob_span(&ta->terminal_key) : VSC_SPAN_EMPTY;
}

struct vsc_span
vsc_ta_fingerprint(const struct vsc_ta *ta)
{
	return VSC_SPAN_OF(ta->cert.fingerprint);
}

/* TR-03110-3 A.7.5: of several templates with one object identifier, the last counts. */
int
vsc_ta_aux_find(const struct vsc_ta *ta, struct vsc_span oid, struct vsc_span *value)
{
	struct vsc_span objects;
	struct vsc_tlv tlv;
	struct vsc_in in;
	int err = VSC_E_NOT_FOUND;

	if (!ta->done || vsc_tlv_only(vsc_blob_span(&ta->aux), 0x67, &objects) < 0)
		return VSC_E_NOT_FOUND;
	in = vsc_in_from(objects);
	while (vsc_tlv_next_der(&in, &tlv) == 1) {
		struct vsc_span found;

		if (vsc_tlv_find(tlv.value, 0x06, &found) == 0 && vsc_span_eq(found, oid))
			err = vsc_tlv_find(tlv.value, 0x53, value);
	}
	return err;
}

struct vsc_span
vsc_ta_sector(const struct vsc_ta *ta, unsigned which)
{
	const struct vsc_cvc cvc = { .extensions = vsc_blob_span(&ta->cert.extensions) };
	struct vsc_span sectors, hash;

	if (!ta->done || vsc_cvc_extension(&cvc, vsc_oid_cvc_sector, &sectors) < 0 ||
	    vsc_tlv_find(sectors, 0x80 + which, &hash) < 0)
		return VSC_SPAN_EMPTY;
	return hash;
}
