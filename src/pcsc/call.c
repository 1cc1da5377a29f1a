/*
 * The state of a reader as bytes: what a call answers that is more than numbers and a card's
 * answer.
 */
#include "pcsc/call.h"

#include <string.h>

void
vsc_rm_state_put(struct vsc_out *out, const struct vsc_rm_state *state)
{
	vsc_out_u8(out, (uint8_t)strlen(state->name));
	vsc_out_str(out, state->name);
	vsc_out_u32(out, state->state);
	vsc_out_u32(out, state->counter);
	vsc_out_u32(out, state->protocol);
	vsc_out_u32(out, (uint32_t)state->sharing);
	vsc_out_u8(out, (uint8_t)state->atr_len);
	vsc_out_put(out, vsc_span_from(state->atr, state->atr_len));
}

/* A length byte and that many bytes. */
static int
get_short(struct vsc_in *in, void *buf, size_t cap, size_t *len)
{
	struct vsc_span bytes;
	uint8_t n;

	if (vsc_in_u8(in, &n) < 0 || vsc_in_span(in, n, &bytes) < 0)
		return VSC_E_FORMAT;
	*len = n;
	return vsc_copy(buf, cap, bytes);
}

int
vsc_rm_state_get(struct vsc_in *in, struct vsc_rm_state *state)
{
	uint32_t sharing;
	size_t len;

	if (get_short(in, state->name, sizeof(state->name) - 1, &len) < 0)
		return VSC_E_FORMAT;
	state->name[len] = '\0';
	if (vsc_in_u32(in, &state->state) < 0 || vsc_in_u32(in, &state->counter) < 0 ||
	    vsc_in_u32(in, &state->protocol) < 0 || vsc_in_u32(in, &sharing) < 0 ||
	    get_short(in, state->atr, sizeof(state->atr), &state->atr_len) < 0)
		return VSC_E_FORMAT;
	state->sharing = (int32_t)sharing;
	return 0;
}
