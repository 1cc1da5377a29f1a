/*
 * Signatures of a PIV card, a whole GENERAL AUTHENTICATE each, beside OpenSSL's bare operation with
 *a key of the same kind; and a certificate of 3 KB read in one extended answer and in short ones.
 *
 *	bench_piv [--rounds N] [--round-ms N]
 */
#include "bench.h"

#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "card/card.h"
#include "crypto/auto.h"

extern const struct vsc_card_type vsc_card_piv;

/* A command, again and again. */
struct asked {
	struct vsc_card *card;
	struct vsc_blob command;
	size_t least; /* bytes that a good answer has */
};

static bool
transmit(struct vsc_card *card, struct vsc_span command, size_t least, vsc_sw *sw)
{
	static uint8_t buf[VSC_RESPONSE_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	return vsc_card_transmit(card, command, &out) == 0 &&
	       vsc_response_split(vsc_out_span(&out), NULL, sw) == 0 && out.len >= least;
}

static bool
ask(void *ctx, unsigned ops)
{
	const struct asked *asked = ctx;
	vsc_sw sw;

	while (ops-- > 0)
		if (!transmit(asked->card, vsc_blob_span(&asked->command), asked->least, &sw) ||
		    sw != VSC_SW_OK) {
			fprintf(stderr, "bench_piv: the card refused\n");
			return false;
		}
	return true;
}

/* Eight bytes first, as clients do, then GET RESPONSE. */
static bool
read_in_pieces(void *ctx, unsigned ops)
{
	static const uint8_t first[] = { 0x00, 0xCB, 0x3F, 0xFF, 0x05, 0x5C, 0x03, 0x5F, 0xC1, 0x0B,
		0x08 };
	static const uint8_t next[] = { 0x00, 0xC0, 0x00, 0x00, 0x00 };
	const struct asked *asked = ctx;
	vsc_sw sw;

	while (ops-- > 0) {
		if (!transmit(asked->card, VSC_SPAN_OF(first), 10, &sw))
			return false;
		while (sw >> 8 == 0x61)
			if (!transmit(asked->card, VSC_SPAN_OF(next), 2, &sw))
				return false;
		if (sw != VSC_SW_OK)
			return false;
	}
	return true;
}

/* OpenSSL alone. */
struct bare {
	EVP_PKEY_CTX *ctx;
	size_t len;
};

static bool
sign_bare(void *ctx, unsigned ops)
{
	static const uint8_t input[256] = { 0x00, 0x01 };
	const struct bare *bare = ctx;
	uint8_t signature[512];

	while (ops-- > 0) {
		size_t len = sizeof(signature);

		if (EVP_PKEY_sign(bare->ctx, signature, &len, input, bare->len) != 1)
			return false;
	}
	return true;
}

static bool
open_bare(struct bare *bare, EVP_PKEY *pkey, size_t len)
{
	bare->len = len;
	bare->ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	EVP_PKEY_free(pkey);
	return bare->ctx != NULL && EVP_PKEY_sign_init(bare->ctx) == 1 &&
	       (len != 256 || EVP_PKEY_CTX_set_rsa_padding(bare->ctx, RSA_NO_PADDING) == 1);
}

/* 00 87 alg key 7C{82, 81 input} in extended form. */
static bool
sign_command(struct vsc_blob *command, uint8_t alg, uint8_t ref, size_t len)
{
	uint8_t buf[512];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	size_t inner = len + (len < 128 ? 4 : 6), data = inner + (inner < 128 ? 2 : 4);

	vsc_out_put(&out, VSC_BYTES(0x00, 0x87, alg, ref, 0x00));
	vsc_out_u16(&out, (uint16_t)data);
	if (len < 128)
		vsc_out_put(&out, VSC_BYTES(0x7C, (uint8_t)inner, 0x82, 0x00, 0x81, (uint8_t)len));
	else
		vsc_out_put(&out, VSC_BYTES(0x7C, 0x82, (uint8_t)(inner >> 8), (uint8_t)inner, 0x82,
				      0x00, 0x81, 0x82, (uint8_t)(len >> 8), (uint8_t)len));
	vsc_out_put(&out, VSC_BYTES(0x00, 0x01));
	vsc_out_fill(&out, 0, len - 2);
	vsc_out_u16(&out, 0);
	return !out.full && vsc_blob_set(command, vsc_out_span(&out)) == 0;
}

/* A card with an RSA and an elliptic key, PIN verified, and 3 KB in the place of a certificate. */
static bool
make_card(struct vsc_card **card)
{
	static const struct vsc_param options[] = { { "generate", "9e:rsa2048" },
		{ "generate", "9a:eccp256" } };
	const struct vsc_params params = { options, VSC_COUNT(options) };
	static const uint8_t verify[] = { 0x00, 0x20, 0x00, 0x80, 0x08, '1', '2', '3', '4', '5',
		'6', 0xFF, 0xFF };
	VSC_AUTO_BLOB content = { NULL, 0 };
	vsc_sw sw;

	if (vsc_card_new(card, &vsc_card_piv, &params, NULL) < 0)
		return false;
	vsc_card_reset(*card, VSC_RESET_ON);
	return vsc_blob_alloc(&content, 3000) == 0 &&
	       vsc_card_attr_set(*card, "object-5FC10B", vsc_blob_span(&content)) == 0 &&
	       transmit(*card, VSC_SPAN_OF(verify), 2, &sw) && sw == VSC_SW_OK;
}

int
main(int argc, char **argv)
{
	static const uint8_t get[] = { 0x00, 0xCB, 0x3F, 0xFF, 0x00, 0x00, 0x05, 0x5C, 0x03, 0x5F,
		0xC1, 0x0B, 0x00, 0x00 };
	struct bench_options options;
	struct bare bare_rsa, bare_ec;
	struct vsc_card *card = NULL;
	struct asked rsa = { .least = 258 }, ec = { .least = 64 }, cert = { .least = 3000 };
	struct bench_case cases[] = {
		{ .name = "RSA 2048, EVP_PKEY_sign", .run = sign_bare, .ctx = &bare_rsa },
		{ .name = "RSA 2048, card", .run = ask, .ctx = &rsa, .floor = &cases[0] },
		{ .name = "P-256, EVP_PKEY_sign", .run = sign_bare, .ctx = &bare_ec },
		{ .name = "P-256, card", .run = ask, .ctx = &ec, .floor = &cases[2] },
		{ .name = "3 KB read, extended", .run = ask, .ctx = &cert },
		{ .name = "3 KB read, in short answers", .run = read_in_pieces, .ctx = &cert },
	};

	if (!bench_options(&options, &argc, argv))
		return EXIT_FAILURE;
	if (!open_bare(&bare_rsa, EVP_RSA_gen(2048u), 256) ||
	    !open_bare(&bare_ec, EVP_EC_gen("P-256"), 32) || !make_card(&card) ||
	    !sign_command(&rsa.command, 0x07, 0x9E, 256) ||
	    !sign_command(&ec.command, 0x11, 0x9A, 32) ||
	    vsc_blob_set(&cert.command, VSC_SPAN_OF(get)) < 0) {
		fprintf(stderr, "bench_piv: the card or the keys cannot be made\n");
		return EXIT_FAILURE;
	}
	rsa.card = ec.card = cert.card = card;
	if (!bench_run(cases, VSC_COUNT(cases), &options))
		return EXIT_FAILURE;
	bench_print(cases, VSC_COUNT(cases));
	vsc_blob_free(&rsa.command);
	vsc_blob_free(&ec.command);
	vsc_blob_free(&cert.command);
	EVP_PKEY_CTX_free(bare_rsa.ctx);
	EVP_PKEY_CTX_free(bare_ec.ctx);
	vsc_card_free(card);
	return EXIT_SUCCESS;
}
