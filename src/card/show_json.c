/* A card printed for --show --json. Secrets are counted, never shown. */
#include "card/show.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/json.h"
#include "card/auth.h"
#include "card/record.h"
#include "card/show_words.h"

static void
member(FILE *to, const char *name, const char *value)
{
	fprintf(to, ", \"%s\": ", name);
	vsc_json_print(to, value);
}

static void
json_rights(const struct vsc_card *card, const struct vsc_file *file, FILE *to)
{
	struct vsc_show_line right;

	fputs(", \"rights\": {", to);
	for (size_t n = 0; vsc_show_right_nth(card, file, n, &right); n++) {
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

static void
json_records(const struct vsc_file *file, FILE *to)
{
	fprintf(to, ", \"records\": %u, \"deactivated\": [", vsc_record_count(file));
	for (size_t i = 0; i < file->inactive.len; i++)
		fprintf(to, "%s%u", i == 0 ? "" : ", ", file->inactive.ptr[i]);
	fputc(']', to);
}

/* null: nobody counts. */
static void
json_left(uint32_t uses, FILE *to)
{
	if (uses == 0)
		fputs(", \"uses_left\": null", to);
	else
		fprintf(to, ", \"uses_left\": %u", uses == VSC_USED_UP ? 0 : uses);
}

/* A type with rules of its own tells of them in its description. */
static void
json_file(const struct vsc_card *card, const struct vsc_file *file, FILE *to)
{
	char name[64];

	fputs("{\"path\": \"", to);
	json_path(file, to);
	fputc('"', to);
	member(to, "structure", vsc_show_structure_name(file));
	member(to, "life", vsc_show_life_name(file));
	fprintf(to, ", \"size\": %zu, \"used\": %zu, \"sfi\": %u, \"record_size\": %u", file->size,
	    vsc_record_bytes(file), file->sfi, file->record_size);
	if (vsc_show_has_records(file))
		json_records(file, to);
	if (vsc_file_name(file).len > 0)
		member(to, "name", vsc_hex_text(name, sizeof(name), vsc_file_name(file), '\0'));
	if (card->ops.allows == NULL)
		json_rights(card, file, to);
	fputc('}', to);
}

static void
json_pin(struct vsc_card *card, const struct vsc_pin *pin, FILE *to)
{
	char place[VSC_SHOW_PLACE_MAX];

	fprintf(to, "{\"ref\": %u, \"tries\": %u, \"max_tries\": %u, \"enabled\": %s", pin->ref,
	    pin->tries, pin->max_tries, (pin->flags & VSC_PIN_ENABLED) != 0 ? "true" : "false");
	fprintf(to, ", \"unblock_tries\": %u, \"unblock_max\": %u", pin->unblock_tries,
	    pin->unblock_max);
	json_left(pin->uses, to);
	member(to, "of", vsc_show_place_text(card, pin->df, place, sizeof(place)));
	fputc('}', to);
}

static void
json_key(struct vsc_card *card, const struct vsc_slot *slot, FILE *to)
{
	char place[VSC_SHOW_PLACE_MAX], text[64], usage[300];

	vsc_show_usage_text(slot->usage, usage, sizeof(usage));
	fprintf(to, "{\"ref\": %u, \"pin\": %u, \"policy\": %u, \"generated\": %s, \"uses\": %llu",
	    slot->ref, slot->pin, slot->policy, slot->generated ? "true" : "false",
	    (unsigned long long)slot->counter);
	fprintf(to, ", \"tries\": %u, \"max_tries\": %u", slot->tries, slot->max_tries);
	json_left(slot->uses, to);
	member(to, "of", vsc_show_place_text(card, slot->df, place, sizeof(place)));
	member(to, "key", vsc_show_key_text(slot, text, sizeof(text)));
	member(to, "usage", usage);
	fputc('}', to);
}

static void
json_environment(struct vsc_card *card, const struct vsc_saved_se *se, FILE *to)
{
	char place[VSC_SHOW_PLACE_MAX];
	struct vsc_show_line line;

	fprintf(to, "{\"number\": %u", se->number);
	member(to, "of", vsc_show_place_text(card, se->df, place, sizeof(place)));
	fputs(", \"templates\": {", to);
	for (size_t n = 0; vsc_show_template_nth(se, n, &line); n++) {
		fputs(n == 0 ? "" : ", ", to);
		vsc_json_print(to, line.what);
		fputs(": ", to);
		vsc_json_print(to, line.words);
	}
	fputs("}}", to);
}

void
vsc_card_show_json(struct vsc_card *card, FILE *to)
{
	char *text = vsc_show_type_text(card);
	unsigned depth = 0;

	fputs("{\"type\": ", to);
	vsc_json_print(to, card->type->name);
	fputs(", \"files\": [", to);
	for (const struct vsc_file *file = card->fs.mf; file != NULL;
	     file = vsc_show_next_file(file, &depth)) {
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
	fputs("], \"environments\": [", to);
	for (struct vsc_saved_se *se = vsc_saved_se_first(card); se != NULL;
	     se = vsc_saved_se_next(se)) {
		json_environment(card, se, to);
		fputs(vsc_saved_se_next(se) == NULL ? "" : ",\n ", to);
	}
	fputc(']', to);
	member(to, "description", text == NULL ? "" : text);
	fputs("}\n", to);
	free(text);
}
