/* Any bytes as a card verifiable certificate: what is parsed lies within the input, and the chain
 * policy takes nothing that its issuer did not sign. */
#include "fuzz.h"

#include <openssl/obj_mac.h>

#include "crypto/ta.h"
#include "iso/tlv.h"

static void
check_fields(const struct vsc_cvc *cvc, struct vsc_span raw)
{
	const struct vsc_span parts[] = { cvc->body, cvc->signature, cvc->car, cvc->chr, cvc->key,
		cvc->extensions };

	for (size_t i = 0; i < VSC_COUNT(parts); i++)
		FUZZ_CHECK(fuzz_within(parts[i], raw));
	FUZZ_CHECK(cvc->car.len <= VSC_CVC_REF_MAX && cvc->chr.len <= VSC_CVC_REF_MAX);
	FUZZ_CHECK(cvc->effective <= cvc->expiration);
	FUZZ_CHECK(vsc_cvc_day_valid(cvc->effective) && vsc_cvc_day_valid(cvc->expiration));
	FUZZ_CHECK(cvc->chat.role <= VSC_CVC_CVCA);
}

/* Only a certificate that verifies with its own key may become a trust point, and then it can be
 * saved and comes back. */
static void
check_trust(struct vsc_span raw)
{
	struct vsc_trust trust = { .today = 20260101 }, again;
	struct vsc_blob saved = { NULL, 0 };
	struct vsc_ta ta = { .done = false };
	struct vsc_span body;
	bool changed;

	if (vsc_trust_add(&trust, raw, 0) == 0) {
		const struct vsc_ta_setup setup = { .version = VSC_TA_1,
			.trust = &trust,
			.chat = { VSC_CVC_IS, VSC_CVC_TERMINAL, 0x23 } };

		FUZZ_CHECK(vsc_trust_save(&trust, &saved) == 0);
		FUZZ_CHECK(vsc_trust_load(&again, vsc_blob_span(&saved)) == 0);
		vsc_trust_free(&again);
		vsc_blob_free(&saved);
		vsc_ta_start(&ta, &setup);
		if (vsc_ta_set_issuer(&ta, vsc_trust_car(&trust, VSC_CVC_IS, 0)) == 0 &&
		    vsc_tlv_only(raw, 0x7F21, &body) == 0)
			FUZZ_CHECK(vsc_ta_verify_certificate(&ta, body, &changed) <= 0);
		vsc_ta_reset(&ta);
	}
	vsc_trust_free(&trust);
	if (vsc_trust_load(&again, raw) == 0)
		vsc_trust_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vsc_span raw = { data, size }, found;
	struct vsc_cv_key key;
	struct vsc_cvc cvc;

	if (vsc_cvc_parse_file(raw, &cvc) == 0) {
		check_fields(&cvc, raw);
		if (vsc_cvc_extension(&cvc, vsc_oid_cvc_sector, &found) == 0)
			FUZZ_CHECK(fuzz_within(found, raw));
		if (vsc_cv_key_load(&key, &cvc.fields, NID_brainpoolP256r1) == 0)
			vsc_cv_key_free(&key);
	}
	check_trust(raw);
	return 0;
}
