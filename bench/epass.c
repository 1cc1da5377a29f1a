/*
 * A complete read of a passport with a portrait of 20 KB in short APDUs, 223 bytes each: the chip's
 * share, beside the bare cipher operations that secure messaging cannot do without, in turns. The
 * sessions are those of the worked examples in Doc 9303-11 (appendices G.1: AES-128, D: 3DES), so
 * that every round sends the same bytes; opening them, and what the reader does, is not counted.
 *
 *	bench_epass [ROUNDS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/hex.h"
#include "bench.h"
#include "card/fs.h"
#include "cards/epass/build.h"
#include "cards/epass/portrait.h"
#include "crypto/auto.h"
#include "iso/tlv.h"

#define PORTRAIT     20480u
#define CHUNK        223u
#define COMMANDS_MAX 400u
#define ROUNDS_MAX   1001u

extern const struct vsc_card_type vsc_card_epass;

static const struct session {
	const char *name, *mrz, *random, *enc, *mac, *ssc;
	const struct vsc_suite *suite;
	const char *evp; /* OpenSSL's name of the same cipher */
	const char *opening[6];
} sessions[] = {
#include "epass_sessions.h"
};

struct command {
	struct vsc_blob bytes;
	size_t covered, data, answer; /* bytes under the MAC, of data, of the answer's body */
};

struct rig {
	const struct session *session;
	struct vsc_card *card;
	struct vsc_cipher *terminal;
	uint8_t ssc[VSC_SUITE_BLOCK_MAX];
	struct command commands[COMMANDS_MAX];
	size_t count, read;
	/* randomness of the example, once the card is there */
	struct vsc_blob random;
	size_t drawn;
	/* bare */
	EVP_CIPHER_CTX *cbc, *ecb;
	EVP_MAC_CTX *mac;
};

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_epass: %s\n", what);
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
draw(void *ctx, uint8_t *buf, size_t len)
{
	struct rig *rig = ctx;
	struct vsc_span next;

	if (rig->random.len == 0)
		return vsc_env_random(NULL, buf, len);
	next = vsc_span_slice(vsc_blob_span(&rig->random), rig->drawn, len);
	rig->drawn += len;
	return next.len == len ? vsc_copy(buf, len, next) : VSC_E_CRYPTO;
}

static struct vsc_span
transmit(struct rig *rig, struct vsc_span command)
{
	static uint8_t buf[VSC_RESPONSE_MAX];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	must(vsc_card_transmit(rig->card, command, &out) == 0, "transmit");
	return vsc_out_span(&out);
}

static struct vsc_blob
from_hex(const char *text)
{
	struct vsc_blob bytes = { NULL, 0 };

	must(vsc_hex_parse(vsc_span_str(text), &bytes) == 0, "hex");
	return bytes;
}

/* The example's handshake, whose last answer is 9000. */
static void
open_session(struct rig *rig)
{
	struct vsc_span answer = VSC_SPAN_EMPTY;

	vsc_card_reset(rig->card, VSC_RESET_ON);
	rig->drawn = 0;
	for (size_t i = 0; i < VSC_COUNT(rig->session->opening); i++) {
		VSC_AUTO_BLOB command = { NULL, 0 };

		if (rig->session->opening[i] == NULL)
			break;
		command = from_hex(rig->session->opening[i]);
		answer = transmit(rig, vsc_blob_span(&command));
	}
	must(answer.len >= 2 && answer.ptr[answer.len - 2] == 0x90, "the handshake failed");
}

static void
count_up(uint8_t *ssc, size_t len)
{
	while (len > 0 && ++ssc[--len] == 0)
		;
}

/* The reader's side of secure messaging, and what the command costs the chip. */
static void
add_command(struct rig *rig, struct vsc_span header, struct vsc_span data, size_t ne)
{
	size_t block = rig->session->suite->block_len;
	struct command *c = &rig->commands[rig->count++];
	uint8_t body_buf[128], mac_buf[256], apdu_buf[256], iv[VSC_SUITE_BLOCK_MAX];
	uint8_t mac[VSC_SUITE_MAC_LEN], padded_buf[64];
	struct vsc_out body = vsc_out_from(body_buf, sizeof(body_buf));
	struct vsc_out message = vsc_out_from(mac_buf, sizeof(mac_buf));
	struct vsc_out apdu = vsc_out_from(apdu_buf, sizeof(apdu_buf));
	struct vsc_out padded = vsc_out_from(padded_buf, sizeof(padded_buf));
	struct vsc_tlv_mark mark;

	must(rig->count < COMMANDS_MAX, "too many commands");
	count_up(rig->ssc, block);
	if (data.len > 0) {
		vsc_out_put(&padded, data);
		vsc_pad(&padded, data.len, block);
		mark = vsc_tlv_begin(&body, 0x87);
		vsc_out_u8(&body, 0x01);
		must(vsc_cipher_iv(rig->terminal, vsc_span_from(rig->ssc, block), iv) == 0 &&
			 vsc_cipher_encrypt(rig->terminal, iv, vsc_out_span(&padded), &body) == 0,
		    "encrypt");
		vsc_tlv_end(&body, mark);
	}
	if (ne > 0)
		vsc_tlv_put_u8(&body, 0x97, (uint8_t)ne);
	vsc_out_put(&message, vsc_span_from(rig->ssc, block));
	vsc_out_put(&message, header);
	vsc_pad(&message, header.len, block);
	vsc_out_put(&message, vsc_out_span(&body));
	/* 3DES is padded by vsc_cipher_mac */
	if (block == 16)
		vsc_pad(&message, body.len, block);
	must(vsc_cipher_mac(rig->terminal, vsc_out_span(&message), mac) == 0, "mac");
	vsc_tlv_put(&body, 0x8E, VSC_SPAN_OF(mac));
	vsc_out_put(&apdu, header);
	vsc_out_u8(&apdu, (uint8_t)body.len);
	vsc_out_put(&apdu, vsc_out_span(&body));
	vsc_out_u8(&apdu, 0);
	must(!apdu.full && vsc_blob_set(&c->bytes, vsc_out_span(&apdu)) == 0, "no room");
	c->covered = (message.len + block - 1) / block * block;
	c->data = padded.len;
	c->answer = ne;
	count_up(rig->ssc, block); /* the answer's */
}

static void
add_select(struct rig *rig, uint8_t p1, struct vsc_span data)
{
	add_command(rig, VSC_BYTES(0x0C, 0xA4, p1, 0x0C), data, 0);
}

static void
add_file(struct rig *rig, const struct vsc_file *file)
{
	size_t len = file->content.len;

	add_select(rig, 0x02, VSC_BYTES((uint8_t)(file->fid >> 8), (uint8_t)file->fid));
	for (size_t at = 0; at < len; at += CHUNK)
		add_command(rig, VSC_BYTES(0x0C, 0xB0, (uint8_t)(at >> 8), (uint8_t)at),
		    VSC_SPAN_EMPTY, len - at < CHUNK ? len - at : CHUNK);
	rig->read += len;
}

static void
make_card(struct rig *rig, const char *portrait)
{
	const struct vsc_param items[] = { { "mrz", rig->session->mrz }, { "fix-mrz", "" },
		{ "portrait", portrait }, { "pki", "rsa" } };
	const struct vsc_params params = { items, VSC_COUNT(items) };
	struct vsc_env *env = calloc(1, sizeof(*env)); /* as long as the card */

	must(env != NULL, "memory");
	*env = (struct vsc_env){ .ctx = rig, .random = draw };
	must(vsc_card_new(&rig->card, &vsc_card_epass, &params, env) == 0, "no card");
	rig->random = from_hex(rig->session->random);
}

static void
prepare(struct rig *rig, const char *portrait)
{
	const struct session *s = rig->session;
	VSC_AUTO_BLOB enc = from_hex(s->enc), mac = from_hex(s->mac), ssc = from_hex(s->ssc);
	const struct vsc_file *app, *file;

	make_card(rig, portrait);
	must(
	    vsc_cipher_new(&rig->terminal, s->suite, vsc_blob_span(&enc), vsc_blob_span(&mac)) == 0,
	    "cipher");
	must(vsc_copy(rig->ssc, sizeof(rig->ssc), vsc_blob_span(&ssc)) == 0, "ssc");
	add_select(rig, 0x04, vsc_epass_aid);
	app = vsc_fs_by_name(vsc_card_fs(rig->card), vsc_epass_aid);
	for (file = app->children; file != NULL; file = file->next)
		add_file(rig, file);
}

/* Microseconds of a whole read, on the card. */
static double
read_all(struct rig *rig)
{
	double start;

	open_session(rig);
	start = now();
	for (size_t i = 0; i < rig->count; i++) {
		struct vsc_span answer = transmit(rig, vsc_blob_span(&rig->commands[i].bytes));

		must(answer.len > 2 && answer.ptr[answer.len - 2] == 0x90, "a read failed");
	}
	return now() - start;
}

/* --- Bare --- */

static void
prepare_bare(struct rig *rig)
{
	const struct session *s = rig->session;
	VSC_AUTO_BLOB enc = from_hex(s->enc), key = from_hex(s->mac);
	const EVP_CIPHER *cbc = EVP_get_cipherbyname(s->evp);
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "CMAC", NULL);
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(
				    "cipher", (char[]){ "AES-128-CBC" }, 0),
		OSSL_PARAM_construct_end() };

	rig->cbc = EVP_CIPHER_CTX_new();
	rig->ecb = EVP_CIPHER_CTX_new();
	must(EVP_EncryptInit_ex2(rig->cbc, cbc, enc.ptr, NULL, NULL) == 1 &&
		 EVP_CIPHER_CTX_set_padding(rig->cbc, 0) == 1,
	    "EVP");
	if (s->suite->block_len == 16) {
		rig->mac = EVP_MAC_CTX_new(mac);
		must(EVP_EncryptInit_ex2(rig->ecb, EVP_aes_128_ecb(), enc.ptr, NULL, NULL) == 1 &&
			 EVP_MAC_init(rig->mac, key.ptr, key.len, params) == 1,
		    "EVP");
	} else {
		/* the single DES of the retail MAC, as EDE with one key twice */
		uint8_t twice[16];

		must(vsc_copy(twice, 8, vsc_span_from(key.ptr, 8)) == 0 &&
			 vsc_copy(twice + 8, 8, vsc_span_from(key.ptr, 8)) == 0 &&
			 EVP_EncryptInit_ex2(rig->ecb, EVP_des_ede_cbc(), twice, NULL, NULL) == 1 &&
			 EVP_CIPHER_CTX_set_padding(rig->ecb, 0) == 1,
		    "EVP");
	}
	EVP_MAC_free(mac);
}

static void
bare_cbc(EVP_CIPHER_CTX *ctx, const uint8_t *iv, uint8_t *buf, size_t len)
{
	int n;

	must(EVP_EncryptInit_ex2(ctx, NULL, NULL, iv, NULL) == 1 &&
		 EVP_EncryptUpdate(ctx, buf, &n, buf, (int)len) == 1,
	    "EVP");
}

static void
bare_mac(struct rig *rig, uint8_t *buf, size_t len)
{
	uint8_t mac[16];
	size_t n;

	if (rig->mac == NULL) {
		/* CBC-MAC over all, and the last block once more with the other key */
		bare_cbc(rig->ecb, (uint8_t[8]){ 0 }, buf, len);
		bare_cbc(rig->cbc, (uint8_t[8]){ 0 }, buf, 8);
		return;
	}
	must(EVP_MAC_init(rig->mac, NULL, 0, NULL) == 1 &&
		 EVP_MAC_update(rig->mac, buf, len) == 1 &&
		 EVP_MAC_final(rig->mac, mac, &n, sizeof(mac)) == 1,
	    "CMAC");
}

static void
bare_iv(struct rig *rig, uint8_t *iv)
{
	int n;

	if (rig->mac != NULL)
		must(EVP_EncryptUpdate(rig->ecb, iv, &n, iv, 16) == 1, "EVP");
}

static double
bare_all(struct rig *rig)
{
	static uint8_t buf[512];
	size_t block = rig->session->suite->block_len;
	uint8_t iv[16] = { 0 };
	double start = now();

	for (size_t i = 0; i < rig->count; i++) {
		const struct command *c = &rig->commands[i];
		size_t padded = c->answer / block * block + block;
		/* SSC, 87 with its head, 99 */
		size_t answer = block + (c->answer > 0 ? padded + 4 : 0) + 4;

		bare_mac(rig, buf, c->covered);
		if (c->data > 0) {
			bare_iv(rig, iv);
			bare_cbc(rig->cbc, iv, buf, c->data);
		}
		if (c->answer > 0) {
			bare_iv(rig, iv);
			bare_cbc(rig->cbc, iv, buf, padded);
		}
		bare_mac(rig, buf, answer / block * block + block);
	}
	return now() - start;
}

static void
measure(const struct session *session, const char *portrait, unsigned rounds)
{
	static struct rig rig;
	static double card[ROUNDS_MAX], bare[ROUNDS_MAX];
	double whole, floor;

	rig = (struct rig){ .session = session };
	prepare(&rig, portrait);
	prepare_bare(&rig);
	for (unsigned i = 0; i < rounds; i++) {
		card[i] = read_all(&rig);
		bare[i] = bare_all(&rig);
	}
	whole = bench_median(card, rounds);
	floor = bench_median(bare, rounds);
	printf("%-8s %4zu commands %6zu bytes  chip %7.0f us  bare %7.0f us  %.2f times\n",
	    session->name, rig.count, rig.read, whole, floor, whole / floor);
	vsc_card_free(rig.card);
	vsc_cipher_free(rig.terminal);
}

/* The built-in portrait, made longer before its end. */
static void
write_portrait(const char *path)
{
	struct vsc_span jpeg = vsc_portrait_specimen();
	VSC_AUTO_BLOB bytes = { NULL, 0 };

	must(vsc_blob_set(&bytes, vsc_span_slice(jpeg, 0, jpeg.len - 2)) == 0 &&
		 vsc_blob_resize(&bytes, PORTRAIT - 2) == 0 &&
		 vsc_blob_append(&bytes, VSC_BYTES(0xFF, 0xD9)) == 0 &&
		 vsc_disk_write(path, vsc_blob_span(&bytes), NULL) == 0,
	    "portrait");
}

int
main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 101;
	char path[] = "/tmp/bench_epass.XXXXXX";
	int fd = mkstemp(path);

	must(fd >= 0 && rounds > 0 && rounds <= ROUNDS_MAX, "usage: bench_epass [ROUNDS]");
	close(fd);
	write_portrait(path);
	for (size_t i = 0; i < VSC_COUNT(sessions); i++)
		measure(&sessions[i], path, (unsigned)rounds);
	unlink(path);
	return 0;
}
