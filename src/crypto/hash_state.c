/*
 * Hashes continued from an intermediate value: EVP has no way to set one, so this is the one file
 * that uses OpenSSL's older functions, whose contexts are open.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hash_state.h"

#include <openssl/sha.h>

/* A chaining value of words, most significant byte first, and the number of bits before it. */
struct state {
	uint64_t word[8];
	uint64_t bits_high, bits_low;
};

static bool
finish_sha1(const struct state *state, struct vsc_span rest, uint8_t *digest)
{
	SHA_CTX ctx;
	bool ok = SHA1_Init(&ctx) == 1;

	ctx.h0 = (SHA_LONG)state->word[0];
	ctx.h1 = (SHA_LONG)state->word[1];
	ctx.h2 = (SHA_LONG)state->word[2];
	ctx.h3 = (SHA_LONG)state->word[3];
	ctx.h4 = (SHA_LONG)state->word[4];
	ctx.Nh = (SHA_LONG)(state->bits_low >> 32);
	ctx.Nl = (SHA_LONG)state->bits_low;
	ok = ok && SHA1_Update(&ctx, rest.ptr, rest.len) == 1 && SHA1_Final(digest, &ctx) == 1;
	vsc_wipe(&ctx, sizeof(ctx));
	return ok;
}

static bool
finish_sha256(SHA256_CTX *ctx, const struct state *state, struct vsc_span rest, uint8_t *digest)
{
	bool ok;

	for (size_t i = 0; i < 8; i++)
		ctx->h[i] = (SHA_LONG)state->word[i];
	ctx->Nh = (SHA_LONG)(state->bits_low >> 32);
	ctx->Nl = (SHA_LONG)state->bits_low;
	ok = SHA256_Update(ctx, rest.ptr, rest.len) == 1 && SHA256_Final(digest, ctx) == 1;
	vsc_wipe(ctx, sizeof(*ctx));
	return ok;
}

static bool
finish_sha224(const struct state *state, struct vsc_span rest, uint8_t *digest)
{
	SHA256_CTX ctx;

	return SHA224_Init(&ctx) == 1 && finish_sha256(&ctx, state, rest, digest);
}

static bool
finish_sha256_itself(const struct state *state, struct vsc_span rest, uint8_t *digest)
{
	SHA256_CTX ctx;

	return SHA256_Init(&ctx) == 1 && finish_sha256(&ctx, state, rest, digest);
}

static bool
finish_sha512(SHA512_CTX *ctx, const struct state *state, struct vsc_span rest, uint8_t *digest)
{
	bool ok;

	for (size_t i = 0; i < 8; i++)
		ctx->h[i] = (SHA_LONG64)state->word[i];
	ctx->Nh = (SHA_LONG64)state->bits_high;
	ctx->Nl = (SHA_LONG64)state->bits_low;
	ok = SHA512_Update(ctx, rest.ptr, rest.len) == 1 && SHA512_Final(digest, ctx) == 1;
	vsc_wipe(ctx, sizeof(*ctx));
	return ok;
}

static bool
finish_sha384(const struct state *state, struct vsc_span rest, uint8_t *digest)
{
	SHA512_CTX ctx;

	return SHA384_Init(&ctx) == 1 && finish_sha512(&ctx, state, rest, digest);
}

static bool
finish_sha512_itself(const struct state *state, struct vsc_span rest, uint8_t *digest)
{
	SHA512_CTX ctx;

	return SHA512_Init(&ctx) == 1 && finish_sha512(&ctx, state, rest, digest);
}

struct family {
	enum vsc_hash hash;
	size_t word_len, words, block_len;
	bool (*finish)(const struct state *state, struct vsc_span rest, uint8_t *digest);
};

static const struct family families[] = {
	{ VSC_HASH_SHA1, 4, 5, 64, finish_sha1 },
	{ VSC_HASH_SHA224, 4, 8, 64, finish_sha224 },
	{ VSC_HASH_SHA256, 4, 8, 64, finish_sha256_itself },
	{ VSC_HASH_SHA384, 8, 8, 128, finish_sha384 },
	{ VSC_HASH_SHA512, 8, 8, 128, finish_sha512_itself },
};

static const struct family *
family_of(enum vsc_hash hash)
{
	for (size_t i = 0; i < VSC_COUNT(families); i++)
		if (families[i].hash == hash)
			return &families[i];
	return NULL;
}

bool
vsc_hash_is_state(enum vsc_hash hash, struct vsc_span state)
{
	const struct family *family = family_of(hash);
	size_t len;

	if (family == NULL)
		return false;
	len = family->words * family->word_len;
	return state.len == len + 8 || (family->word_len == 8 && state.len == len + 16);
}

static void
read_state(const struct family *family, struct vsc_span bytes, struct state *state)
{
	size_t at = 0;

	for (size_t i = 0; i < family->words; i++, at += family->word_len)
		state->word[i] = vsc_span_number(vsc_span_slice(bytes, at, family->word_len));
	state->bits_low = vsc_span_number(vsc_span_slice(bytes, bytes.len - 8, 8));
	state->bits_high = vsc_span_number(vsc_span_slice(bytes, at, bytes.len - 8 - at));
}

int
vsc_hash_resume(
    enum vsc_hash hash, struct vsc_span state, struct vsc_span rest, struct vsc_out *digest)
{
	const struct family *family = family_of(hash);
	struct state before = { .bits_low = 0 };
	uint8_t buf[VSC_HASH_MAX];
	bool ok;

	if (!vsc_hash_is_state(hash, state))
		return VSC_E_FORMAT;
	read_state(family, state, &before);
	if (before.bits_low % (8 * family->block_len) != 0)
		return VSC_E_FORMAT;
	if ((ok = family->finish(&before, rest, buf)))
		vsc_out_put(digest, vsc_span_from(buf, vsc_hash_len(hash)));
	vsc_wipe(buf, sizeof(buf));
	vsc_wipe(&before, sizeof(before));
	if (!ok)
		return VSC_E_CRYPTO;
	return digest->full ? VSC_E_SPACE : 0;
}
