/* Secure messaging: from protected command to plain, from plain answer to protected. */
#include "card/sm.h"

#include "iso/tlv.h"

#define PADDING_ISO  0x01 /* padding-content indicator: 80 00 .. 00 (ISO/IEC 7816-4:2020 10.4) */
#define PADDING_NONE 0x02 /* the plain value is whole blocks */

void
vsc_sm_keys_free(struct vsc_sm_keys *keys)
{
	vsc_cipher_free(keys->cipher);
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

static struct vsc_span
counter(const struct vsc_sm_keys *keys)
{
	return vsc_span_from(keys->ssc, vsc_cipher_suite(keys->cipher)->block_len);
}

static void
count(struct vsc_sm_keys *keys)
{
	for (size_t i = vsc_cipher_suite(keys->cipher)->block_len; i > 0; i--)
		if (++keys->ssc[i - 1] != 0)
			break;
}

/* The data objects of a command, as found; ptr NULL: absent. */
struct objects {
	struct vsc_span plain;      /* 81, B1, B3 */
	struct vsc_span bertlv;     /* 85 */
	struct vsc_span cryptogram; /* 87 */
	struct vsc_span header;     /* 89 */
	struct vsc_span ne;         /* 97 */
	struct vsc_span mac;        /* 8E */
	struct vsc_span covered;    /* everything before 8E */
};

/*
 * 10.3, table of SM data objects. Even tags would be outside of the MAC: this card takes none. 99
 * and the others of the clause have no meaning in a command to it.
 */
static const struct {
	uint32_t tag;
	size_t field; /* where in struct objects */
	bool data;    /* carries the command data: one of them at most */
} tags[] = {
	{ 0x81, offsetof(struct objects, plain), true },
	{ 0xB1, offsetof(struct objects, plain), true },
	{ 0xB3, offsetof(struct objects, plain), true },
	{ 0x85, offsetof(struct objects, bertlv), true },
	{ 0x87, offsetof(struct objects, cryptogram), true },
	{ 0x89, offsetof(struct objects, header), false },
	{ 0x97, offsetof(struct objects, ne), false },
	{ 0x8E, offsetof(struct objects, mac), false },
};

/* Keep one object; VSC_E_FORMAT if it is unknown or comes twice. */
static int
take(struct objects *found, const struct vsc_tlv *tlv, bool *has_data)
{
	for (size_t i = 0; i < VSC_COUNT(tags); i++) {
		struct vsc_span *field = (struct vsc_span *)(void *)((char *)found + tags[i].field);

		if (tags[i].tag != tlv->tag)
			continue;
		if (field->ptr != NULL || (tags[i].data && *has_data))
			return VSC_E_FORMAT;
		*field = vsc_span_from(tlv->value.ptr, tlv->value.len);
		*has_data |= tags[i].data;
		return 0;
	}
	return VSC_E_FORMAT;
}

static int
collect(struct vsc_span data, struct objects *found)
{
	struct vsc_in in = vsc_in_from(data);
	struct vsc_tlv tlv;
	bool has_data = false;
	int rc;

	while ((rc = vsc_tlv_next(&in, &tlv)) == 1) {
		/* an empty value still is one */
		if (tlv.value.len == 0)
			tlv.value.ptr = tlv.whole.ptr;
		if (found->mac.ptr != NULL || take(found, &tlv, &has_data) < 0)
			return VSC_E_FORMAT;
		if (tlv.tag == 0x8E)
			found->covered =
			    vsc_span_from(data.ptr, (size_t)(tlv.whole.ptr - data.ptr));
	}
	return rc;
}

/* Pieces shorter than this together are copied into one: each costs OpenSSL a call. */
#define GATHER_MAX 128

static int
mac_pieces(struct vsc_cipher *cipher, struct vsc_span head, struct vsc_span covered,
    struct vsc_span tail, uint8_t mac[VSC_SUITE_MAC_LEN])
{
	int rc;

	if ((rc = vsc_cipher_mac_start(cipher)) < 0 ||
	    (rc = vsc_cipher_mac_add(cipher, head)) < 0 ||
	    (rc = vsc_cipher_mac_add(cipher, covered)) < 0 ||
	    (rc = vsc_cipher_mac_add(cipher, tail)) < 0)
		return rc;
	return vsc_cipher_mac_end(cipher, mac);
}

/* SSC, header if it is authenticated by the class byte, objects, one more padding if `extra`. */
static int
command_mac(struct vsc_sm_keys *keys, struct vsc_span header, struct vsc_span covered, bool extra,
    uint8_t mac[VSC_SUITE_MAC_LEN])
{
	struct vsc_cipher *cipher = keys->cipher;
	size_t block = vsc_cipher_suite(cipher)->block_len;
	uint8_t first[GATHER_MAX], last[VSC_SUITE_BLOCK_MAX];
	struct vsc_out head = vsc_out_from(first, sizeof(first)),
		       tail = vsc_out_from(last, sizeof(last));

	vsc_out_put(&head, counter(keys));
	if (header.len > 0) {
		vsc_out_put(&head, header);
		vsc_pad(&head, header.len, block);
	}
	if (covered.len > 0 || extra)
		vsc_pad(&tail, covered.len, block);
	if (covered.len + tail.len <= sizeof(first) - head.len) {
		vsc_out_put(&head, covered);
		vsc_out_put(&head, vsc_out_span(&tail));
		covered = VSC_SPAN_EMPTY;
		tail.len = 0;
	}
	return mac_pieces(cipher, vsc_out_span(&head), covered, vsc_out_span(&tail), mac);
}

/*
 * Nothing but a header: 10.6 pads it once; Doc 9303 readers (JMRTD among them) add a padded block
 * for the absent objects. Both are taken.
 */
static bool
mac_right(struct vsc_sm_keys *keys, struct vsc_span header, const struct objects *found)
{
	uint8_t mac[VSC_SUITE_MAC_LEN];

	if (command_mac(keys, header, found->covered, false, mac) == 0 &&
	    vsc_span_eq_ct(VSC_SPAN_OF(mac), found->mac))
		return true;
	return found->covered.len == 0 &&
	       command_mac(keys, header, VSC_SPAN_EMPTY, true, mac) == 0 &&
	       vsc_span_eq_ct(VSC_SPAN_OF(mac), found->mac);
}

/* Is everything there that the session demands? */
static vsc_sw
complete(const struct vsc_sm_keys *keys, bool header_covered, struct vsc_span header,
    const struct objects *found)
{
	if (found->mac.ptr == NULL)
		return VSC_SW_SM_MISSING;
	if (found->mac.len != VSC_SUITE_MAC_LEN)
		return VSC_SW_SM_INCORRECT;
	if (found->header.ptr != NULL && !vsc_span_eq(found->header, header))
		return VSC_SW_SM_INCORRECT;
	if (!header_covered && found->header.ptr == NULL &&
	    ((keys->flags & VSC_SM_HEADER_FREE) == 0 || found->covered.len == 0))
		return VSC_SW_SM_MISSING;
	if (found->plain.ptr != NULL && (keys->flags & VSC_SM_ENCRYPT_COMMAND) != 0)
		return VSC_SW_SM_MISSING;
	return VSC_SW_OK;
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
	if ((rc = vsc_cipher_iv(keys->cipher, counter(keys), iv)) < 0 ||
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
open_data(struct vsc_sm_keys *keys, const struct objects *found, struct vsc_blob *store,
    struct vsc_span *plain)
{
	struct vsc_in in = vsc_in_from(found->cryptogram);
	uint8_t padding = PADDING_ISO;

	*plain = found->plain.len == 0 ? VSC_SPAN_EMPTY : found->plain;
	if (found->bertlv.ptr != NULL)
		return decipher(keys, found->bertlv, PADDING_ISO, store, plain);
	if (found->cryptogram.ptr == NULL)
		return 0;
	if (vsc_in_u8(&in, &padding) < 0 || (padding != PADDING_ISO && padding != PADDING_NONE))
		return VSC_E_FORMAT;
	return decipher(keys, vsc_in_rest(&in), padding, store, plain);
}

/* 97: one byte as a short Le, two as an extended one. Empty: all there is. */
static int
open_ne(const struct objects *found, struct vsc_apdu *plain)
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

/* What of an answer fits 256 bytes beside 99, 8E and the head of 87: 231 with 3DES, 223 with AES.
 */
static uint32_t
fitting(const struct vsc_sm_keys *keys)
{
	size_t block = vsc_cipher_suite(keys->cipher)->block_len;

	return (uint32_t)((VSC_NE_SHORT_MAX - 4 - 10 - 4) / block * block - 1);
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
	struct objects found = { .plain = VSC_SPAN_EMPTY };
	vsc_sw sw;

	count(&sm->now);
	if (collect(cmd->data, &found) < 0)
		return VSC_SW_SM_INCORRECT;
	if ((sw = complete(&sm->now, covered, VSC_SPAN_OF(header), &found)) != VSC_SW_OK)
		return sw;
	if (!mac_right(&sm->now, covered ? VSC_SPAN_OF(header) : VSC_SPAN_EMPTY, &found))
		return VSC_SW_SM_INCORRECT;
	*plain = *cmd;
	plain->cla = plain_class(cmd->cla);
	if (open_data(&sm->now, &found, store, &plain->data) < 0 || open_ne(&found, plain) < 0)
		return VSC_SW_SM_INCORRECT;
	plain->extended |= plain->ne > VSC_NE_SHORT_MAX || plain->data.len > 255;
	if ((sm->now.flags & VSC_SM_SHORTEN) != 0 && !cmd->extended &&
	    plain->ne > fitting(&sm->now)) {
		plain->all = plain->ne == VSC_NE_SHORT_MAX;
		plain->ne = fitting(&sm->now);
	}
	return VSC_SW_OK;
}

vsc_sw
vsc_sm_unwrap(
    struct vsc_sm *sm, const struct vsc_apdu *cmd, struct vsc_blob *store, struct vsc_apdu *plain)
{
	vsc_sw sw;

	if (!vsc_sm_active(sm))
		return VSC_SW_NO_SM;
	if ((sw = unwrap(sm, cmd, store, plain)) != VSC_SW_OK) {
		vsc_sm_end(sm);
		return sw;
	}
	sm->busy = true;
	sm->odd_ins = (cmd->ins & 1) != 0;
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
	if ((rc = vsc_cipher_iv(keys->cipher, counter(keys), iv)) < 0)
		return rc;
	return vsc_cipher_encrypt(keys->cipher, iv, vsc_span_from(to, padded), &room);
}

static int
wrap(struct vsc_sm *sm, struct vsc_span body, vsc_sw sw, struct vsc_out *out)
{
	bool encrypts = (sm->now.flags & VSC_SM_ENCRYPT_RESPONSE) != 0;
	size_t start = out->len;
	uint8_t mac[VSC_SUITE_MAC_LEN];
	int rc;

	count(&sm->now);
	if (body.len > 0 && encrypts) {
		rc = put_cryptogram(&sm->now, sm->odd_ins ? 0x85 : 0x87, body, out);
		if (rc < 0)
			return rc;
	} else if (body.len > 0) {
		vsc_tlv_put(out, sm->odd_ins ? 0xB3 : 0x81, body);
	}
	vsc_tlv_put_u16(out, 0x99, sw);
	if (out->full)
		return VSC_E_SPACE;
	rc = command_mac(&sm->now, VSC_SPAN_EMPTY,
	    vsc_span_slice(vsc_out_span(out), start, out->len), false, mac);
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
