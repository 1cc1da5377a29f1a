/*
 * Data objects: GET DATA and PUT DATA (SP 800-73-4 3.1.2, 3.3.2), each object an attribute of its
 * own, so that writing one saves that one only.
 */
#include "cards/piv/piv.h"

#include <stdio.h>

#include "base/auto.h"
#include "iso/tlv.h"

#define OBJECT_MAX     0x8000u /* of one object; a certificate has 3 KB at most elsewhere */
#define TAG_LIST       0x5Cu
#define TAG_DATA       0x53u
#define STANDARD_FIRST 0x5FC101u
#define STANDARD_LAST  0x5FC123u
#define VENDOR_FIRST   0x5FFF00u
#define VENDOR_LAST    0x5FFFFFu
#define TEMPLATES      0x7F61u /* biometric information: comes and goes in its own tag */

/* SP 800-73-4 part 1 table 2: read rule and name. All others: always over the contact interface and
 * the virtual one, nameless. */
static const struct object {
	uint32_t tag;
	bool pin;  /* read with the PIN only */
	bool free; /* read over the contactless interface, too */
	const char *name;
} objects[] = {
	{ PIV_OBJECT_DISCOVERY, false, true, NULL },
	{ 0x5FC101, false, true, "certificate 9E (card authentication)" },
	{ 0x5FC102, false, true, "card holder unique identifier" },
	{ 0x5FC103, true, false, "fingerprints" },
	{ 0x5FC105, false, false, "certificate 9A (PIV authentication)" },
	{ 0x5FC106, false, false, "security object" },
	{ 0x5FC107, false, false, "card capability container" },
	{ 0x5FC108, true, false, "facial image" },
	{ 0x5FC109, true, false, "printed information" },
	{ 0x5FC10A, false, false, "certificate 9C (digital signature)" },
	{ 0x5FC10B, false, false, "certificate 9D (key management)" },
	{ 0x5FC10C, false, false, "key history" },
	{ 0x5FC121, true, false, "iris images" },
	{ 0x5FC122, false, true, "secure messaging certificate signer" },
	{ 0x5FC123, true, false, "pairing code" },
	{ TEMPLATES, false, false, "biometric information templates" },
	{ 0x5FFF00, false, false, "administrator's data (Yubico)" },
	{ 0x5FFF01, false, false, "certificate F9 (attestation)" },
};

static const struct object *
find_object(uint32_t tag)
{
	for (size_t i = 0; i < VSC_COUNT(objects); i++)
		if (objects[i].tag == tag)
			return &objects[i];
	return NULL;
}

const char *
piv_object_name(uint32_t tag)
{
	const struct object *object = find_object(tag);

	return object == NULL ? NULL : object->name;
}

uint32_t
piv_object_nth(size_t n)
{
	const size_t standard = STANDARD_LAST - STANDARD_FIRST + 1;

	if (n < standard)
		return STANDARD_FIRST + (uint32_t)n;
	n -= standard;
	if (n <= VENDOR_LAST - VENDOR_FIRST)
		return VENDOR_FIRST + (uint32_t)n;
	return n == VENDOR_LAST - VENDOR_FIRST + 1 ? TEMPLATES : 0;
}

static bool
is_object(uint32_t tag)
{
	return (tag >= STANDARD_FIRST && tag <= STANDARD_LAST) ||
	       (tag >= VENDOR_FIRST && tag <= VENDOR_LAST) || tag == TEMPLATES;
}

static void
attr_name(char name[16], uint32_t tag)
{
	snprintf(name, 16, "object-%06X", (unsigned)tag);
}

int
piv_object_get(const struct vsc_card *card, uint32_t tag, struct vsc_span *value)
{
	char name[16];

	attr_name(name, tag);
	return vsc_card_attr_get(card, name, value);
}

int
piv_object_put(struct vsc_card *card, uint32_t tag, struct vsc_span value)
{
	struct vsc_span old;
	char name[16];
	int rc;

	attr_name(name, tag);
	if (value.len > 0)
		return vsc_card_attr_set(card, name, value);
	if (vsc_card_attr_get(card, name, &old) < 0)
		return 0;
	rc = vsc_card_attr_delete(card, name);
	return rc == VSC_E_NOT_FOUND ? 0 : rc;
}

void
piv_objects_clear(struct vsc_card *card)
{
	uint32_t tag;

	for (size_t n = 0; (tag = piv_object_nth(n)) != 0; n++)
		if (tag != piv_cert_object(PIV_ATTESTATION) &&
		    piv_object_put(card, tag, VSC_SPAN_EMPTY) < 0)
			return;
}

/* Part 1 appendix A: 70 certificate, 71 how it is compressed (not), FE error detection (none). */
int
piv_cert_put(struct vsc_card *card, uint8_t ref, struct vsc_span der)
{
	VSC_AUTO_BLOB room = { NULL, 0 };
	struct vsc_out out;
	int rc;

	if ((rc = vsc_blob_alloc(&room, der.len + 16)) < 0)
		return rc;
	out = vsc_out_from(room.ptr, room.len);
	vsc_tlv_put(&out, 0x70, der);
	vsc_tlv_put_u8(&out, 0x71, 0x00);
	vsc_tlv_put(&out, 0xFE, VSC_SPAN_EMPTY);
	if (out.full || out.len > OBJECT_MAX)
		return VSC_E_SPACE;
	return piv_object_put(card, piv_cert_object(ref), vsc_out_span(&out));
}

int
piv_cert_get(const struct vsc_card *card, uint8_t ref, struct vsc_span *der)
{
	struct vsc_span value, info;

	if (piv_object_get(card, piv_cert_object(ref), &value) < 0 ||
	    vsc_tlv_find(value, 0x70, der) < 0)
		return VSC_E_NOT_FOUND;
	if (vsc_tlv_find(value, 0x71, &info) == 0 && info.len == 1 && info.ptr[0] != 0)
		return VSC_E_NOT_FOUND;
	return 0;
}

/* --- What the card makes itself --- */

/*
 * FASC-N of a card that no federal agency issued (agency, system 9999, credential 999999): 40
 * digits of five bits with odd parity, start, field and end marks, check character.
 */
static const uint8_t fascn[] = { 0xD4, 0xE7, 0x39, 0xDA, 0x73, 0x9C, 0xED, 0x39, 0xCE, 0x73, 0x9D,
	0x83, 0x68, 0x58, 0x21, 0x08, 0x42, 0x10, 0x84, 0x21, 0xC8, 0x42, 0x10, 0xC3, 0xEB };

/* The GUID is an UUID of version 4 (RFC 4122 4.4), as part 1 3.4.1 asks for. */
static int
put_chuid(struct vsc_card *card)
{
	uint8_t buf[128], guid[16];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	if (vsc_env_random(vsc_card_env(card), guid, sizeof(guid)) < 0)
		return VSC_E_CRYPTO;
	guid[6] = (guid[6] & 0x0F) | 0x40;
	guid[8] = (guid[8] & 0x3F) | 0x80;
	vsc_tlv_put(&out, 0x30, VSC_SPAN_OF(fascn));
	vsc_tlv_put(&out, 0x34, VSC_SPAN_OF(guid));
	vsc_tlv_put(&out, 0x35, vsc_span_str("20501231"));
	vsc_tlv_put(&out, 0x3E, VSC_SPAN_EMPTY);
	vsc_tlv_put(&out, 0xFE, VSC_SPAN_EMPTY);
	return piv_object_put(card, PIV_OBJECT_CHUID, vsc_out_span(&out));
}

/* GSC-IS 2.1: F0 card identifier (GSC-RID, manufacturer, type Java card, 14 bytes of our own),
 * container versions, PKCS #15, data model 10; the rest empty. */
static int
put_ccc(struct vsc_card *card)
{
	static const uint8_t rid[] = { 0xA0, 0x00, 0x00, 0x01, 0x16, 0xFF, 0x02 };
	static const uint8_t empty[] = { 0xF6, 0xF7, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE };
	uint8_t buf[128], id[14];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_tlv_mark mark;

	if (vsc_env_random(vsc_card_env(card), id, sizeof(id)) < 0)
		return VSC_E_CRYPTO;
	mark = vsc_tlv_begin(&out, 0xF0);
	vsc_out_put(&out, VSC_SPAN_OF(rid));
	vsc_out_put(&out, VSC_SPAN_OF(id));
	vsc_tlv_end(&out, mark);
	vsc_tlv_put_u8(&out, 0xF1, 0x21);
	vsc_tlv_put_u8(&out, 0xF2, 0x21);
	vsc_tlv_put(&out, 0xF3, VSC_SPAN_EMPTY);
	vsc_tlv_put_u8(&out, 0xF4, 0x00);
	vsc_tlv_put_u8(&out, 0xF5, 0x10);
	for (size_t i = 0; i < sizeof(empty); i++)
		vsc_tlv_put(&out, empty[i], VSC_SPAN_EMPTY);
	return piv_object_put(card, PIV_OBJECT_CCC, vsc_out_span(&out));
}

int
piv_identify(struct vsc_card *card)
{
	int rc = put_chuid(card);

	return rc < 0 ? rc : put_ccc(card);
}

/* Part 1 3.3.2: the AID; the PIN's policy: the application's own is there and comes first, is there
 * a global one, is there a virtual contact interface, and does that ask for a pairing code. */
static vsc_sw
get_discovery(struct vsc_card *card, struct vsc_out *out)
{
	const bool global = vsc_pin_find(card, PIV_GLOBAL) != NULL;
	static const uint8_t object[] = { 0x7E, 0x12, 0x4F, 0x0B, 0xA0, 0x00, 0x00, 0x03, 0x08,
		0x00, 0x00, 0x10, 0x00, 0x01, 0x00, 0x5F, 0x2F, 0x02 };
	static const uint8_t policies[] = {
		[PIV_VCI_NONE] = 0x40, [PIV_VCI_PAIRING] = 0x48, [PIV_VCI_FREE] = 0x4C
	};

	vsc_out_put(out, VSC_SPAN_OF(object));
	vsc_out_u8(out, policies[piv_vci_policy(card)] | (global ? 0x20 : 0x00));
	vsc_out_u8(out, global ? 0x10 : 0x00);
	return VSC_SW_OK;
}

/*
 * Part 1 3.3.3. Clients look for retired keys only as far as this object counts them; nobody wrote
 * one, so we count the certificates that are there.
 */
static vsc_sw
get_history(struct vsc_card *card, struct vsc_out *out)
{
	uint8_t buf[16], count = 0;
	struct vsc_out inner = vsc_out_from(buf, sizeof(buf));
	struct vsc_span cert;

	for (uint8_t ref = PIV_RETIRED_FIRST; ref <= PIV_RETIRED_LAST; ref++)
		if (piv_object_get(card, piv_cert_object(ref), &cert) == 0)
			count = (uint8_t)(ref - PIV_RETIRED_FIRST + 1);
	if (count == 0)
		return vsc_card_refuse(card, VSC_SW_FILE_NOT_FOUND, "no retired keys");
	vsc_tlv_put_u8(&inner, 0xC1, count);
	vsc_tlv_put_u8(&inner, 0xC2, 0);
	vsc_tlv_put(&inner, 0xFE, VSC_SPAN_EMPTY);
	vsc_tlv_put(out, TAG_DATA, vsc_out_span(&inner));
	return VSC_SW_OK;
}

/* --- Commands --- */

/* The tag list at the beginning of the data field; *rest is what follows it. */
static vsc_sw
read_tag(struct vsc_card *card, const struct vsc_apdu *cmd, uint32_t *tag, struct vsc_span *rest)
{
	struct vsc_in in = vsc_in_from(cmd->data);
	struct vsc_tlv list;

	if (cmd->p1 != 0x3F || cmd->p2 != 0xFF)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 3FFF");
	if (vsc_tlv_next(&in, &list) != 1 || list.tag != TAG_LIST || list.value.len == 0 ||
	    list.value.len > 3)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "5C with one tag expected");
	*tag = (uint32_t)vsc_span_number(list.value);
	*rest = vsc_in_rest(&in);
	return VSC_SW_OK;
}

vsc_sw
piv_get_data(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const struct object *object;
	struct vsc_span value, rest;
	uint32_t tag;
	vsc_sw sw;

	if ((sw = read_tag(card, cmd, &tag, &rest)) != VSC_SW_OK)
		return sw;
	if (rest.len > 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "more than a tag list");
	object = find_object(tag);
	if ((object == NULL || !object->free) && (sw = piv_contact(card)) != VSC_SW_OK)
		return sw;
	if (tag == PIV_OBJECT_DISCOVERY)
		return get_discovery(card, out);
	if (object != NULL && object->pin && (sw = piv_pin_proven(card)) != VSC_SW_OK)
		return sw;
	if (piv_object_get(card, tag, &value) == 0) {
		vsc_tlv_put(out, tag == TEMPLATES ? tag : TAG_DATA, value);
		return VSC_SW_OK;
	}
	if (tag == PIV_OBJECT_HISTORY)
		return get_history(card, out);
	return vsc_card_refuse(card, VSC_SW_FILE_NOT_FOUND, "no object %06X", (unsigned)tag);
}

/* SP 800-73-4 3.3.2: 5C tag, 53 value; discovery object and templates are written as they are. */
static vsc_sw
read_object(struct vsc_card *card, const struct vsc_apdu *cmd, uint32_t *tag, struct vsc_span *rest)
{
	static const uint32_t own[] = { PIV_OBJECT_DISCOVERY, TEMPLATES };
	struct vsc_span value;

	for (size_t i = 0; i < VSC_COUNT(own); i++)
		if (cmd->p1 == 0x3F && cmd->p2 == 0xFF &&
		    vsc_tlv_only(cmd->data, own[i], &value) == 0) {
			*tag = own[i];
			*rest = cmd->data;
			return VSC_SW_OK;
		}
	return read_tag(card, cmd, tag, rest);
}

vsc_sw
piv_put_data(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_span rest, value;
	uint32_t tag;
	vsc_sw sw;

	(void)out;
	if ((sw = read_object(card, cmd, &tag, &rest)) != VSC_SW_OK ||
	    (sw = piv_admin_proven(card)) != VSC_SW_OK)
		return sw;
	if (!is_object(tag))
		return vsc_card_refuse(
		    card, VSC_SW_FUNCTION, "object %06X cannot be written", (unsigned)tag);
	if (vsc_tlv_only(rest, tag == TEMPLATES ? tag : TAG_DATA, &value) < 0)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_DATA, "53 expected after the tag (7F61 comes by itself)");
	if (value.len > OBJECT_MAX)
		return vsc_card_refuse(
		    card, VSC_SW_NO_SPACE, "an object has at most %u bytes", OBJECT_MAX);
	if (piv_object_put(card, tag, value) < 0)
		return vsc_card_refuse(card, VSC_SW_MEMORY_FAILURE, "out of memory");
	return VSC_SW_OK;
}
