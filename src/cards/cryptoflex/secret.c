/*
 * A PIN, an unblock code or a key in a file. The engine's PINs (card/auth.h) are not used because
 * this card's lie in EFs that everybody with the right to it writes with UPDATE BINARY; the rule is
 * the same: a try is spent, and that saved, before it is judged.
 */
#include "cards/cryptoflex/flex.h"

#define MAX_AFTER  0u /* offsets behind the value */
#define LEFT_AFTER 1u

static uint8_t
byte_after(const struct flex_secret *secret, size_t offset)
{
	return secret->file->content.ptr[secret->at + secret->len + offset];
}

struct vsc_span
flex_secret_value(const struct flex_secret *secret)
{
	return vsc_span_slice(vsc_file_content(secret->file), secret->at, secret->len);
}

uint8_t
flex_secret_left(const struct flex_secret *secret)
{
	return byte_after(secret, LEFT_AFTER);
}

uint8_t
flex_secret_max(const struct flex_secret *secret)
{
	return byte_after(secret, MAX_AFTER);
}

static int
set_left(struct vsc_card *card, const struct flex_secret *secret, uint8_t left)
{
	return vsc_file_write(vsc_card_fs(card), secret->file,
	    secret->at + secret->len + LEFT_AFTER, vsc_span_from(&left, 1));
}

/* More tries left than there are in all is how a key is written that nobody shall use. */
bool
flex_secret_is_blocked(const struct flex_secret *secret)
{
	uint8_t left = flex_secret_left(secret);

	return left == 0 || left > flex_secret_max(secret);
}

vsc_sw
flex_secret_judge(struct vsc_card *card, const struct flex_secret *secret, struct vsc_span given,
    struct vsc_span expected)
{
	if (flex_secret_is_blocked(secret))
		return vsc_card_refuse(card, VSC_SW_AUTH_BLOCKED, "no try is left");
	if (set_left(card, secret, (uint8_t)(flex_secret_left(secret) - 1)) < 0 ||
	    vsc_card_commit(card) < 0)
		return VSC_SW_MEMORY_FAILURE;
	if (!vsc_span_eq_ct(given, expected))
		return vsc_card_refuse(
		    card, VSC_SW_AUTH_FAILED, "wrong, %u tries left", flex_secret_left(secret));
	if (set_left(card, secret, flex_secret_max(secret)) < 0)
		return VSC_SW_MEMORY_FAILURE;
	return VSC_SW_OK;
}

vsc_sw
flex_secret_set(struct vsc_card *card, const struct flex_secret *secret, struct vsc_span value)
{
	if (value.len != secret->len)
		return VSC_SW_WRONG_LENGTH;
	if (vsc_file_write(vsc_card_fs(card), secret->file, secret->at, value) < 0 ||
	    set_left(card, secret, flex_secret_max(secret)) < 0)
		return VSC_SW_MEMORY_FAILURE;
	return VSC_SW_OK;
}
