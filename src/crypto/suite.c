/* What all secure messaging ciphers share: keys set up once, padding, messages in one piece. */
#include "crypto/suite_ops.h"

#include <limits.h>
#include <stdlib.h>

int
vsc_cipher_new(struct vsc_cipher **cipher, const struct vsc_suite *suite, struct vsc_span enc_key,
    struct vsc_span mac_key)
{
	struct vsc_cipher *fresh = calloc(1, sizeof(*fresh));
	int rc = 0;

	if (fresh == NULL)
		return VSC_E_NOMEM;
	fresh->suite = suite;
	if (enc_key.len > 0)
		rc = suite->ops->set_enc(fresh, enc_key);
	if (rc == 0 && mac_key.len > 0)
		rc = suite->ops->set_mac(fresh, mac_key);
	if (rc < 0) {
		vsc_cipher_free(fresh);
		return rc;
	}
	*cipher = fresh;
	return 0;
}

void
vsc_cipher_free(struct vsc_cipher *cipher)
{
	if (cipher == NULL)
		return;
	for (size_t i = 0; i < VSC_COUNT(cipher->ctx); i++)
		EVP_CIPHER_CTX_free(cipher->ctx[i]);
	EVP_MAC_CTX_free(cipher->cmac);
	vsc_wipe(cipher, sizeof(*cipher));
	free(cipher);
}

const struct vsc_suite *
vsc_cipher_suite(const struct vsc_cipher *cipher)
{
	return cipher->suite;
}

int
vsc_cipher_iv(struct vsc_cipher *cipher, struct vsc_span ssc, uint8_t iv[VSC_SUITE_BLOCK_MAX])
{
	return cipher->suite->ops->iv(cipher, ssc, iv);
}

int
vsc_cipher_key(struct vsc_cipher *cipher, enum vsc_cipher_slot slot, const char *name,
    struct vsc_span key, bool encrypt)
{
	VSC_AUTO_CIPHER *evp = EVP_CIPHER_fetch(NULL, name, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	EVP_CIPHER_CTX_free(cipher->ctx[slot]);
	cipher->ctx[slot] = ctx;
	if (evp == NULL || ctx == NULL)
		return VSC_E_NOMEM;
	if ((size_t)EVP_CIPHER_get_key_length(evp) != key.len)
		return VSC_E_PARAM;
	if (EVP_CipherInit_ex2(ctx, evp, key.ptr, NULL, encrypt ? 1 : 0, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1)
		return VSC_E_CRYPTO;
	return 0;
}

int
vsc_cipher_run(struct vsc_cipher *cipher, enum vsc_cipher_slot slot, const uint8_t *iv,
    struct vsc_span in, uint8_t *to)
{
	static const uint8_t zero[VSC_SUITE_BLOCK_MAX];
	EVP_CIPHER_CTX *ctx = cipher->ctx[slot];
	int n;

	if (ctx == NULL)
		return VSC_E_STATE;
	if (in.len % cipher->suite->block_len != 0 || in.len > INT_MAX)
		return VSC_E_FORMAT;
	if (in.len == 0)
		return 0;
	/* sets the IV and keeps the key */
	if (EVP_CipherInit_ex2(ctx, NULL, NULL, iv == NULL ? zero : iv, -1, NULL) != 1 ||
	    EVP_CipherUpdate(ctx, to, &n, in.ptr, (int)in.len) != 1 || (size_t)n != in.len)
		return VSC_E_CRYPTO;
	return 0;
}

static int
run_out(struct vsc_cipher *cipher, enum vsc_cipher_slot slot, const uint8_t *iv, struct vsc_span in,
    struct vsc_out *out)
{
	uint8_t *to = vsc_out_reserve(out, in.len);
	int rc;

	if (to == NULL)
		return VSC_E_SPACE;
	if ((rc = vsc_cipher_run(cipher, slot, iv, in, to)) < 0)
		vsc_out_truncate(out, out->len - in.len);
	return rc;
}

int
vsc_cipher_encrypt(
    struct vsc_cipher *cipher, const uint8_t *iv, struct vsc_span in, struct vsc_out *out)
{
	return run_out(cipher, VSC_SLOT_ENCRYPT, iv, in, out);
}

int
vsc_cipher_decrypt(
    struct vsc_cipher *cipher, const uint8_t *iv, struct vsc_span in, struct vsc_out *out)
{
	return run_out(cipher, VSC_SLOT_DECRYPT, iv, in, out);
}

int
vsc_cipher_mac_start(struct vsc_cipher *cipher)
{
	return cipher->suite->ops->mac_start(cipher);
}

int
vsc_cipher_mac_add(struct vsc_cipher *cipher, struct vsc_span piece)
{
	return piece.len == 0 ? 0 : cipher->suite->ops->mac_add(cipher, piece);
}

int
vsc_cipher_mac_whole(struct vsc_cipher *cipher, uint8_t whole[VSC_SUITE_BLOCK_MAX])
{
	return cipher->suite->ops->mac_end(cipher, whole);
}

int
vsc_cipher_mac_end(struct vsc_cipher *cipher, uint8_t mac[VSC_SUITE_MAC_LEN])
{
	uint8_t whole[VSC_SUITE_BLOCK_MAX];
	int rc;

	if ((rc = vsc_cipher_mac_whole(cipher, whole)) < 0)
		return rc;
	vsc_move(mac, whole, VSC_SUITE_MAC_LEN);
	vsc_wipe(whole, sizeof(whole));
	return 0;
}

int
vsc_cipher_mac(struct vsc_cipher *cipher, struct vsc_span message, uint8_t mac[VSC_SUITE_MAC_LEN])
{
	size_t block = cipher->suite->block_len;
	uint8_t padding[VSC_SUITE_BLOCK_MAX];
	struct vsc_out out = vsc_out_from(padding, sizeof(padding));
	int rc;

	if (cipher->suite->ops->pads_message)
		vsc_pad(&out, message.len, block);
	if ((rc = vsc_cipher_mac_start(cipher)) < 0 ||
	    (rc = vsc_cipher_mac_add(cipher, message)) < 0 ||
	    (rc = vsc_cipher_mac_add(cipher, vsc_out_span(&out))) < 0)
		return rc;
	return vsc_cipher_mac_end(cipher, mac);
}

void
vsc_pad(struct vsc_out *out, size_t len, size_t block_len)
{
	vsc_out_u8(out, 0x80);
	vsc_out_fill(out, 0x00, block_len - 1 - len % block_len);
}

int
vsc_unpad(struct vsc_span padded, size_t block_len, size_t *len)
{
	size_t end = padded.len;

	if (padded.len == 0 || padded.len % block_len != 0)
		return VSC_E_FORMAT;
	while (end > padded.len - block_len && padded.ptr[end - 1] == 0x00)
		end--;
	if (end == padded.len - block_len || padded.ptr[end - 1] != 0x80)
		return VSC_E_FORMAT;
	*len = end - 1;
	return 0;
}
