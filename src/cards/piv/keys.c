/* The keys of a PIV card: their references, algorithms and policies. */
#include "cards/piv/piv.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct piv_alg algs[] = {
	{ 0x06, "rsa1024", NULL, VSC_KEY_RSA, 1024, NULL },
	{ 0x07, "rsa2048", NULL, VSC_KEY_RSA, 2048, NULL },
	{ 0x05, "rsa3072", NULL, VSC_KEY_RSA, 3072, NULL },
	{ 0x16, "rsa4096", NULL, VSC_KEY_RSA, 4096, NULL },
	{ 0x11, "eccp256", "p256", VSC_KEY_EC, 0, "prime256v1" },
	{ 0x14, "eccp384", "p384", VSC_KEY_EC, 0, "secp384r1" },
	{ 0xE0, "ed25519", NULL, VSC_KEY_ED25519, 0, "ED25519" },
	{ 0xE1, "x25519", NULL, VSC_KEY_X25519, 0, "X25519" },
	{ 0x03, "3des", "tdes", VSC_KEY_3DES, 192, NULL },
	{ 0x08, "aes128", NULL, VSC_KEY_AES, 128, NULL },
	{ 0x0A, "aes192", NULL, VSC_KEY_AES, 192, NULL },
	{ 0x0C, "aes256", NULL, VSC_KEY_AES, 256, NULL },
};

const struct piv_alg *
piv_alg_by_id(uint8_t id)
{
	for (size_t i = 0; i < VSC_COUNT(algs); i++)
		if (algs[i].id == id)
			return &algs[i];
	return NULL;
}

const struct piv_alg *
piv_alg_by_name(const char *name)
{
	for (size_t i = 0; i < VSC_COUNT(algs); i++)
		if (strcasecmp(algs[i].name, name) == 0 ||
		    (algs[i].alias != NULL && strcasecmp(algs[i].alias, name) == 0))
			return &algs[i];
	return NULL;
}

const struct piv_alg *
piv_alg_of(const struct vsc_key *key)
{
	const struct vsc_curve *curve = vsc_key_curve(key);

	for (size_t i = 0; i < VSC_COUNT(algs); i++) {
		if (algs[i].kind != vsc_key_kind(key))
			continue;
		if (algs[i].curve == NULL ? algs[i].bits == vsc_key_bits(key)
					  : vsc_curve_by_name(algs[i].curve) == curve)
			return &algs[i];
	}
	return NULL;
}

bool
piv_alg_is_symmetric(const struct piv_alg *alg)
{
	return alg->kind == VSC_KEY_3DES || alg->kind == VSC_KEY_AES;
}

/* Part 1 table 4b: what the PIN is asked for; and where the certificate is (table 3). */
static const struct place {
	uint8_t ref, policy;
	uint32_t cert;
} places[] = {
	{ PIV_AUTHENTICATION, VSC_PIN_ONCE, 0x5FC105 },
	{ PIV_SIGNATURE, VSC_PIN_ALWAYS, 0x5FC10A },
	{ PIV_MANAGEMENT, VSC_PIN_ONCE, 0x5FC10B },
	{ PIV_CARD_AUTH, VSC_PIN_NEVER, 0x5FC101 },
	{ PIV_ATTESTATION, VSC_PIN_NEVER, 0x5FFF01 },
};

static bool
is_retired(uint8_t ref)
{
	return ref >= PIV_RETIRED_FIRST && ref <= PIV_RETIRED_LAST;
}

static const struct place *
find_place(uint8_t ref)
{
	for (size_t i = 0; i < VSC_COUNT(places); i++)
		if (places[i].ref == ref)
			return &places[i];
	return NULL;
}

bool
piv_is_key_ref(uint8_t ref)
{
	return is_retired(ref) || find_place(ref) != NULL;
}

int
piv_key_ref_parse(const char *text, size_t len)
{
	char digits[3] = { 0 }, *end;
	unsigned long ref;

	if (len != 2)
		return -1;
	digits[0] = text[0];
	digits[1] = text[1];
	ref = strtoul(digits, &end, 16);
	return *end == '\0' && piv_is_key_ref((uint8_t)ref) ? (int)ref : -1;
}

uint32_t
piv_cert_object(uint8_t ref)
{
	const struct place *place = find_place(ref);

	return place != NULL ? place->cert : 0x5FC10Du + ref - PIV_RETIRED_FIRST;
}

/* Yubico's numbers for PIN policies, and ours. */
static const struct {
	uint8_t theirs, ours;
} policies_map[] = {
	{ 1, VSC_PIN_NEVER },
	{ 2, VSC_PIN_ONCE },
	{ 3, VSC_PIN_ALWAYS },
};

static uint8_t
pin_policy(uint8_t ref, uint8_t theirs)
{
	const struct place *place = find_place(ref);

	for (size_t i = 0; i < VSC_COUNT(policies_map); i++)
		if (policies_map[i].theirs == theirs)
			return policies_map[i].ours;
	return place != NULL ? place->policy : VSC_PIN_ONCE;
}

struct piv_policies
piv_key_policies(const struct vsc_slot *slot)
{
	struct piv_policies policies = { 0, slot->touch == 0 ? 1 : slot->touch };

	for (size_t i = 0; i < VSC_COUNT(policies_map); i++)
		if (policies_map[i].ours == slot->policy)
			policies.pin = policies_map[i].theirs;
	return policies;
}

/* A new place with a key, instead of the old one: nothing proven or counted for it stays. */
int
piv_slot_put(struct vsc_card *card, const struct vsc_slot *spec)
{
	struct vsc_slot *old = vsc_slot_find(card, spec->ref);

	if (old != NULL)
		vsc_slot_delete(card, old);
	return vsc_slot_add(card, spec, NULL);
}

int
piv_key_put(struct vsc_card *card, uint8_t ref, struct vsc_key *key, bool generated,
    const struct piv_policies *policies)
{
	const struct piv_alg *alg = piv_alg_of(key);
	struct vsc_slot spec = {
		.ref = ref,
		.policy = pin_policy(ref, policies->pin),
		.touch = policies->touch,
		.pin = PIV_PIN,
		.usage = VSC_USE_INTERNAL | VSC_USE_AGREE,
		.generated = generated,
		.key = key,
	};

	if (alg == NULL || piv_alg_is_symmetric(alg)) {
		vsc_key_free(key);
		return VSC_E_UNSUPPORTED;
	}
	spec.alg = alg->id;
	return piv_slot_put(card, &spec);
}

int
piv_key_make(struct vsc_key **key, const struct piv_alg *alg, const struct vsc_env *env)
{
	if (alg->kind == VSC_KEY_RSA)
		return vsc_key_generate_rsa(key, alg->bits, VSC_SPAN_EMPTY);
	if (alg->curve == NULL)
		return VSC_E_PARAM;
	return vsc_key_generate_ec(key, vsc_curve_by_name(alg->curve), env);
}

/* Without their parity bits. */
static const uint8_t weak[][8] = {
	{ 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 },
	{ 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE },
	{ 0x1E, 0x1E, 0x1E, 0x1E, 0x0E, 0x0E, 0x0E, 0x0E },
	{ 0xE0, 0xE0, 0xE0, 0xE0, 0xF0, 0xF0, 0xF0, 0xF0 },
	{ 0x00, 0xFE, 0x00, 0xFE, 0x00, 0xFE, 0x00, 0xFE },
	{ 0xFE, 0x00, 0xFE, 0x00, 0xFE, 0x00, 0xFE, 0x00 },
	{ 0x1E, 0xE0, 0x1E, 0xE0, 0x0E, 0xF0, 0x0E, 0xF0 },
	{ 0xE0, 0x1E, 0xE0, 0x1E, 0xF0, 0x0E, 0xF0, 0x0E },
	{ 0x00, 0xE0, 0x00, 0xE0, 0x00, 0xF0, 0x00, 0xF0 },
	{ 0xE0, 0x00, 0xE0, 0x00, 0xF0, 0x00, 0xF0, 0x00 },
	{ 0x1E, 0xFE, 0x1E, 0xFE, 0x0E, 0xFE, 0x0E, 0xFE },
	{ 0xFE, 0x1E, 0xFE, 0x1E, 0xFE, 0x0E, 0xFE, 0x0E },
	{ 0x00, 0x1E, 0x00, 0x1E, 0x00, 0x0E, 0x00, 0x0E },
	{ 0x1E, 0x00, 0x1E, 0x00, 0x0E, 0x00, 0x0E, 0x00 },
	{ 0xE0, 0xFE, 0xE0, 0xFE, 0xF0, 0xFE, 0xF0, 0xFE },
	{ 0xFE, 0xE0, 0xFE, 0xE0, 0xFE, 0xF0, 0xFE, 0xF0 },
};

static bool
is_weak_des(struct vsc_span key)
{
	uint8_t masked[8];
	bool found = false;

	for (size_t i = 0; i < sizeof(masked); i++)
		masked[i] = key.ptr[i] & 0xFE;
	for (size_t i = 0; i < VSC_COUNT(weak); i++)
		found |= vsc_span_eq_ct(VSC_SPAN_OF(masked), VSC_SPAN_OF(weak[i]));
	vsc_wipe(masked, sizeof(masked));
	return found;
}

bool
piv_admin_is_weak(const struct piv_alg *alg, struct vsc_span bytes)
{
	bool found = false;

	if (alg->kind != VSC_KEY_3DES)
		return false;
	for (size_t at = 0; at + 8 <= bytes.len; at += 8)
		found |= is_weak_des(vsc_span_slice(bytes, at, 8));
	return found;
}

int
piv_admin_put(struct vsc_card *card, struct vsc_key *key, uint8_t touch)
{
	const struct piv_alg *alg = piv_alg_of(key);
	struct vsc_slot spec = {
		.ref = PIV_ADMIN,
		.policy = VSC_PIN_NEVER,
		.touch = touch,
		.usage = VSC_USE_EXTERNAL,
		.key = key,
	};

	if (alg == NULL || !piv_alg_is_symmetric(alg)) {
		vsc_key_free(key);
		return VSC_E_PARAM;
	}
	spec.alg = alg->id;
	/* a challenge that is open was meant for the old key */
	piv_state(card)->step = PIV_NOTHING;
	return piv_slot_put(card, &spec);
}

vsc_sw
piv_admin_proven(struct vsc_card *card)
{
	const struct vsc_slot *slot = vsc_slot_find(card, PIV_ADMIN);

	if (slot != NULL && vsc_key_proven(card, slot->id))
		return VSC_SW_OK;
	return vsc_card_refuse(
	    card, VSC_SW_SECURITY, "the card management key 9B has not been proven");
}
