#include "test.h"

#include <string.h>

#include "pcsc/message.h"

static uint8_t buf[VSC_MESSAGE_MAX];

static struct vsc_span
body_of(const struct vsc_out *out)
{
	return vsc_span_slice(vsc_out_span(out), VSC_MESSAGE_HEADER, out->len);
}

static void
calls(void **state)
{
	struct vsc_rm_call call = { .op = VSC_RM_TRANSMIT,
		.id = 0x12345678,
		.arg = { 1, 0xFFFFFFFF, 3 },
		.no_block = true,
		.in = VSC_BYTES(0x00, 0xA4, 0x04, 0x00) };
	struct vsc_rm_call got = { .op = VSC_RM_OPS };
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	(void)state;
	vsc_message_put_call(&out, &call);
	assert_false(out.full);
	assert_int_equal(vsc_message_get_call(body_of(&out), &got), 0);
	assert_int_equal(got.op, call.op);
	assert_int_equal(got.id, call.id);
	assert_memory_equal(got.arg, call.arg, sizeof(got.arg));
	assert_true(got.no_block);
	assert_span_equal(got.in, call.in);
	/* cut anywhere in the fixed part it is refused */
	for (size_t cut = 0; cut < VSC_MESSAGE_FIXED; cut++)
		assert_int_equal(vsc_message_get_call(vsc_span_slice(body_of(&out), 0, cut), &got),
		    VSC_E_FORMAT);
	buf[VSC_MESSAGE_HEADER] = VSC_RM_OPS;
	assert_int_equal(vsc_message_get_call(body_of(&out), &got), VSC_E_FORMAT);
}

static void
results(void **state)
{
	uint8_t sent[10] = "abc", there[10];
	struct vsc_out answer = { sent, 3, sizeof(sent), false };
	struct vsc_out room = vsc_out_from(there, sizeof(there));
	struct vsc_rm_call call = { .ret = { 7, 8 }, .out = &answer }, got = { .out = &room };
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	LONG rv;

	(void)state;
	vsc_message_put_result(&out, SCARD_S_SUCCESS, &call);
	assert_int_equal(vsc_message_get_result(body_of(&out), &rv, &got), 0);
	assert_int_equal(rv, SCARD_S_SUCCESS);
	assert_int_equal(got.ret[0], 7);
	assert_int_equal(got.ret[1], 8);
	assert_span_equal(vsc_out_span(&room), vsc_out_span(&answer));
	for (size_t cut = 0; cut < 12; cut++)
		assert_int_equal(
		    vsc_message_get_result(vsc_span_slice(body_of(&out), 0, cut), &rv, &got),
		    VSC_E_FORMAT);
	/* more than the caller has room for */
	room = vsc_out_from(there, 2);
	assert_int_equal(vsc_message_get_result(body_of(&out), &rv, &got), VSC_E_SPACE);
	/* an error carries nothing, and is as wide as LONG is */
	out = vsc_out_from(buf, sizeof(buf));
	vsc_message_put_result(&out, SCARD_W_REMOVED_CARD, &call);
	got.out = NULL;
	assert_int_equal(vsc_message_get_result(body_of(&out), &rv, &got), 0);
	assert_true(rv == SCARD_W_REMOVED_CARD);
}

static void
states(void **state)
{
	struct vsc_rm_state a = { .name = "Virtual PCD 00 00",
		.state = SCARD_PRESENT,
		.counter = 0xFFFF,
		.protocol = SCARD_PROTOCOL_T1,
		.sharing = VSC_RM_EXCLUSIVE,
		.atr = { 0x3B, 0x00 },
		.atr_len = 2 };
	struct vsc_rm_state b;
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_in in;

	(void)state;
	vsc_rm_state_put(&out, &a);
	in = vsc_in_from(vsc_out_span(&out));
	assert_int_equal(vsc_rm_state_get(&in, &b), 0);
	assert_int_equal(vsc_in_left(&in), 0);
	assert_string_equal(b.name, a.name);
	assert_int_equal(b.counter, a.counter);
	assert_int_equal(b.sharing, VSC_RM_EXCLUSIVE);
	assert_int_equal(b.atr_len, 2);
	for (size_t cut = 0; cut < out.len; cut++) {
		in = vsc_in_from(vsc_span_slice(vsc_out_span(&out), 0, cut));
		assert_int_equal(vsc_rm_state_get(&in, &b), VSC_E_FORMAT);
	}
	/* names and ATRs that are too long */
	buf[0] = MAX_READERNAME;
	in = vsc_in_from(vsc_span_from(buf, sizeof(buf)));
	assert_int_equal(vsc_rm_state_get(&in, &b), VSC_E_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls),
		cmocka_unit_test(results),
		cmocka_unit_test(states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
