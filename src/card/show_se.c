/* Numbered security environments in words: see show_se.h. */
#include "card/show_se.h"

#include <stdio.h>

#include "base/hex.h"
#include "iso/tlv.h"

static const char *const kinds[VSC_CRT_KINDS] = {
	[VSC_CRT_AT] = "authentication",
	[VSC_CRT_KAT] = "key agreement",
	[VSC_CRT_HT] = "hash",
	[VSC_CRT_CCT] = "checksum",
	[VSC_CRT_DST] = "signature",
	[VSC_CRT_CT] = "confidentiality",
};

/* By the number that a template is stored with (se.c). */
static const char *const stored_roles[] = { "computing", "verifying", "secure messaging",
	"protected commands", "protected answers" };

static void
say(struct vsc_out *words, const char *what, const char *value)
{
	vsc_out_str(words, words->len == 0 ? "" : ", ");
	vsc_out_str(words, what);
	vsc_out_str(words, value);
}

static void
say_bytes(struct vsc_out *words, const char *what, struct vsc_span bytes)
{
	char text[2 * 64 + 1];

	if (bytes.len > 0)
		say(words, what,
		    vsc_hex_text(text, sizeof(text), vsc_span_slice(bytes, 0, 64), '\0'));
}

static void
describe(const struct vsc_crt *crt, struct vsc_out *words)
{
	const struct vsc_alg *alg = crt->alg == 0 ? NULL : vsc_alg_by_id(crt->alg);

	if (alg != NULL)
		say(words, "", alg->name);
	else if (crt->alg != 0)
		say_bytes(words, "algorithm ", vsc_span_from(&crt->alg, 1));
	say_bytes(words, "algorithm ", vsc_blob_span(&crt->oid));
	if (crt->has_key)
		say_bytes(words, "key ", vsc_span_from(&crt->key, 1));
	say_bytes(words, "key named ", vsc_blob_span(&crt->name));
	if (words->len == 0)
		say(words, "", "as the key says");
}

bool
vsc_saved_se_line_nth(
    const struct vsc_saved_se *saved, size_t n, struct vsc_out *what, struct vsc_out *words)
{
	struct vsc_in in = vsc_in_from(vsc_blob_span(&saved->crts));
	struct vsc_se se = { .number = 0 };
	struct vsc_tlv role, crt;
	enum vsc_crt_kind kind = VSC_CRT_KINDS;

	do {
		if (vsc_tlv_next(&in, &role) <= 0 || vsc_tlv_next(&in, &crt) <= 0)
			return false;
	} while (n-- > 0);
	if (crt.tag <= 0xFF)
		kind = vsc_crt_kind((uint8_t)crt.tag);
	if (kind == VSC_CRT_KINDS || role.value.len != 1 ||
	    role.value.ptr[0] >= VSC_COUNT(stored_roles) ||
	    vsc_se_set(&se, kind, VSC_ROLE_COMPUTE, crt.value) < 0)
		return false;
	vsc_out_str(what, kinds[kind]);
	vsc_out_str(what, ", ");
	vsc_out_str(what, stored_roles[role.value.ptr[0]]);
	describe(&se.crt[kind][VSC_ROLE_COMPUTE], words);
	vsc_se_clear(&se);
	return true;
}
