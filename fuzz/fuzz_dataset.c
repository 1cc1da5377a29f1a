/* Any bytes as a --datasetfile: what is accepted can be written as data groups. */
#include "fuzz.h"

#include "cards/npa/dataset.h"
#include "iso/tlv.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf[8192];
	struct vsc_npa_dataset set;
	struct vsc_why why;

	if (vsc_npa_dataset_default(&set) < 0)
		return 0;
	if (vsc_npa_dataset_read(&set, vsc_span_from(data, size), &why) == 0) {
		for (unsigned dg = 1; dg <= VSC_NPA_GROUPS; dg++) {
			struct vsc_out out = vsc_out_from(buf, sizeof(buf));
			struct vsc_span value;
			int err = vsc_npa_put_group(&out, &set, dg);

			FUZZ_CHECK(err == 0 || err == VSC_E_NOT_FOUND);
			if (err == 0)
				FUZZ_CHECK(
				    vsc_tlv_only(vsc_out_span(&out), 0x60 + dg, &value) == 0);
		}
	}
	vsc_npa_dataset_free(&set);
	return 0;
}
