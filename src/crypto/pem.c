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

/* DER: PKCS #8, enciphered or not, or what its kind of key had before that. */
static EVP_PKEY *
read_der_key(struct vsc_span file, struct passphrase *phrase)
{
	VSC_AUTO_BIO *bio = BIO_new_mem_buf(file.ptr, (int)file.len);
	const uint8_t *at = file.ptr;
	EVP_PKEY *key = NULL;

	if (bio != NULL)
		key = d2i_PKCS8PrivateKey_bio(bio, NULL, give_passphrase, phrase);
	return key != NULL || phrase->asked ? key : d2i_AutoPrivateKey(NULL, &at, (long)file.len);
}

EVP_PKEY *
vsc_pem_key_with(struct vsc_span file, const char *password, bool *asked)
{
	struct passphrase phrase = { password, false };
	EVP_PKEY *key = NULL;

	ERR_set_mark();
	if (file.len <= INT_MAX) {
		VSC_AUTO_BIO *bio = BIO_new_mem_buf(file.ptr, (int)file.len);

		if (bio != NULL)
			key = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &phrase);
		if (key == NULL && !phrase.asked)
			key = read_der_key(file, &phrase);
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

size_t
vsc_pem_count_keys(struct vsc_span file)
{
	VSC_AUTO_BIO *bio = file.len <= INT_MAX ? BIO_new_mem_buf(file.ptr, (int)file.len) : NULL;
	char *name, *header;
	unsigned char *data;
	size_t count = 0;
	long len;

	ERR_set_mark();
	while (bio != NULL && PEM_read_bio(bio, &name, &header, &data, &len) == 1) {
		if (strstr(name, "PRIVATE KEY") != NULL)
			count++;
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(data, (size_t)len);
	}
	ERR_pop_to_mark();
	return count;
}

/* Bundles have the chain behind the certificate, or before it. */
static X509 *
choose_certificate(BIO *bio, EVP_PKEY *key)
{
	X509 *first = PEM_read_bio_X509(bio, NULL, NULL, NULL), *cert = first;

	if (key == NULL)
		return first;
	while (cert != NULL && X509_check_private_key(cert, key) != 1) {
		if (cert != first)
			X509_free(cert);
		cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	}
	if (cert == NULL || cert == first)
		return first;
	X509_free(first);
	return cert;
}

X509 *
vsc_pem_certificate_of(struct vsc_span file, EVP_PKEY *key)
{
	const uint8_t *at = file.ptr;
	X509 *cert = NULL;

	ERR_set_mark();
	if (file.len <= INT_MAX) {
		VSC_AUTO_BIO *bio = BIO_new_mem_buf(file.ptr, (int)file.len);

		if (bio != NULL)
			cert = choose_certificate(bio, key);
		if (cert == NULL)
			cert = d2i_X509(NULL, &at, (long)file.len);
	}
	ERR_pop_to_mark();
	return cert;
}

X509 *
vsc_pem_certificate(struct vsc_span file)
{
	return vsc_pem_certificate_of(file, NULL);
}

int
vsc_pem_for_file(struct vsc_blob *bytes, const char *path, struct vsc_span der)
{
	size_t len = strlen(path);

	if (len > 4 && strcmp(path + len - 4, ".pem") == 0)
		return vsc_cert_pem(bytes, der);
	return vsc_blob_set(bytes, der);
}
