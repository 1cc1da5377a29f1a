/*
 * Keys and certificates through OpenSSL's decoders; a password comes from the caller, never from a
 * terminal.
 */
#include "crypto/pem.h"

#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "crypto/auto.h"
#include "crypto/cert.h"

struct passphrase {
	const char *text;
	bool asked;
};

/* OpenSSL asks here instead of at the terminal. */
static int
give_passphrase(char *buf, int size, int writing, void *ctx)
{
	struct passphrase *phrase = ctx;

	(void)writing;
	phrase->asked = true;
	if (phrase->text == NULL || size < 0 ||
	    vsc_copy(buf, (size_t)size, vsc_span_str(phrase->text)) < 0)
		return -1;
	return (int)strlen(phrase->text);
}

EVP_PKEY *
vsc_pem_key_with(struct vsc_span file, const char *password, bool *asked)
{
	struct passphrase phrase = { password, false };
	const uint8_t *at = file.ptr;
	EVP_PKEY *key = NULL;

	ERR_set_mark();
	if (file.len <= INT_MAX) {
		VSC_AUTO_BIO *bio = BIO_new_mem_buf(file.ptr, (int)file.len);

		if (bio != NULL)
			key = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &phrase);
		if (key == NULL && !phrase.asked)
			key = d2i_AutoPrivateKey(NULL, &at, (long)file.len);
	}
	ERR_pop_to_mark();
	*asked = phrase.asked;
	return key;
}

EVP_PKEY *
vsc_pem_key(struct vsc_span file)
{
	bool asked;

	return vsc_pem_key_with(file, NULL, &asked);
}

X509 *
vsc_pem_certificate(struct vsc_span file)
{
	const uint8_t *at = file.ptr;
	X509 *cert = NULL;

	ERR_set_mark();
	if (file.len <= INT_MAX) {
		VSC_AUTO_BIO *bio = BIO_new_mem_buf(file.ptr, (int)file.len);

		if (bio != NULL)
			cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		if (cert == NULL)
			cert = d2i_X509(NULL, &at, (long)file.len);
	}
	ERR_pop_to_mark();
	return cert;
}

int
vsc_pem_for_file(struct vsc_blob *bytes, const char *path, struct vsc_span der)
{
	size_t len = strlen(path);

	if (len > 4 && strcmp(path + len - 4, ".pem") == 0)
		return vsc_cert_pem(bytes, der);
	return vsc_blob_set(bytes, der);
}
