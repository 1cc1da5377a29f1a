/* Any bytes as a portrait. */
#include "fuzz.h"

#include "cards/epass/portrait.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vsc_picture picture;

	if (vsc_picture_parse(&picture, vsc_span_from(data, size)) == 0) {
		FUZZ_CHECK(picture.width > 0 && picture.height > 0);
		FUZZ_CHECK(picture.bytes.ptr == data && picture.bytes.len == size);
	}
	return 0;
}
