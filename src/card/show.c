/*
 * A card printed for --show, as text and as JSON, with words shared by both; secrets are counted,
 * never shown.
 */
#include "card/show.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/json.h"
#include "card/auth.h"
#include "card/engine.h"
#include "card/keystore.h"
#include "card/record.h"
#include "card/rule_text.h"

#define TEXT_MAX  65536 /* what a card type says of itself */
#define PLACE_MAX 40    /* a DF name of 16 bytes in hex */

struct right {
	char what[128], words[512];
};

/* --- Words for what is on a card; shared by text and JSON --- */

static const char *
structure_name(const struct vsc_file *file)
{
	static const char *const names[] = { [VSC_FILE_TRANSPARENT] = "transparent",
		[VSC_FILE_LINEAR_FIXED] = "linear fixed",
		[VSC_FILE_LINEAR_FIXED_TLV] = "linear fixed TLV",
		[VSC_FILE_LINEAR_VARIABLE] = "linear variable",
		[VSC_FILE_LINEAR_VARIABLE_TLV] = "linear variable TLV",
		[VSC_FILE_CYCLIC] = "cyclic",
		[VSC_FILE_CYCLIC_TLV] = "cyclic TLV",
		[VSC_FILE_DF] = "DF",
		[VSC_FILE_BER_TLV] = "BER-TLV",
		[VSC_FILE_SIMPLE_TLV] = "SIMPLE-TLV" };
	const uint8_t structure = vsc_file_structure(file);

	return structure < VSC_COUNT(names) && names[structure] != NULL ? names[structure]
									: "unknown";
}

static bool
has_records(const struct vsc_file *file)
{
	const uint8_t structure = vsc_file_structure(file);

	return structure >= VSC_FILE_LINEAR_FIXED && structure <= VSC_FILE_CYCLIC_TLV;
}

static const char *
life_name(const struct vsc_file *file)
{
	static const struct {
		enum vsc_life life;
		const char *name;
	} names[] = { { VSC_LIFE_CREATION, "creation" },
		{ VSC_LIFE_INITIALISATION, "initialisation" }, { VSC_LIFE_ACTIVATED, "activated" },
		{ VSC_LIFE_DEACTIVATED, "deactivated" }, { VSC_LIFE_TERMINATED, "terminated" } };

	for (size_t i = 0; i < VSC_COUNT(names); i++)
		if (vsc_life_is(file, names[i].life))
			return names[i].name;
	return "proprietary";
}

/* A DF's name as text if it is some, else in hex. */
static char *
name_text(struct vsc_span name, char *text, size_t cap)
{
	struct vsc_out out = vsc_out_from(text, cap);

	for (size_t i = 0; i < name.len; i++)
		if (isprint(name.ptr[i]) == 0)
			return vsc_hex_text(text, cap, name, '\0');
	vsc_out_put(&out, name);
	vsc_out_u8(&out, '\0');
	return text;
}

/* Where a PIN or key belongs: "card", or the DF's identifier, or its name if it has no other. */
static const char *
place_text(struct vsc_card *card, uint32_t df, char *text, size_t cap)
{
	const struct vsc_file *file = df == 0 ? NULL : vsc_fs_by_id(&card->fs, df);

	if (file == NULL)
		return "card";
	if (file->fid == 0)
		return name_text(vsc_file_name(file), text, cap);
	snprintf(text, cap, "%04X", file->fid);
	return text;
}

static void
usage_text(uint16_t usage, char *text, size_t cap)
{
	static const struct {
		uint16_t use;
		const char *name;
	} names[] = { { VSC_USE_SIGN, "sign" }, { VSC_USE_VERIFY, "verify" },
		{ VSC_USE_DECIPHER, "decipher" }, { VSC_USE_ENCIPHER, "encipher" },
		{ VSC_USE_AGREE, "key agreement" }, { VSC_USE_INTERNAL, "internal authentication" },
		{ VSC_USE_EXTERNAL, "external authentication" }, { VSC_USE_CHECKSUM, "checksum" },
		{ VSC_USE_SM, "secure messaging" }, { VSC_USE_CERTIFICATE, "certificates" },
		{ VSC_USE_GENERATE, "may be generated" }, { VSC_USE_IMPORT, "may be imported" } };
	struct vsc_out out = vsc_out_from(text, cap - 1);

	for (size_t i = 0; i < VSC_COUNT(names); i++) {
		if ((usage & names[i].use) == 0)
			continue;
		vsc_out_str(&out, out.len == 0 ? "" : ", ");
		vsc_out_str(&out, names[i].name);
	}
	text[out.len] = '\0';
}

static const char *
key_text(const struct vsc_slot *slot, char *text, size_t cap)
{
	return slot->key == NULL ? "empty" : vsc_key_text(slot->key, text, cap);
}

static void
pin_state(const struct vsc_pin *pin, char *text, size_t cap)
{
	if (pin->max_tries == 0)
		snprintf(text, cap, "any number of tries");
	else if (pin->tries == 0)
		snprintf(text, cap, "blocked");
	else
		snprintf(text, cap, "%u of %u tries", pin->tries, pin->max_tries);
}

/* What the type has to say; "" if nothing. Free it. */
static char *
type_text(struct vsc_card *card)
{
	char *text = calloc(1, TEXT_MAX);
	struct vsc_out out = vsc_out_from(text, text == NULL ? 0 : TEXT_MAX - 1);

	if (text != NULL && card->ops.show != NULL)
		card->ops.show(card, &out);
	return text;
}

/* The files in the order of the tree; NULL past the last. */
static const struct vsc_file *
next_file(const struct vsc_file *file, unsigned *depth)
{
	if (file->children != NULL) {
		(*depth)++;
		return file->children;
	}
	for (; file != NULL; file = file->parent, (*depth)--)
		if (file->next != NULL)
			return file->next;
	return NULL;
}

/* --- Text --- */

/* The n-th line about rights, as two strings; false past the last. */
static bool
right_nth(const struct vsc_card *card, const struct vsc_file *file, size_t n, struct right *right)
{
	struct vsc_out what = vsc_out_from(right->what, sizeof(right->what) - 1),
		       words = vsc_out_from(right->words, sizeof(right->words) - 1);

	if (!vsc_rule_line_nth(&card->fs, file, n, &what, &words))
		return false;
	right->what[what.len] = '\0';
	right->words[words.len] = '\0';
	return true;
}

static void
show_rights(const struct vsc_card *card, const struct vsc_file *file, unsigned depth, FILE *to)
{
	struct right right;

	if (file->security.len == 0)
		return;
	for (size_t n = 0; right_nth(card, file, n, &right); n++)
		fprintf(to, "%*s%s: %s\n", (int)depth * 2 + 4, "", right.what, right.words);
}

static void
show_file(const struct vsc_card *card, const struct vsc_file *file, unsigned depth, FILE *to)
{
	const char *kind = file->parent == NULL ? "MF" : vsc_file_is_df(file) ? "DF" : "EF";
	const struct vsc_span name = vsc_file_name(file);
	char text[64];

	fprintf(to, "%*s%s", (int)depth * 2, "", kind);
	if (file->fid != 0 || !vsc_file_is_df(file))
		fprintf(to, " %04X", file->fid);
	if (name.len > 0)
		fprintf(to, " \"%s\"", name_text(name, text, sizeof(text)));
	if (!vsc_file_is_df(file))
		fprintf(to, " %s, %zu of %zu bytes", structure_name(file), vsc_record_bytes(file),
		    file->size);
	else if (file->content.len > 0)
		fprintf(to, ", %zu bytes of data objects", file->content.len);
	if (has_records(file))
		fprintf(to, ", %u %s of %u", vsc_record_count(file),
		    vsc_record_count(file) == 1 ? "record" : "records", file->record_size);
	if (file->sfi != 0)
		fprintf(to, ", short id %u", file->sfi);
	fprintf(to, ", %s\n", life_name(file));
	show_rights(card, file, depth, to);
}

static void
show_pins(struct vsc_card *card, FILE *to)
{
	char place[PLACE_MAX], state[32];

	for (struct vsc_pin *pin = vsc_pin_first(card); pin != NULL; pin = vsc_pin_next(pin)) {
		pin_state(pin, state, sizeof(state));
		fprintf(to, "PIN %02X of %s: %s%s%s", pin->ref,
		    place_text(card, pin->df, place, sizeof(place)), state,
		    (pin->flags & VSC_PIN_ENABLED) != 0 ? "" : ", not required",
		    (pin->flags & VSC_PIN_TRANSPORT) != 0 ? ", must be changed first" : "");
		if (pin->unblock.len > 0)
			fprintf(to, ", unblock code %u of %u tries", pin->unblock_tries,
			    pin->unblock_max);
		fputc('\n', to);
	}
}

static void
show_keys(struct vsc_card *card, FILE *to)
{
	char place[PLACE_MAX], text[64], usage[300];

	for (struct vsc_slot *slot = vsc_slot_first(card); slot != NULL;
	     slot = vsc_slot_next(slot)) {
		usage_text(slot->usage, usage, sizeof(usage));
		fprintf(to, "Key %02X of %s: %s%s%s", slot->ref,
		    place_text(card, slot->df, place, sizeof(place)),
		    key_text(slot, text, sizeof(text)),
		    slot->generated ? ", generated on the card" : "",
		    slot->key != NULL && !vsc_key_is_symmetric(slot->key) &&
			    !vsc_key_is_private(slot->key)
			? ", public"
			: "");
		if (slot->policy == VSC_PIN_ONCE)
			fprintf(to, ", PIN %02X once", slot->pin);
		else if (slot->policy == VSC_PIN_ALWAYS)
			fprintf(to, ", PIN %02X before every use", slot->pin);
		fprintf(to, ": %s\n", usage);
	}
}

void
vsc_card_show(struct vsc_card *card, FILE *to)
{
	char *text = type_text(card);
	unsigned depth = 0;

	fprintf(to, "Card of the type %s\n", card->type->name);
	for (const struct vsc_file *file = card->fs.mf; file != NULL;
	     file = next_file(file, &depth))
		show_file(card, file, depth, to);
	show_pins(card, to);
	show_keys(card, to);
	if (text != NULL)
		fputs(text, to);
	free(text);
}

/* --- JSON --- */

static void
member(FILE *to, const char *name, const char *value)
{
	fprintf(to, ", \"%s\": ", name);
	vsc_json_print(to, value);
}

static void
json_rights(const struct vsc_card *card, const struct vsc_file *file, FILE *to)
{
	struct right right;

	fputs(", \"rights\": {", to);
	for (size_t n = 0; right_nth(card, file, n, &right); n++) {
		fputs(n == 0 ? "" : ", ", to);
		vsc_json_print(to, right.what);
		fputs(": ", to);
		vsc_json_print(to, right.words);
	}
	fputc('}', to);
}

/* The path of identifiers from the MF. */
static void
json_path(const struct vsc_file *file, FILE *to)
{
	if (file->parent != NULL)
		json_path(file->parent, to);
	fprintf(to, "%04X", file->fid);
}

/* A type with rules of its own tells of them in its description. */
static void
json_file(const struct vsc_card *card, const struct vsc_file *file, FILE *to)
{
	char name[64];

	fputs("{\"path\": \"", to);
	json_path(file, to);
	fputc('"', to);
	member(to, "structure", structure_name(file));
	member(to, "life", life_name(file));
	fprintf(to, ", \"size\": %zu, \"used\": %zu, \"sfi\": %u, \"record_size\": %u", file->size,
	    vsc_record_bytes(file), file->sfi, file->record_size);
	if (has_records(file))
		fprintf(to, ", \"records\": %u", vsc_record_count(file));
	if (vsc_file_name(file).len > 0)
		member(to, "name", vsc_hex_text(name, sizeof(name), vsc_file_name(file), '\0'));
	if (card->ops.allows == NULL)
		json_rights(card, file, to);
	fputc('}', to);
}

static void
json_pin(struct vsc_card *card, const struct vsc_pin *pin, FILE *to)
{
	char place[PLACE_MAX];

	fprintf(to, "{\"ref\": %u, \"tries\": %u, \"max_tries\": %u, \"enabled\": %s", pin->ref,
	    pin->tries, pin->max_tries, (pin->flags & VSC_PIN_ENABLED) != 0 ? "true" : "false");
	fprintf(to, ", \"unblock_tries\": %u, \"unblock_max\": %u", pin->unblock_tries,
	    pin->unblock_max);
	member(to, "of", place_text(card, pin->df, place, sizeof(place)));
	fputc('}', to);
}

static void
json_key(struct vsc_card *card, const struct vsc_slot *slot, FILE *to)
{
	char place[PLACE_MAX], text[64], usage[300];

	usage_text(slot->usage, usage, sizeof(usage));
	fprintf(to, "{\"ref\": %u, \"pin\": %u, \"policy\": %u, \"generated\": %s, \"uses\": %llu",
	    slot->ref, slot->pin, slot->policy, slot->generated ? "true" : "false",
	    (unsigned long long)slot->counter);
	member(to, "of", place_text(card, slot->df, place, sizeof(place)));
	member(to, "key", key_text(slot, text, sizeof(text)));
	member(to, "usage", usage);
	fputc('}', to);
}

void
vsc_card_show_json(struct vsc_card *card, FILE *to)
{
	char *text = type_text(card);
	unsigned depth = 0;

	fputs("{\"type\": ", to);
	vsc_json_print(to, card->type->name);
	fputs(", \"files\": [", to);
	for (const struct vsc_file *file = card->fs.mf; file != NULL;
	     file = next_file(file, &depth)) {
		fputs(file->parent == NULL ? "" : ",\n ", to);
		json_file(card, file, to);
	}
	fputs("], \"pins\": [", to);
	for (struct vsc_pin *pin = vsc_pin_first(card); pin != NULL; pin = vsc_pin_next(pin)) {
		json_pin(card, pin, to);
		fputs(vsc_pin_next(pin) == NULL ? "" : ",\n ", to);
	}
	fputs("], \"keys\": [", to);
	for (struct vsc_slot *slot = vsc_slot_first(card); slot != NULL;
	     slot = vsc_slot_next(slot)) {
		json_key(card, slot, to);
		fputs(vsc_slot_next(slot) == NULL ? "" : ",\n ", to);
	}
	fputc(']', to);
	member(to, "description", text == NULL ? "" : text);
	fputs("}\n", to);
	free(text);
}
