/* Any bytes as an answer to reset and as historical bytes. */
#include "fuzz.h"

#include "iso/atr.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vsc_span raw = { data, size }, value;
	uint8_t buf[VSC_ATR_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_atr atr;

	if (vsc_atr_parse(&atr, raw) == 0) {
		FUZZ_CHECK(size >= VSC_ATR_MIN && size <= VSC_ATR_MAX);
		FUZZ_CHECK((atr.protocols >> atr.first_protocol & 1) == 1);
		vsc_atr_put(&out, &atr);
		FUZZ_CHECK(!out.full && vsc_span_eq(vsc_out_span(&out), raw));
	}
	FUZZ_CHECK(atr.ngroups <= VSC_ATR_GROUPS && atr.nhistorical <= VSC_ATR_HISTORICAL_MAX);
	for (uint8_t tag = 0; tag < 16; tag++)
		if (vsc_historical_find(raw, tag, &value) == 0)
			FUZZ_CHECK(fuzz_within(value, raw) && value.len <= 15);
	return 0;
}
