/* GET CHALLENGE (ISO/IEC 7816-4:2020 11.6.3), and what it gave to whoever proves something with
 * it. */
#include "card/cmd.h"
#include "card/engine.h"
#include "crypto/alg.h"

#define CHALLENGE_MAX 256u

/* P1: 00, or an algorithm by which a key can be proven. The challenge is the same for all. */
static bool
is_for_proof(uint8_t id)
{
	static const enum vsc_scheme schemes[] = { VSC_SCHEME_RSA_RAW, VSC_SCHEME_RSA_PKCS1,
		VSC_SCHEME_RSA_PSS, VSC_SCHEME_ECDSA, VSC_SCHEME_ECDSA_DER, VSC_SCHEME_EDDSA,
		VSC_SCHEME_ECB, VSC_SCHEME_MAC };
	const struct vsc_alg *alg = vsc_alg_by_id(id);

	for (size_t i = 0; alg != NULL && i < VSC_COUNT(schemes); i++)
		if (schemes[i] == alg->scheme)
			return true;
	return id == 0;
}

vsc_sw
vsc_cmd_get_challenge(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_blob *challenge = &vsc_card_current(card)->challenge;
	uint8_t *bytes;

	if (!is_for_proof(cmd->p1) || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2,
		    "P1 is 00 or an algorithm that proves a key, P2 is 00");
	if (cmd->ne == 0 || (cmd->ne > CHALLENGE_MAX && cmd->ne != VSC_NE_EXTENDED_MAX))
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_LENGTH, "a challenge has 1 to %u bytes", CHALLENGE_MAX);
	bytes = vsc_out_reserve(out, cmd->ne > CHALLENGE_MAX ? CHALLENGE_MAX : cmd->ne);
	if (bytes == NULL || vsc_env_random(card->env, bytes, out->len) < 0 ||
	    vsc_blob_set(challenge, vsc_out_span(out)) < 0)
		return VSC_SW_INTERNAL;
	return VSC_SW_OK;
}

struct vsc_span
vsc_card_challenge(const struct vsc_card *card)
{
	return vsc_blob_span(&card->channels[card->channel]->challenge);
}

void
vsc_card_challenge_forget(struct vsc_card *card)
{
	vsc_blob_free(&vsc_card_current(card)->challenge);
}
