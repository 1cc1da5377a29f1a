/* Between key.c, key_make.c and key_use.c: a key's inside. Nobody else includes this. */
#ifndef VSC_CRYPTO_KEY_IMPL_H
#define VSC_CRYPTO_KEY_IMPL_H

#include <openssl/evp.h>

#include "crypto/key.h"
#include "crypto/suite.h"

enum vsc_key_op { VSC_OP_NONE, VSC_OP_SIGN, VSC_OP_VERIFY, VSC_OP_ENCIPHER, VSC_OP_DECIPHER };

struct vsc_key {
	enum vsc_key_kind kind;
	bool private;
	EVP_PKEY *pkey;                /* asymmetric */
	const struct vsc_curve *curve; /* of pkey, or NULL */
	size_t order_len;              /* bytes of the curve's order */
	struct vsc_blob secret;        /* symmetric */
	struct vsc_cipher *cipher;     /* symmetric */
	/* the last operation, ready to be repeated */
	EVP_PKEY_CTX *ctx;
	enum vsc_key_op op;
	enum vsc_scheme scheme;
	enum vsc_hash hash;
	EVP_PKEY_CTX *agree;
};

/* Takes pkey in every case. */
VSC_MUST_CHECK int vsc_key_wrap(struct vsc_key **key, EVP_PKEY *pkey, bool private);

#endif
