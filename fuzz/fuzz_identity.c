/* Any bytes as a file with a key and a certificate. */
#include "fuzz.h"

#include "crypto/cert.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vsc_why why = { { 0 } };
	struct vsc_blob cert;
	struct vsc_key *key;

	if (vsc_identity_read(&key, &cert, vsc_span_from(data, size), "password", &why) < 0) {
		FUZZ_CHECK(key == NULL && cert.len == 0 && why.text[0] != '\0');
		return 0;
	}
	FUZZ_CHECK(key != NULL || cert.len > 0);
	if (key != NULL && cert.len > 0)
		(void)!vsc_cert_matches(vsc_blob_span(&cert), key);
	vsc_key_free(key);
	vsc_blob_free(&cert);
	return 0;
}
