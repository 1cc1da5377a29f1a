/*
 * The key establishment protocol of SP 800-73-4 part 2, 4.1 (OPACITY with zero key management):
 * GENERAL AUTHENTICATE with key 04. The terminal brings an ephemeral key, the card proves its own
 * one, of which it shows the certificate; both have the keys of a secure messaging session then.
 *
 *	7C{81 CB_H, ID_sH, Q_eH; 82}	->	7C{82 CB_ICC, N_ICC, AuthCryptogram, C_ICC}
 *
 * Step numbers are those of table 16.
 */
#include "cards/piv/piv.h"

#include <strings.h>

#include "base/auto.h"
#include "card/dynamic.h"
#include "card/operation.h"
#include "card/sm.h"
#include "crypto/kdf.h"

#define ID_LEN     8 /* ID_sH, ID_sICC */
#define T16        16
#define CB_CONTROL 0xF0u
#define NONCE_MAX  24

static const struct piv_suite suites[] = {
	{ 0x27, "cs2", "prime256v1", VSC_HASH_SHA256, &vsc_suite_aes128, 16, 0x09 },
	{ 0x2E, "cs7", "secp384r1", VSC_HASH_SHA384, &vsc_suite_aes256, 24, 0x0D },
};

const struct piv_suite *
piv_suite_by_id(uint8_t id)
{
	for (size_t i = 0; i < VSC_COUNT(suites); i++)
		if (suites[i].id == id)
			return &suites[i];
	return NULL;
}

const struct piv_suite *
piv_suite_by_name(const char *name)
{
	for (size_t i = 0; i < VSC_COUNT(suites); i++)
		if (strcasecmp(suites[i].name, name) == 0)
			return &suites[i];
	return NULL;
}

static struct vsc_slot *
find_slot(struct vsc_card *card)
{
	struct vsc_slot *slot = vsc_slot_find(card, PIV_SECURE);

	return slot == NULL || slot->key == NULL ? NULL : slot;
}

const struct piv_suite *
piv_suite_of(struct vsc_card *card)
{
	const struct vsc_slot *slot = find_slot(card);

	return slot == NULL ? NULL : piv_suite_by_id(slot->alg);
}

/* 4.2.7: a card that can, but has no session keys, says 6982; one that cannot, 6882. */
void
piv_secure_reset(struct vsc_card *card)
{
	struct vsc_sm *sm = vsc_card_sm(card);

	vsc_sm_end(sm);
	sm->absent = find_slot(card) != NULL ? VSC_SW_SECURITY : VSC_SW_NO_SM;
	piv_state(card)->paired = false;
}

/* What came and what the card adds to it; borrows. */
struct exchange {
	const struct piv_suite *suite;
	uint8_t cb_h;
	struct vsc_span id_h;
	struct vsc_span point; /* Q_eH: 04 x y */
	uint8_t id_icc[ID_LEN];
	uint8_t nonce[NONCE_MAX];
};

static int
read_request(struct exchange *x, struct vsc_span challenge)
{
	size_t field = vsc_curve_by_name(x->suite->curve)->field_len;
	struct vsc_in in = vsc_in_from(challenge);

	if (vsc_in_u8(&in, &x->cb_h) < 0 || vsc_in_span(&in, ID_LEN, &x->id_h) < 0 ||
	    vsc_in_span(&in, 1 + 2 * field, &x->point) < 0 || vsc_in_left(&in) != 0 ||
	    x->point.ptr[0] != 0x04)
		return VSC_E_FORMAT;
	/* C2, C3: CB_ICC is what of it is understood, and has to be zero */
	return (x->cb_h & CB_CONTROL) == 0 ? 0 : VSC_E_UNSUPPORTED;
}

/* C6; and ID_sICC, the first bytes of the certificate's SHA-256. */
static int
add_ours(struct vsc_card *card, struct exchange *x)
{
	uint8_t digest[VSC_HASH_MAX];
	struct vsc_out hashed = vsc_out_from(digest, sizeof(digest));

	if (vsc_hash_digest(VSC_HASH_SHA256, piv_attr(card, "cvc"), &hashed) < 0 ||
	    vsc_env_random(vsc_card_env(card), x->nonce, x->suite->nonce_len) < 0)
		return VSC_E_CRYPTO;
	return vsc_copy(x->id_icc, sizeof(x->id_icc), vsc_span_from(digest, ID_LEN));
}

static void
put_short(struct vsc_out *out, struct vsc_span value)
{
	vsc_out_u8(out, (uint8_t)value.len);
	vsc_out_put(out, value);
}

/* 4.1.6: SK_CFRM, SK_MAC, SK_ENC, SK_RMAC. */
static int
derive(const struct exchange *x, struct vsc_span secret, struct vsc_out *keys)
{
	const uint8_t cipher[] = { x->suite->kdf_id, x->suite->kdf_id, x->suite->kdf_id,
		x->suite->kdf_id };
	uint8_t buf[128];
	struct vsc_out info = vsc_out_from(buf, sizeof(buf));

	put_short(&info, VSC_SPAN_OF(cipher));
	put_short(&info, x->id_h);
	put_short(&info, vsc_span_from(&x->cb_h, 1));
	put_short(&info, vsc_span_slice(x->point, 1, T16));
	put_short(&info, VSC_SPAN_OF(x->id_icc));
	put_short(&info, vsc_span_from(x->nonce, x->suite->nonce_len));
	put_short(&info, VSC_BYTES(0x00)); /* CB_ICC */
	return vsc_kdf_concat(
	    x->suite->hash, secret, vsc_out_span(&info), 4 * x->suite->cipher->key_len, keys);
}

/* C9: AES-CMAC with SK_CFRM over "KC_1_V", both identifiers and the ephemeral point. */
static int
confirm(const struct exchange *x, struct vsc_span key, uint8_t mac[VSC_SUITE_BLOCK_MAX])
{
	struct vsc_cipher *cipher;
	int rc = vsc_cipher_new(&cipher, x->suite->cipher, VSC_SPAN_EMPTY, key);

	if (rc < 0)
		return rc;
	if ((rc = vsc_cipher_mac_start(cipher)) == 0 &&
	    (rc = vsc_cipher_mac_add(cipher, vsc_span_str("KC_1_V"))) == 0 &&
	    (rc = vsc_cipher_mac_add(cipher, VSC_SPAN_OF(x->id_icc))) == 0 &&
	    (rc = vsc_cipher_mac_add(cipher, x->id_h)) == 0 &&
	    (rc = vsc_cipher_mac_add(cipher, vsc_span_slice(x->point, 1, x->point.len - 1))) == 0)
		rc = vsc_cipher_mac_whole(cipher, mac);
	vsc_cipher_free(cipher);
	return rc;
}

static struct vsc_span
key_at(struct vsc_span keys, size_t n, size_t len)
{
	return vsc_span_slice(keys, n * len, len);
}

/* C7 to C11, when Z is there. */
static int
finish(struct vsc_card *card, const struct exchange *x, struct vsc_span secret, struct vsc_out *out)
{
	size_t len = x->suite->cipher->key_len;
	uint8_t buf[4 * VSC_SUITE_KEY_MAX], mac[VSC_SUITE_BLOCK_MAX];
	struct vsc_out derived = vsc_out_from(buf, sizeof(buf));
	struct vsc_dynamic_answer a;
	struct vsc_span keys;
	int rc;

	if ((rc = derive(x, secret, &derived)) == 0) {
		keys = vsc_out_span(&derived);
		if ((rc = confirm(x, key_at(keys, 0, len), mac)) == 0)
			rc = vsc_sm_start_mcv(vsc_card_sm(card), x->suite->cipher,
			    key_at(keys, 2, len), key_at(keys, 1, len), key_at(keys, 3, len),
			    VSC_SM_PIV);
	}
	vsc_wipe(buf, sizeof(buf));
	if (rc < 0)
		return rc;
	a = vsc_dynamic_begin(out, 0x82);
	vsc_out_u8(out, 0x00);
	vsc_out_put(out, vsc_span_from(x->nonce, x->suite->nonce_len));
	vsc_out_put(out, VSC_SPAN_OF(mac));
	vsc_out_put(out, piv_attr(card, "cvc"));
	vsc_dynamic_end(out, a);
	return 0;
}

/* The key at 04, for the suite in P1. */
static vsc_sw
find_key(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_slot **slot)
{
	*slot = find_slot(card);
	if (*slot == NULL || piv_attr(card, "cvc").len == 0)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no key for secure messaging (04)");
	if (cmd->p1 != (*slot)->alg)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2,
		    "key 04 is for cipher suite %02X, not %02X", (*slot)->alg, cmd->p1);
	if (vsc_card_sm(card)->busy)
		return vsc_card_refuse(card, VSC_SW_NO_SM,
		    "a session is established in plain, not inside of another one");
	return VSC_SW_OK;
}

vsc_sw
piv_establish(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	uint8_t buf[VSC_KEY_BYTES_MAX];
	struct vsc_out secret = vsc_out_from(buf, sizeof(buf));
	struct exchange x = { .suite = NULL };
	struct vsc_slot *slot;
	struct vsc_dynamic d;
	vsc_sw sw;
	int rc;

	if ((sw = find_key(card, cmd, &slot)) != VSC_SW_OK)
		return sw;
	/* 4.3: the keys of the session before go first, whatever becomes of this one */
	piv_secure_reset(card);
	x.suite = piv_suite_by_id(slot->alg);
	if (vsc_dynamic_read(&d, cmd->data) < 0 || d.given != VSC_DYNAMIC_CHALLENGE ||
	    (d.asked & ~(unsigned)VSC_DYNAMIC_RESPONSE) != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "7C{81, 82} expected");
	if (read_request(&x, d.value[1]) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA,
		    "81 has control byte 0x, eight bytes of identifier, and a point of %s",
		    x.suite->curve);
	if ((rc = add_ours(card, &x)) == 0 &&
	    (rc = vsc_key_agree(slot->key, x.point, &secret)) == 0)
		rc = finish(card, &x, vsc_out_span(&secret), out);
	vsc_wipe(buf, sizeof(buf));
	return vsc_operation_sw(card, rc);
}
