/* OpenSSL's objects out of files in PEM or DER, without ever asking at a terminal. */
#ifndef VSC_CRYPTO_PEM_H
#define VSC_CRYPTO_PEM_H

#include "base/bytes.h"

struct evp_pkey_st;
struct x509_st;

/* The first private key, or certificate, in the file; NULL if there is none. The caller's. */
struct evp_pkey_st *vsc_pem_key(struct vsc_span file);
struct x509_st *vsc_pem_certificate(struct vsc_span file);
/* The certificate that belongs to this key; if none does, the first. */
struct x509_st *vsc_pem_certificate_of(struct vsc_span file, struct evp_pkey_st *key);
/* Private keys in PEM. */
size_t vsc_pem_count_keys(struct vsc_span file);

/* A key that may have a password (NULL: none is known); *asked tells whether it has. */
struct evp_pkey_st *vsc_pem_key_with(struct vsc_span file, const char *password, bool *asked);

/* What is to be written of a certificate to a file of this name: PEM if it ends in .pem, else DER.
 */
VSC_MUST_CHECK int vsc_pem_for_file(struct vsc_blob *bytes, const char *path, struct vsc_span der);

#endif
