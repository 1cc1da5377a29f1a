/* AES in CBC mode, IV = E(K, SSC), and AES-CMAC, of which eight bytes are sent (TR-03110-3 F.2). */
#include "crypto/suite_ops.h"

#include <openssl/core_names.h>

#define BLOCK 16

static const struct {
	size_t key_len;
	const char *cbc, *ecb;
} sizes[] = {
	{ 16, "AES-128-CBC", "AES-128-ECB" },
	{ 24, "AES-192-CBC", "AES-192-ECB" },
	{ 32, "AES-256-CBC", "AES-256-ECB" },
};

static size_t
size_row(size_t key_len)
{
	return key_len / 8 - 2;
}

static int
set_enc(struct vsc_cipher *cipher, struct vsc_span key)
{
	size_t row = size_row(cipher->suite->key_len);
	int rc;

	if ((rc = vsc_cipher_key(cipher, VSC_SLOT_ENCRYPT, sizes[row].cbc, key, true)) < 0 ||
	    (rc = vsc_cipher_key(cipher, VSC_SLOT_DECRYPT, sizes[row].cbc, key, false)) < 0)
		return rc;
	return vsc_cipher_key(cipher, VSC_SLOT_BLOCK, sizes[row].ecb, key, true);
}

static int
set_mac(struct vsc_cipher *cipher, struct vsc_span key)
{
	VSC_AUTO_MAC *mac = EVP_MAC_fetch(NULL, "CMAC", NULL);
	/* the parameter is read only, whatever its type says */
	union {
		const char *name;
		char *param;
	} cbc = { .name = sizes[size_row(cipher->suite->key_len)].cbc };
	OSSL_PARAM params[2] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cbc.param, 0),
		OSSL_PARAM_construct_end(),
	};

	if (key.len != cipher->suite->key_len)
		return VSC_E_PARAM;
	if (mac == NULL || (cipher->cmac = EVP_MAC_CTX_new(mac)) == NULL)
		return VSC_E_NOMEM;
	return EVP_MAC_init(cipher->cmac, key.ptr, key.len, params) == 1 ? 0 : VSC_E_CRYPTO;
}

static int
iv(struct vsc_cipher *cipher, struct vsc_span ssc, uint8_t *to)
{
	int n;

	if (ssc.len != BLOCK || cipher->ctx[VSC_SLOT_BLOCK] == NULL)
		return VSC_E_PARAM;
	/* ECB keeps nothing from call to call: no need to start it again */
	if (EVP_CipherUpdate(cipher->ctx[VSC_SLOT_BLOCK], to, &n, ssc.ptr, BLOCK) != 1 ||
	    n != BLOCK)
		return VSC_E_CRYPTO;
	return 0;
}

static int
mac_start(struct vsc_cipher *cipher)
{
	if (cipher->cmac == NULL)
		return VSC_E_STATE;
	/* without a key: start again with the one it has */
	return EVP_MAC_init(cipher->cmac, NULL, 0, NULL) == 1 ? 0 : VSC_E_CRYPTO;
}

static int
mac_add(struct vsc_cipher *cipher, struct vsc_span piece)
{
	return EVP_MAC_update(cipher->cmac, piece.ptr, piece.len) == 1 ? 0 : VSC_E_CRYPTO;
}

static int
mac_end(struct vsc_cipher *cipher, uint8_t *whole)
{
	size_t len;

	return EVP_MAC_final(cipher->cmac, whole, &len, BLOCK) == 1 ? 0 : VSC_E_CRYPTO;
}

static const struct vsc_suite_ops ops = { set_enc, set_mac, iv, mac_start, mac_add, mac_end,
	false };

const struct vsc_suite vsc_suite_aes128 = { "AES-128", BLOCK, 16, &ops };
const struct vsc_suite vsc_suite_aes192 = { "AES-192", BLOCK, 24, &ops };
const struct vsc_suite vsc_suite_aes256 = { "AES-256", BLOCK, 32, &ops };
