/* Any bytes as a machine readable zone, and as a name to be transliterated. */
#include "fuzz.h"

#include <string.h>

#include "cards/epass/mrz.h"
#include "cards/epass/translit.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vsc_span bad, text = { data, size };
	char letters[64], key[VSC_MRZ_KEY_MAX];
	struct vsc_mrz mrz, again;
	struct vsc_why why;

	if (vsc_mrz_parse(&mrz, text, false, &why) == 0) {
		FUZZ_CHECK(strlen(vsc_mrz_key(&mrz, key)) >= 24);
		FUZZ_CHECK(vsc_mrz_parse(&again, vsc_span_str(mrz.text), false, &why) == 0);
		FUZZ_CHECK(strcmp(again.text, mrz.text) == 0);
	}
	/* whatever --fix-mrz makes is right */
	if (vsc_mrz_parse(&mrz, text, true, &why) == 0)
		FUZZ_CHECK(vsc_mrz_parse(&again, vsc_span_str(mrz.text), false, &why) == 0);
	if (vsc_translit(letters, sizeof(letters), text, &bad) == 0)
		FUZZ_CHECK(strspn(letters, "ABCDEFGHIJKLMNOPQRSTUVWXYZ<") == strlen(letters));
	return 0;
}
