/*
 * Two-key 3DES in CBC mode with a zero IV, and the retail MAC (ISO/IEC 9797-1 MAC algorithm 3). Its
 * single DES is EDE with one key three times: OpenSSL 3 has DES alone in the legacy provider only.
 */
#include "crypto/suite_ops.h"

#define BLOCK 8

static int
set_enc(struct vsc_cipher *cipher, struct vsc_span key)
{
	const char *name = key.len == 24 ? "DES-EDE3-CBC" : "DES-EDE-CBC";
	int rc;

	if ((rc = vsc_cipher_key(cipher, VSC_SLOT_ENCRYPT, name, key, true)) < 0)
		return rc;
	return vsc_cipher_key(cipher, VSC_SLOT_DECRYPT, name, key, false);
}

static int
set_mac(struct vsc_cipher *cipher, struct vsc_span key)
{
	uint8_t single[16];
	struct vsc_out out = vsc_out_from(single, sizeof(single));
	int rc;

	if (key.len != 16)
		return VSC_E_PARAM;
	vsc_out_put(&out, vsc_span_slice(key, 0, 8));
	vsc_out_put(&out, vsc_span_slice(key, 0, 8));
	rc = vsc_cipher_key(cipher, VSC_SLOT_BLOCK, "DES-EDE-CBC", vsc_out_span(&out), true);
	vsc_wipe(single, sizeof(single));
	if (rc < 0)
		return rc;
	/* the last block is E(K1) D(K2) E(K1): two-key EDE itself */
	return vsc_cipher_key(cipher, VSC_SLOT_LAST, "DES-EDE-CBC", key, true);
}

static int
iv(struct vsc_cipher *cipher, struct vsc_span ssc, uint8_t *to)
{
	(void)cipher;
	(void)ssc;
	vsc_fill(to, 0, BLOCK);
	return 0;
}

static int
mac_start(struct vsc_cipher *cipher)
{
	if (cipher->ctx[VSC_SLOT_LAST] == NULL)
		return VSC_E_STATE;
	vsc_fill(cipher->chain, 0, BLOCK);
	cipher->held_len = 0;
	return 0;
}

/* Blocks that are certainly not the last. */
static int
chain_blocks(struct vsc_cipher *cipher, struct vsc_span blocks)
{
	uint8_t buf[256];
	int rc;

	while (blocks.len > 0) {
		struct vsc_span part = vsc_span_slice(blocks, 0, sizeof(buf));

		if ((rc = vsc_cipher_run(cipher, VSC_SLOT_BLOCK, cipher->chain, part, buf)) < 0)
			return rc;
		vsc_move(cipher->chain, buf + part.len - BLOCK, BLOCK);
		blocks = vsc_span_slice(blocks, part.len, blocks.len);
	}
	return 0;
}

/* Keep one to eight bytes back: they may be the last block. */
static int
mac_add(struct vsc_cipher *cipher, struct vsc_span piece)
{
	size_t whole;
	int rc;

	if (cipher->held_len > 0) {
		struct vsc_span head = vsc_span_slice(piece, 0, BLOCK - cipher->held_len);

		vsc_move(cipher->held + cipher->held_len, head.ptr, head.len);
		cipher->held_len += head.len;
		piece = vsc_span_slice(piece, head.len, piece.len);
		if (piece.len == 0)
			return 0;
		rc = chain_blocks(cipher, vsc_span_from(cipher->held, BLOCK));
		if (rc < 0)
			return rc;
	}
	whole = (piece.len - 1) / BLOCK * BLOCK;
	if ((rc = chain_blocks(cipher, vsc_span_slice(piece, 0, whole))) < 0)
		return rc;
	cipher->held_len = piece.len - whole;
	vsc_move(cipher->held, piece.ptr + whole, cipher->held_len);
	return 0;
}

static int
mac_end(struct vsc_cipher *cipher, uint8_t *whole)
{
	if (cipher->held_len != BLOCK)
		return VSC_E_FORMAT;
	return vsc_cipher_run(
	    cipher, VSC_SLOT_LAST, cipher->chain, vsc_span_from(cipher->held, BLOCK), whole);
}

static const struct vsc_suite_ops ops = { set_enc, set_mac, iv, mac_start, mac_add, mac_end, true };

const struct vsc_suite vsc_suite_3des = { "3DES", BLOCK, 16, &ops };
