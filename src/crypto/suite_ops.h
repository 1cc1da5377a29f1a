/* Between suite.c and the suites: a cipher's inside. Nobody else includes this. */
#ifndef VSC_CRYPTO_SUITE_OPS_H
#define VSC_CRYPTO_SUITE_OPS_H

#include <openssl/evp.h>

#include "crypto/auto.h"
#include "crypto/suite.h"

enum vsc_cipher_slot {
	VSC_SLOT_ENCRYPT,
	VSC_SLOT_DECRYPT,
	VSC_SLOT_BLOCK, /* AES: ECB for the IV; 3DES: single DES with the MAC key's first half */
	VSC_SLOT_LAST,  /* 3DES: the last block of the MAC */
	VSC_SLOTS,
};

struct vsc_cipher {
	const struct vsc_suite *suite;
	EVP_CIPHER_CTX *ctx[VSC_SLOTS];
	EVP_MAC_CTX *cmac;
	/* retail MAC: the chaining value, and up to one block that may be the last */
	uint8_t chain[8], held[8];
	size_t held_len;
};

struct vsc_suite_ops {
	int (*set_enc)(struct vsc_cipher *cipher, struct vsc_span key);
	int (*set_mac)(struct vsc_cipher *cipher, struct vsc_span key);
	int (*iv)(struct vsc_cipher *cipher, struct vsc_span ssc, uint8_t *iv);
	int (*mac_start)(struct vsc_cipher *cipher);
	int (*mac_add)(struct vsc_cipher *cipher, struct vsc_span piece);
	int (*mac_end)(struct vsc_cipher *cipher, uint8_t *whole); /* one block */
	bool pads_message;                                         /* vsc_cipher_mac pads */
};

/* Set up a context: OpenSSL's cipher name and a key. VSC_E_PARAM: wrong key length. */
VSC_MUST_CHECK int vsc_cipher_key(struct vsc_cipher *cipher, enum vsc_cipher_slot slot,
    const char *name, struct vsc_span key, bool encrypt);
/* Whole blocks through a context from a new IV; to may be in.ptr. */
VSC_MUST_CHECK int vsc_cipher_run(struct vsc_cipher *cipher, enum vsc_cipher_slot slot,
    const uint8_t *iv, struct vsc_span in, uint8_t *to);

#endif
