/* PINs: made, verified, changed, unblocked. The commands around them are in cmd_pin.c. */
#include "card/auth.h"

#include <stdlib.h>

#include "base/auto.h"
#include "card/engine.h"

#define FORMAT2_LEN 8

static void
free_pin(struct vsc_pin *pin)
{
	vsc_blob_free(&pin->value);
	vsc_blob_free(&pin->unblock);
	free(pin);
}

void
vsc_pins_free(struct vsc_card *card)
{
	struct vsc_pin *next;

	for (struct vsc_pin *pin = card->pins; pin != NULL; pin = next) {
		next = pin->next;
		free_pin(pin);
	}
	card->pins = NULL;
}

void
vsc_pins_clean(struct vsc_card *card)
{
	struct vsc_pin **at = &card->pins;

	while (*at != NULL) {
		struct vsc_pin *pin = *at;

		pin->dirty = false;
		if (!pin->deleted) {
			at = &pin->next;
			continue;
		}
		*at = pin->next;
		free_pin(pin);
	}
}

void
vsc_pin_touch(struct vsc_card *card, struct vsc_pin *pin)
{
	pin->dirty = true;
	vsc_card_touch(card);
}

static bool
is_taken(struct vsc_card *card, const struct vsc_pin *spec)
{
	for (struct vsc_pin *pin = vsc_pin_first(card); pin != NULL; pin = vsc_pin_next(pin))
		if (pin->id == spec->id || (pin->ref == spec->ref && pin->df == spec->df))
			return true;
	return false;
}

int
vsc_pin_add(struct vsc_card *card, const struct vsc_pin *spec, struct vsc_pin **pin)
{
	struct vsc_pin *fresh, **at = &card->pins;

	if (is_taken(card, spec))
		return VSC_E_EXISTS;
	if ((fresh = calloc(1, sizeof(*fresh))) == NULL)
		return VSC_E_NOMEM;
	*fresh = *spec;
	fresh->value = fresh->unblock = (struct vsc_blob){ NULL, 0 };
	fresh->next = NULL;
	fresh->deleted = false;
	if (vsc_blob_set(&fresh->value, vsc_blob_span(&spec->value)) < 0 ||
	    vsc_blob_set(&fresh->unblock, vsc_blob_span(&spec->unblock)) < 0) {
		free_pin(fresh);
		return VSC_E_NOMEM;
	}
	fresh->id = vsc_security_id(card, spec->id);
	/* a saved one comes with the tries it had left */
	if (spec->id == 0) {
		fresh->tries = fresh->max_tries;
		fresh->unblock_tries = fresh->unblock_max;
	}
	while (*at != NULL)
		at = &(*at)->next;
	*at = fresh;
	vsc_pin_touch(card, fresh);
	if (pin != NULL)
		*pin = fresh;
	return 0;
}

void
vsc_pin_delete(struct vsc_card *card, struct vsc_pin *pin)
{
	pin->deleted = true;
	vsc_blob_free(&pin->value);
	vsc_blob_free(&pin->unblock);
	for (unsigned i = 0; i < VSC_CHANNELS; i++)
		if (card->channels[i] != NULL)
			vsc_rights_drop_pin(&card->channels[i]->rights, pin->id);
	vsc_pin_touch(card, pin);
}

static struct vsc_pin *
skip_deleted(struct vsc_pin *pin)
{
	while (pin != NULL && pin->deleted)
		pin = pin->next;
	return pin;
}

struct vsc_pin *
vsc_pin_first(struct vsc_card *card)
{
	return skip_deleted(card->pins);
}

struct vsc_pin *
vsc_pin_next(struct vsc_pin *pin)
{
	return skip_deleted(pin->next);
}

struct vsc_pin *
vsc_pin_by_id(struct vsc_card *card, uint32_t id)
{
	for (struct vsc_pin *pin = vsc_pin_first(card); pin != NULL; pin = vsc_pin_next(pin))
		if (pin->id == id)
			return pin;
	return NULL;
}

struct vsc_pin *
vsc_pin_find(struct vsc_card *card, uint8_t p2)
{
	unsigned best = UINT32_MAX;
	struct vsc_pin *found = NULL;

	for (struct vsc_pin *pin = vsc_pin_first(card); pin != NULL; pin = vsc_pin_next(pin)) {
		unsigned distance = vsc_security_distance(card, pin->df);

		if (p2 == 0x00 ? (pin->ref & 0x80) != 0 : pin->ref != p2)
			continue;
		if (distance < best) {
			best = distance;
			found = pin;
		}
	}
	return found;
}

/* --- Form of a value --- */

/* n digits from nibbles, as ASCII; the rest must be F. */
static int
digits_from_nibbles(struct vsc_span in, size_t first, size_t n, struct vsc_out *out)
{
	for (size_t i = first; i < 2 * in.len; i++) {
		unsigned nibble = (i % 2 == 0 ? in.ptr[i / 2] >> 4 : in.ptr[i / 2]) & 0x0F;

		if (i < first + n ? nibble > 9 : nibble != 0x0F)
			return VSC_E_FORMAT;
		if (i < first + n)
			vsc_out_u8(out, (uint8_t)('0' + nibble));
	}
	return out->full ? VSC_E_SPACE : 0;
}

static size_t
count_bcd(struct vsc_span in)
{
	size_t n = 2 * in.len;

	while (n > 0 && ((n % 2 == 0 ? in.ptr[n / 2 - 1] : in.ptr[n / 2] >> 4) & 0x0F) == 0x0F)
		n--;
	return n;
}

/* What was sent as nibbles, in the form that is stored: ASCII digits in scratch. */
static int
undo_format(const struct vsc_pin *pin, struct vsc_span given, struct vsc_out *scratch)
{
	if (pin->format == VSC_PIN_BCD)
		return digits_from_nibbles(given, 0, count_bcd(given), scratch);
	/* ISO 9564-1 8.4: control 2, length 4 to 12 */
	if (given.len != FORMAT2_LEN || given.ptr[0] < 0x24 || given.ptr[0] > 0x2C)
		return VSC_E_FORMAT;
	return digits_from_nibbles(given, 2, given.ptr[0] & 0x0F, scratch);
}

static struct vsc_span
cut_padding(const struct vsc_pin *pin, struct vsc_span given)
{
	while (given.len > 0 && given.ptr[given.len - 1] == pin->pad)
		given.len--;
	return given;
}

static int
parse(const struct vsc_pin *pin, struct vsc_span given, struct vsc_out *scratch,
    struct vsc_span *value)
{
	int rc;

	if ((pin->flags & VSC_PIN_PADDED) != 0) {
		if (given.len != pin->max_len)
			return VSC_E_FORMAT;
		given = cut_padding(pin, given);
	}
	*value = given;
	if (pin->format != VSC_PIN_BCD && pin->format != VSC_PIN_FORMAT2)
		return 0;
	if ((rc = undo_format(pin, given, scratch)) < 0)
		return rc;
	*value = vsc_out_span(scratch);
	return 0;
}

int
vsc_pin_parse(const struct vsc_pin *pin, struct vsc_span given, struct vsc_blob *value)
{
	uint8_t buf[512];
	struct vsc_out scratch = vsc_out_from(buf, sizeof(buf));
	struct vsc_span found;
	int rc;

	if ((rc = parse(pin, given, &scratch, &found)) == 0)
		rc = vsc_blob_set(value, found);
	vsc_wipe(buf, sizeof(buf));
	return rc;
}

static bool
value_allowed(const struct vsc_pin *pin, struct vsc_span value)
{
	if (value.len == 0 || value.len < pin->min_len ||
	    (pin->max_len != 0 && value.len > pin->max_len))
		return false;
	if (pin->format == VSC_PIN_ANY)
		return true;
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] < '0' || value.ptr[i] > '9')
			return false;
	return true;
}

/* --- Verification --- */

/* A try less, and that is saved before anything is compared. */
static vsc_sw
spend(struct vsc_card *card, struct vsc_pin *pin, uint8_t *tries, uint8_t max)
{
	if (max == 0)
		return VSC_SW_OK;
	if (*tries == 0)
		return vsc_card_refuse(
		    card, VSC_SW_AUTH_BLOCKED, "reference %02X is blocked", pin->ref);
	(*tries)--;
	vsc_pin_touch(card, pin);
	if (vsc_card_commit(card) < 0)
		return vsc_card_refuse(card, VSC_SW_MEMORY_FAILURE, "the try could not be saved");
	return VSC_SW_OK;
}

static vsc_sw
judge(
    struct vsc_card *card, struct vsc_span given, struct vsc_span value, uint8_t tries, uint8_t max)
{
	if (vsc_span_eq_ct(given, value))
		return VSC_SW_OK;
	return vsc_card_refuse(
	    card, max == 0 ? VSC_SW_AUTH_FAILED : VSC_SW_TRIES_LEFT(tries), "wrong value");
}

vsc_sw
vsc_pin_verify(struct vsc_card *card, struct vsc_pin *pin, struct vsc_span given)
{
	if ((pin->flags & VSC_PIN_TRANSPORT) != 0)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_UNUSABLE, "the transport PIN must be changed first");
	return vsc_pin_verify_old(card, pin, given);
}

vsc_sw
vsc_pin_verify_old(struct vsc_card *card, struct vsc_pin *pin, struct vsc_span given)
{
	VSC_AUTO_BLOB value = { NULL, 0 };
	vsc_sw sw;

	if (pin->uses == VSC_USED_UP)
		return vsc_card_refuse(card, VSC_SW_REFERENCE_UNUSABLE, "used up");
	if (vsc_pin_parse(pin, given, &value) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "not of this PIN's form");
	vsc_pin_forget(card, pin);
	if ((sw = spend(card, pin, &pin->tries, pin->max_tries)) != VSC_SW_OK)
		return sw;
	sw = judge(
	    card, vsc_blob_span(&value), vsc_blob_span(&pin->value), pin->tries, pin->max_tries);
	if (sw != VSC_SW_OK)
		return sw;
	pin->tries = pin->max_tries;
	if (pin->uses != 0 && --pin->uses == 0)
		pin->uses = VSC_USED_UP;
	if (pin->max_tries != 0 || pin->uses != 0)
		vsc_pin_touch(card, pin);
	vsc_pin_prove(card, pin);
	return VSC_SW_OK;
}

vsc_sw
vsc_pin_status(struct vsc_card *card, const struct vsc_pin *pin)
{
	if (vsc_pin_proven(card, pin))
		return VSC_SW_OK;
	if (pin->max_tries != 0 && pin->tries == 0)
		return VSC_SW_AUTH_BLOCKED;
	if ((pin->flags & VSC_PIN_TRANSPORT) != 0 || pin->uses == VSC_USED_UP)
		return VSC_SW_REFERENCE_UNUSABLE;
	return pin->max_tries == 0 ? VSC_SW_AUTH_FAILED : VSC_SW_TRIES_LEFT(pin->tries);
}

static vsc_sw
read_new(
    struct vsc_card *card, const struct vsc_pin *pin, struct vsc_span given, struct vsc_blob *value)
{
	if (vsc_pin_parse(pin, given, value) == 0 && value_allowed(pin, vsc_blob_span(value)))
		return VSC_SW_OK;
	return vsc_card_refuse(card, VSC_SW_WRONG_DATA,
	    "a new value has %u to %u bytes of this PIN's form", pin->min_len, pin->max_len);
}

vsc_sw
vsc_pin_set(struct vsc_card *card, struct vsc_pin *pin, struct vsc_span given)
{
	VSC_AUTO_BLOB value = { NULL, 0 };
	vsc_sw sw = read_new(card, pin, given, &value);

	if (sw != VSC_SW_OK)
		return sw;
	if (vsc_blob_set(&pin->value, vsc_blob_span(&value)) < 0)
		return VSC_SW_INTERNAL;
	pin->tries = pin->max_tries;
	pin->flags &= (uint8_t)~VSC_PIN_TRANSPORT;
	for (unsigned i = 0; i < VSC_CHANNELS; i++)
		if (card->channels[i] != NULL)
			vsc_rights_drop_pin(&card->channels[i]->rights, pin->id);
	vsc_pin_touch(card, pin);
	return VSC_SW_OK;
}

vsc_sw
vsc_pin_verify_code(struct vsc_card *card, struct vsc_pin *pin, struct vsc_span code)
{
	vsc_sw sw;

	if (pin->unblock.len == 0)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_UNUSABLE, "this PIN has no unblock code");
	if ((pin->flags & VSC_PIN_PADDED) != 0)
		code = cut_padding(pin, code);
	if ((sw = spend(card, pin, &pin->unblock_tries, pin->unblock_max)) != VSC_SW_OK)
		return sw;
	sw = judge(card, code, vsc_blob_span(&pin->unblock), pin->unblock_tries, pin->unblock_max);
	if (sw != VSC_SW_OK)
		return sw;
	pin->unblock_tries = pin->unblock_max;
	vsc_pin_touch(card, pin);
	return VSC_SW_OK;
}

void
vsc_pin_reset_tries(struct vsc_card *card, struct vsc_pin *pin)
{
	pin->tries = pin->max_tries;
	vsc_pin_touch(card, pin);
}

void
vsc_pin_set_enabled(struct vsc_card *card, struct vsc_pin *pin, bool enabled)
{
	if (enabled)
		pin->flags |= VSC_PIN_ENABLED;
	else
		pin->flags &= (uint8_t)~VSC_PIN_ENABLED;
	vsc_pin_touch(card, pin);
}
