/* Secure messaging: from protected command to plain, from plain answer to protected. */
#include "card/sm.h"

#include "card/card.h"
#include "card/sm_mac.h"
#include "card/sm_objects.h"
#include "iso/tlv.h"

#define PADDING_ISO  0x01 /* padding-content indicator: 80 00 .. 00 (ISO/IEC 7816-4:2020 10.4) */
#define PADDING_NONE 0x02 /* the plain value is whole blocks */

void
vsc_sm_keys_free(struct vsc_sm_keys *keys)
{
	vsc_cipher_free(keys->cipher);
	vsc_cipher_free(keys->answers);
	vsc_wipe(keys, sizeof(*keys));
	*keys = (struct vsc_sm_keys){ .cipher = NULL };
}

void
vsc_sm_end(struct vsc_sm *sm)
{
	vsc_sm_keys_free(&sm->now);
	vsc_sm_keys_free(&sm->next);
	sm->aside = NULL;
	sm->busy = false;
}

int
vsc_sm_keep(struct vsc_sm *sm, struct vsc_sm_keys *aside)
{
	if (!sm->busy)
		return VSC_E_STATE;
	vsc_sm_keys_free(aside);
	sm->aside = aside;
	return 0;
}

int
vsc_sm_resume(struct vsc_sm *sm, struct vsc_sm_keys *keys)
{
	if (!sm->busy || keys->cipher == NULL)
		return VSC_E_STATE;
	vsc_sm_keys_free(&sm->next);
	sm->next = *keys;
	*keys = (struct vsc_sm_keys){ .cipher = NULL };
	return 0;
}

int
vsc_sm_start(struct vsc_sm *sm, const struct vsc_suite *suite, struct vsc_span enc_key,
    struct vsc_span mac_key, struct vsc_span ssc, unsigned flags)
{
	const unsigned encrypts = VSC_SM_ENCRYPT_COMMAND | VSC_SM_ENCRYPT_RESPONSE;
	struct vsc_sm_keys *to = sm->busy ? &sm->next : &sm->now;
	struct vsc_sm_keys fresh = { .cipher = NULL, .flags = flags };
	int rc;

	if (mac_key.len == 0 || ((flags & encrypts) != 0 && enc_key.len == 0) ||
	    (ssc.len != 0 && ssc.len != suite->block_len))
		return VSC_E_PARAM;
	if ((rc = vsc_copy(fresh.ssc, sizeof(fresh.ssc), ssc)) < 0 ||
	    (rc = vsc_cipher_new(&fresh.cipher, suite, enc_key, mac_key)) < 0)
		return rc;
	vsc_sm_keys_free(to);
	*to = fresh;
	return 0;
}

int
vsc_sm_start_mcv(struct vsc_sm *sm, const struct vsc_suite *suite, struct vsc_span enc_key,
    struct vsc_span mac_key, struct vsc_span answer_mac_key, unsigned flags)
{
	struct vsc_cipher *answers;
	int rc;

	if (answer_mac_key.len == 0)
		return VSC_E_PARAM;
	if ((rc = vsc_cipher_new(&answers, suite, VSC_SPAN_EMPTY, answer_mac_key)) < 0)
		return rc;
	rc = vsc_sm_start(sm, suite, enc_key, mac_key, VSC_SPAN_EMPTY, flags | VSC_SM_MCV);
	if (rc < 0) {
		vsc_cipher_free(answers);
		return rc;
	}
	(sm->busy ? &sm->next : &sm->now)->answers = answers;
	return 0;
}

static void
count(struct vsc_sm_keys *keys)
{
	for (size_t i = vsc_cipher_suite(keys->cipher)->block_len; i > 0; i--)
		if (++keys->ssc[i - 1] != 0)
			break;
}

/*
 * Nothing but a header: 10.6 pads it once; Doc 9303 readers (JMRTD among them) add a padded block
 * for the absent objects. Both are taken.
 */
static bool
mac_right(struct vsc_sm_keys *keys, struct vsc_span header, const struct vsc_sm_objects *found)
{
	uint8_t mac[VSC_SUITE_MAC_LEN];

	if ((keys->flags & VSC_SM_MCV) != 0)
		return vsc_sm_mac_chained(keys, VSC_SM_COMMAND, header, found->covered, mac) == 0 &&
		       vsc_span_eq_ct(VSC_SPAN_OF(mac), found->mac);
	if (vsc_sm_mac_counted(keys, header, found->covered, false, mac) == 0 &&
	    vsc_span_eq_ct(VSC_SPAN_OF(mac), found->mac))
		return true;
	return found->covered.len == 0 &&
	       vsc_sm_mac_counted(keys, header, VSC_SPAN_EMPTY, true, mac) == 0 &&
	       vsc_span_eq_ct(VSC_SPAN_OF(mac), found->mac);
}

/* Is everything there that the session demands? */
static vsc_sw
complete(const struct vsc_sm_keys *keys, bool header_covered, struct vsc_span header,
    const struct vsc_sm_objects *found)
{
	bool bare = found->mac.ptr == NULL && (keys->flags & VSC_SM_BARE_COMMAND) != 0;

	/* a MAC is over everything before it, so nothing may say that it is not */
	if (found->outside && !bare)
		return VSC_SW_SM_INCORRECT;
	if (found->controlled && (keys->flags & VSC_SM_CONTROLS) == 0)
		return VSC_SW_SM_INCORRECT;
	if (found->mac.ptr == NULL && !bare)
		return VSC_SW_SM_MISSING;
	if (!bare && found->mac.len != VSC_SUITE_MAC_LEN)
		return VSC_SW_SM_INCORRECT;
	if (found->header.ptr != NULL && !vsc_span_eq(found->header, header))
		return VSC_SW_SM_INCORRECT;
	if (!bare && !header_covered && found->header.ptr == NULL &&
	    ((keys->flags & VSC_SM_HEADER_FREE) == 0 || found->covered.len == 0))
		return VSC_SW_SM_MISSING;
	if (found->plain.ptr != NULL && (keys->flags & VSC_SM_ENCRYPT_COMMAND) != 0)
		return VSC_SW_SM_MISSING;
	/* there is one way to write a command there: 87, 97, 8E */
	if ((keys->flags & VSC_SM_MCV) != 0 &&
	    (found->bertlv.ptr != NULL || found->header.ptr != NULL))
		return VSC_SW_SM_INCORRECT;
	return VSC_SW_OK;
}

/* The counter enciphered; an answer's has its first bit set, where both have the same counter
 * (SP 800-73-4 part 2, 4.2.2). */
static int
make_iv(struct vsc_sm_keys *keys, enum vsc_sm_direction direction, uint8_t iv[VSC_SUITE_BLOCK_MAX])
{
	uint8_t marked[VSC_SUITE_BLOCK_MAX];

	if ((keys->flags & VSC_SM_MCV) == 0 || direction == VSC_SM_COMMAND)
		return vsc_cipher_iv(keys->cipher, vsc_sm_counter(keys), iv);
	vsc_move(marked, keys->ssc, sizeof(marked));
	marked[0] |= 0x80;
	return vsc_cipher_iv(
	    keys->cipher, vsc_span_from(marked, vsc_cipher_suite(keys->cipher)->block_len), iv);
}

/* The cryptogram of 85 or 87 into store. */
static int
decipher(struct vsc_sm_keys *keys, struct vsc_span cryptogram, uint8_t padding,
    struct vsc_blob *store, struct vsc_span *plain)
{
	size_t len = cryptogram.len;
	uint8_t iv[VSC_SUITE_BLOCK_MAX];
	struct vsc_out out;
	int rc;

	if (cryptogram.len == 0)
		return VSC_E_FORMAT;
	if ((rc = vsc_blob_alloc(store, cryptogram.len)) < 0)
		return rc;
	out = vsc_out_from(store->ptr, store->len);
	if ((rc = make_iv(keys, VSC_SM_COMMAND, iv)) < 0 ||
	    (rc = vsc_cipher_decrypt(keys->cipher, iv, cryptogram, &out)) < 0)
		return rc;
	if (padding == PADDING_ISO) {
		size_t block = vsc_cipher_suite(keys->cipher)->block_len;

		if ((rc = vsc_unpad(vsc_out_span(&out), block, &len)) < 0)
			return rc;
	}
	*plain = vsc_span_slice(vsc_blob_span(store), 0, len);
	return 0;
}

static int
open_data(struct vsc_sm_keys *keys, const struct vsc_sm_objects *found, struct vsc_blob *store,
    struct vsc_span *plain)
{
	struct vsc_in in = vsc_in_from(found->cryptogram);
	uint8_t padding = PADDING_ISO;

	*plain = found->plain.len == 0 ? VSC_SPAN_EMPTY : found->plain;
	if (found->bertlv.ptr != NULL)
		return decipher(keys, found->bertlv, PADDING_ISO, store, plain);
	if (found->cryptogram.ptr == NULL)
		return 0;
	if (vsc_in_u8(&in, &padding) < 0 || (padding != PADDING_ISO && padding != PADDING_NONE) ||
	    (padding == PADDING_NONE && (keys->flags & VSC_SM_PADDED) != 0))
		return VSC_E_FORMAT;
	return decipher(keys, vsc_in_rest(&in), padding, store, plain);
}

/* 97: one byte as a short Le, two as an extended one. Empty: all there is. */
static int
open_ne(const struct vsc_sm_objects *found, struct vsc_apdu *plain)
{
	struct vsc_in in = vsc_in_from(found->ne);
	uint8_t one = 0;
	uint16_t two = 0;

	plain->has_le = found->ne.ptr != NULL;
	plain->ne = 0;
	if (!plain->has_le)
		return 0;
	if (found->ne.len <= 1) {
		if (found->ne.len == 1 && vsc_in_u8(&in, &one) < 0)
			return VSC_E_FORMAT;
		plain->ne = one == 0 ? VSC_NE_SHORT_MAX : one;
		return 0;
	}
	if (found->ne.len != 2 || vsc_in_u16(&in, &two) < 0)
		return VSC_E_FORMAT;
	plain->ne = two == 0 ? VSC_NE_EXTENDED_MAX : two;
	return 0;
}

/* What of an answer fits so many bytes beside 99, 8E and the head of 87. */
static uint32_t
fitting(const struct vsc_sm_keys *keys, size_t room, size_t head)
{
	size_t block = vsc_cipher_suite(keys->cipher)->block_len;

	return (uint32_t)((room - 4 - 10 - head) / block * block - 1);
}

/* A short answer that stays one has 231 bytes with 3DES, 223 with AES; and no answer is longer than
 * a frame. */
static void
shorten(const struct vsc_sm_keys *keys, bool stays_short, struct vsc_apdu *plain)
{
	uint32_t most = stays_short ? fitting(keys, VSC_NE_SHORT_MAX, 4)
				    : fitting(keys, VSC_RESPONSE_MAX - 2, 5);

	if (plain->ne <= most)
		return;
	plain->all = plain->ne == VSC_NE_SHORT_MAX || plain->ne == VSC_NE_EXTENDED_MAX;
	plain->ne = most;
}

/* 5.4.1: the class byte without secure messaging. */
static uint8_t
plain_class(uint8_t cla)
{
	return (uint8_t)((cla & 0x40) != 0 ? cla & ~0x20 : cla & ~0x0C);
}

static vsc_sw
unwrap(
    struct vsc_sm *sm, const struct vsc_apdu *cmd, struct vsc_blob *store, struct vsc_apdu *plain)
{
	const uint8_t header[] = { cmd->cla, cmd->ins, cmd->p1, cmd->p2 };
	/* a class of the card's own that comes here has these bits as well (VSC_TYPE_CLASS_80) */
	bool covered = vsc_cla_decode(cmd->cla & 0x7F).sm == VSC_SM_AUTH_HEADER;
	struct vsc_sm_objects found = { .plain = VSC_SPAN_EMPTY };
	vsc_sw sw;

	count(&sm->now);
	if (vsc_sm_objects_collect(cmd->data, &found) < 0)
		return VSC_SW_SM_INCORRECT;
	if ((sw = complete(&sm->now, covered, VSC_SPAN_OF(header), &found)) != VSC_SW_OK)
		return sw;
	if (found.mac.ptr != NULL &&
	    !mac_right(&sm->now, covered ? VSC_SPAN_OF(header) : VSC_SPAN_EMPTY, &found))
		return VSC_SW_SM_INCORRECT;
	sm->controlled = found.controlled;
	*plain = *cmd;
	plain->cla = plain_class(cmd->cla);
	if (open_data(&sm->now, &found, store, &plain->data) < 0 || open_ne(&found, plain) < 0)
		return VSC_SW_SM_INCORRECT;
	plain->extended |= plain->ne > VSC_NE_SHORT_MAX || plain->data.len > 255;
	shorten(&sm->now, (sm->now.flags & VSC_SM_SHORTEN) != 0 && !cmd->extended, plain);
	return VSC_SW_OK;
}

vsc_sw
vsc_sm_unwrap(
    struct vsc_sm *sm, const struct vsc_apdu *cmd, struct vsc_blob *store, struct vsc_apdu *plain)
{
	vsc_sw sw;

	if (!vsc_sm_active(sm))
		return sm->absent != 0 ? sm->absent : VSC_SW_NO_SM;
	if ((sw = unwrap(sm, cmd, store, plain)) != VSC_SW_OK) {
		vsc_sm_end(sm);
		return sw;
	}
	sm->busy = true;
	sm->odd_ins = (cmd->ins & 1) != 0 && (sm->now.flags & VSC_SM_MCV) == 0;
	return VSC_SW_OK;
}

/* Pad and encipher body in place at the end of out. */
static int
put_cryptogram(struct vsc_sm_keys *keys, uint32_t tag, struct vsc_span body, struct vsc_out *out)
{
	size_t block = vsc_cipher_suite(keys->cipher)->block_len;
	size_t padded = body.len / block * block + block;
	bool indicator = tag == 0x87;
	uint8_t iv[VSC_SUITE_BLOCK_MAX];
	struct vsc_out room;
	uint8_t *to;
	int rc;

	vsc_tlv_put_tag(out, tag);
	vsc_tlv_put_length(out, padded + (indicator ? 1 : 0));
	if (indicator)
		vsc_out_u8(out, PADDING_ISO);
	if ((to = vsc_out_reserve(out, padded)) == NULL)
		return VSC_E_SPACE;
	room = vsc_out_from(to, padded);
	vsc_out_put(&room, body);
	vsc_pad(&room, body.len, block);
	room.len = 0;
	if ((rc = make_iv(keys, VSC_SM_ANSWER, iv)) < 0)
		return rc;
	return vsc_cipher_encrypt(keys->cipher, iv, vsc_span_from(to, padded), &room);
}

static int
wrap(struct vsc_sm *sm, struct vsc_span body, vsc_sw sw, struct vsc_out *out)
{
	bool encrypts = (sm->now.flags & VSC_SM_ENCRYPT_RESPONSE) != 0;
	bool chained = (sm->now.flags & VSC_SM_MCV) != 0;
	bool bare = (sm->now.flags & VSC_SM_BARE_ANSWER) != 0;
	size_t start = out->len;
	uint8_t mac[VSC_SUITE_MAC_LEN];
	struct vsc_span covered;
	int rc;

	if (bare && !encrypts) {
		vsc_out_put(out, body);
		return out->full ? VSC_E_SPACE : 0;
	}
	if (!chained)
		count(&sm->now);
	if (body.len > 0 && encrypts) {
		rc = put_cryptogram(&sm->now, sm->odd_ins ? 0x85 : 0x87, body, out);
		if (rc < 0)
			return rc;
	} else if (body.len > 0) {
		vsc_tlv_put(out, sm->odd_ins ? 0xB3 : 0x81, body);
	}
	vsc_tlv_put_u16(out, 0x99, sw);
	if (bare || out->full)
		return out->full ? VSC_E_SPACE : 0;
	covered = vsc_span_slice(vsc_out_span(out), start, out->len);
	rc = chained ? vsc_sm_mac_chained(&sm->now, VSC_SM_ANSWER, VSC_SPAN_EMPTY, covered, mac)
		     : vsc_sm_mac_counted(&sm->now, VSC_SPAN_EMPTY, covered, false, mac);
	if (rc < 0)
		return rc;
	vsc_tlv_put(out, 0x8E, VSC_SPAN_OF(mac));
	return out->full ? VSC_E_SPACE : 0;
}

static void
take_over(struct vsc_sm *sm)
{
	if (sm->aside != NULL)
		*sm->aside = sm->now;
	else
		vsc_sm_keys_free(&sm->now);
	sm->now = sm->next;
	sm->next = (struct vsc_sm_keys){ .cipher = NULL };
}

int
vsc_sm_wrap(struct vsc_sm *sm, struct vsc_span body, vsc_sw sw, struct vsc_out *out)
{
	size_t start = out->len;
	int rc;

	if (!vsc_sm_active(sm))
		return VSC_E_STATE;
	if ((rc = wrap(sm, body, sw, out)) < 0) {
		vsc_out_truncate(out, start);
		vsc_sm_end(sm);
		return rc;
	}
	sm->busy = false;
	if (sm->next.cipher != NULL)
		take_over(sm);
	sm->aside = NULL;
	return 0;
}
