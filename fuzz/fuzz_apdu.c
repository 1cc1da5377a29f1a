/* Any bytes as a command APDU: what parses borrows from them and is written back the same. */
#include "fuzz.h"

#include "iso/apdu.h"

static void
check_class(uint8_t byte)
{
	struct vsc_cla cla = vsc_cla_decode(byte);
	uint8_t again;
	int r = vsc_cla_encode(&cla, &again);

	FUZZ_CHECK(cla.channel < 20);
	FUZZ_CHECK((r == 0) == (!cla.proprietary && !cla.invalid));
	FUZZ_CHECK(r < 0 || again == byte);
}

static void
check_command(struct vsc_span raw)
{
	static uint8_t buf[4 + 3 + 65535 + 2];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_apdu cmd;

	if (vsc_apdu_parse(&cmd, raw) < 0)
		return;
	FUZZ_CHECK(fuzz_within(cmd.data, raw));
	FUZZ_CHECK(cmd.has_le == (cmd.ne > 0));
	FUZZ_CHECK(cmd.ne <= (cmd.extended ? VSC_NE_EXTENDED_MAX : VSC_NE_SHORT_MAX));
	vsc_apdu_put(&out, &cmd);
	FUZZ_CHECK(!out.full && vsc_span_eq(vsc_out_span(&out), raw));
	check_class(cmd.cla);
	(void)vsc_ins_name(cmd.ins);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vsc_span raw = { data, size }, body;
	vsc_sw sw;

	check_command(raw);
	if (vsc_response_split(raw, &body, &sw) == 0) {
		FUZZ_CHECK(fuzz_within(body, raw) && body.len + 2 == size);
		FUZZ_CHECK(vsc_sw_name(sw) != NULL);
	}
	return 0;
}
