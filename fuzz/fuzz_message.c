/* Any bytes as a call, a result and a state between processes: what is understood is written back
 * as the same bytes. */
#include "fuzz.h"

#include "pcsc/message.h"

static uint8_t back[VSC_MESSAGE_MAX], answer[VSC_RM_OUT_MAX];

static void
check_call(struct vsc_span body)
{
	struct vsc_out out = vsc_out_from(back, sizeof(back));
	struct vsc_rm_call call = { 0 };

	if (vsc_message_get_call(body, &call) < 0)
		return;
	vsc_message_put_call(&out, &call);
	FUZZ_CHECK(!out.full && out.len == VSC_MESSAGE_HEADER + body.len);
}

static void
check_result(struct vsc_span body)
{
	struct vsc_out room = vsc_out_from(answer, sizeof(answer));
	struct vsc_out out = vsc_out_from(back, sizeof(back));
	struct vsc_rm_call call = { .out = &room };
	LONG rv;

	if (vsc_message_get_result(body, &rv, &call) < 0)
		return;
	vsc_message_put_result(&out, rv, &call);
	FUZZ_CHECK(!out.full);
	if (rv == SCARD_S_SUCCESS)
		FUZZ_CHECK(vsc_span_eq(
		    vsc_span_slice(vsc_out_span(&out), VSC_MESSAGE_HEADER, out.len), body));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vsc_span body = vsc_span_from(data, size);
	struct vsc_in in = vsc_in_from(body);
	struct vsc_rm_state state;

	if (size > VSC_RM_OUT_MAX)
		return 0;
	check_call(body);
	check_result(body);
	while (vsc_in_left(&in) > 0 && vsc_rm_state_get(&in, &state) == 0)
		FUZZ_CHECK(state.atr_len <= sizeof(state.atr));
	return 0;
}
