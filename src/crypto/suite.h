/*
 * Secure messaging ciphers: block cipher in CBC mode and an eight-byte MAC over the same kind of
 * key (Doc 9303-11 9.8, TR-03110-3 F, ISO/IEC 7816-4:2020 10). A suite is a constant; a vsc_cipher
 * is a suite with its keys set up once, so that an APDU costs no key schedule and no lookup.
 */
#ifndef VSC_CRYPTO_SUITE_H
#define VSC_CRYPTO_SUITE_H

#include "base/bytes.h"

#define VSC_SUITE_BLOCK_MAX 16
#define VSC_SUITE_KEY_MAX   32
#define VSC_SUITE_MAC_LEN   8

struct vsc_suite_ops;

struct vsc_suite {
	const char *name;
	size_t block_len; /* also the length of the send sequence counter */
	size_t key_len;   /* of each of the two keys */
	const struct vsc_suite_ops *ops;
};

extern const struct vsc_suite
    vsc_suite_3des; /* two-key 3DES, retail MAC; a 24-byte key may encrypt */
extern const struct vsc_suite vsc_suite_aes128;
extern const struct vsc_suite vsc_suite_aes192;
extern const struct vsc_suite vsc_suite_aes256;

struct vsc_cipher;

/* Either key may be empty if it will not be used. VSC_E_PARAM: a key of the wrong length. */
VSC_MUST_CHECK int vsc_cipher_new(struct vsc_cipher **cipher, const struct vsc_suite *suite,
    struct vsc_span enc_key, struct vsc_span mac_key);
void vsc_cipher_free(struct vsc_cipher *cipher);
const struct vsc_suite *vsc_cipher_suite(const struct vsc_cipher *cipher);

/* One block under the encryption key: AES's IV is the encrypted counter; 3DES's is zero. */
VSC_MUST_CHECK int vsc_cipher_iv(
    struct vsc_cipher *cipher, struct vsc_span ssc, uint8_t iv[VSC_SUITE_BLOCK_MAX]);

/* CBC over whole blocks, appended to out; in may be the reserved space itself. iv of one block,
 * NULL is zero. VSC_E_FORMAT: not whole blocks. */
VSC_MUST_CHECK int vsc_cipher_encrypt(
    struct vsc_cipher *cipher, const uint8_t *iv, struct vsc_span in, struct vsc_out *out);
VSC_MUST_CHECK int vsc_cipher_decrypt(
    struct vsc_cipher *cipher, const uint8_t *iv, struct vsc_span in, struct vsc_out *out);

/*
 * A MAC in pieces of any length. 3DES (ISO/IEC 9797-1 algorithm 3) does not pad here: VSC_E_FORMAT
 * at the end if the pieces are not whole blocks. AES-CMAC pads by itself.
 */
VSC_MUST_CHECK int vsc_cipher_mac_start(struct vsc_cipher *cipher);
VSC_MUST_CHECK int vsc_cipher_mac_add(struct vsc_cipher *cipher, struct vsc_span piece);
VSC_MUST_CHECK int vsc_cipher_mac_end(struct vsc_cipher *cipher, uint8_t mac[VSC_SUITE_MAC_LEN]);
/* The same before it is cut: a block. For MACs that are chained (SP 800-73-4 part 2, 4.2). */
VSC_MUST_CHECK int vsc_cipher_mac_whole(
    struct vsc_cipher *cipher, uint8_t whole[VSC_SUITE_BLOCK_MAX]);

/* The MAC of a whole message as BAC and the PACE and CA tokens want it: 3DES with padding method 2,
 * AES-CMAC as it is. */
VSC_MUST_CHECK int vsc_cipher_mac(
    struct vsc_cipher *cipher, struct vsc_span message, uint8_t mac[VSC_SUITE_MAC_LEN]);

/* Padding method 2 (80, then 00 up to the block). Pad always adds 1 to block_len bytes. */
void vsc_pad(struct vsc_out *out, size_t len, size_t block_len);
/* The length without the padding; VSC_E_FORMAT if there is no proper padding in the last block. */
VSC_MUST_CHECK int vsc_unpad(struct vsc_span padded, size_t block_len, size_t *len);

#endif
