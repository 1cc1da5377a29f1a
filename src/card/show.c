/* A card printed for --show, as text; as JSON in show_json.c. Secrets are counted, never shown. */
#include "card/show.h"

#include <stdlib.h>

#include "card/auth.h"
#include "card/record.h"
#include "card/show_words.h"

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

/* How often a PIN can be verified or a key used still; "" if nobody counts. */
static const char *
uses_text(uint32_t uses, const char *what, char *text, size_t cap)
{
	if (uses == 0)
		return "";
	snprintf(text, cap, ", %s left: %u", what, uses == VSC_USED_UP ? 0 : uses);
	return text;
}

static void
show_rights(const struct vsc_card *card, const struct vsc_file *file, unsigned depth, FILE *to)
{
	struct vsc_show_line right;

	if (file->security.len == 0)
		return;
	for (size_t n = 0; vsc_show_right_nth(card, file, n, &right); n++)
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
		fprintf(to, " \"%s\"", vsc_show_name_text(name, text, sizeof(text)));
	if (!vsc_file_is_df(file))
		fprintf(to, " %s, %zu of %zu bytes", vsc_show_structure_name(file),
		    vsc_record_bytes(file), file->size);
	else if (file->content.len > 0)
		fprintf(to, ", %zu bytes of data objects", file->content.len);
	if (vsc_show_has_records(file))
		fprintf(to, ", %u %s of %u", vsc_record_count(file),
		    vsc_record_count(file) == 1 ? "record" : "records", file->record_size);
	if (file->inactive.len > 0)
		fprintf(to, ", %zu deactivated", file->inactive.len);
	if (file->sfi != 0)
		fprintf(to, ", short id %u", file->sfi);
	fprintf(to, ", %s\n", vsc_show_life_name(file));
	show_rights(card, file, depth, to);
}

static void
show_pins(struct vsc_card *card, FILE *to)
{
	char place[VSC_SHOW_PLACE_MAX], state[32], uses[40];

	for (struct vsc_pin *pin = vsc_pin_first(card); pin != NULL; pin = vsc_pin_next(pin)) {
		pin_state(pin, state, sizeof(state));
		fprintf(to, "PIN %02X of %s: %s%s%s", pin->ref,
		    vsc_show_place_text(card, pin->df, place, sizeof(place)), state,
		    (pin->flags & VSC_PIN_ENABLED) != 0 ? "" : ", not required",
		    (pin->flags & VSC_PIN_TRANSPORT) != 0 ? ", must be changed first" : "");
		if (pin->unblock.len > 0)
			fprintf(to, ", unblock code %u of %u tries", pin->unblock_tries,
			    pin->unblock_max);
		fprintf(to, "%s\n", uses_text(pin->uses, "verifications", uses, sizeof(uses)));
	}
}

static void
show_keys(struct vsc_card *card, FILE *to)
{
	char place[VSC_SHOW_PLACE_MAX], text[64], usage[300], uses[40];

	for (struct vsc_slot *slot = vsc_slot_first(card); slot != NULL;
	     slot = vsc_slot_next(slot)) {
		vsc_show_usage_text(slot->usage, usage, sizeof(usage));
		fprintf(to, "Key %02X of %s: %s%s%s", slot->ref,
		    vsc_show_place_text(card, slot->df, place, sizeof(place)),
		    vsc_show_key_text(slot, text, sizeof(text)),
		    slot->generated ? ", generated on the card" : "",
		    slot->key != NULL && !vsc_key_is_symmetric(slot->key) &&
			    !vsc_key_is_private(slot->key)
			? ", public"
			: "");
		if (slot->policy == VSC_PIN_ONCE)
			fprintf(to, ", PIN %02X once", slot->pin);
		else if (slot->policy == VSC_PIN_ALWAYS)
			fprintf(to, ", PIN %02X before every use", slot->pin);
		if (slot->max_tries > 0)
			fprintf(to, ", %u of %u tries", slot->tries, slot->max_tries);
		fputs(uses_text(slot->uses, "uses", uses, sizeof(uses)), to);
		fprintf(to, ": %s\n", usage);
	}
}

static void
show_environments(struct vsc_card *card, FILE *to)
{
	char place[VSC_SHOW_PLACE_MAX];
	struct vsc_show_line line;

	for (struct vsc_saved_se *se = vsc_saved_se_first(card); se != NULL;
	     se = vsc_saved_se_next(se)) {
		fprintf(to, "Security environment %u of %s\n", se->number,
		    vsc_show_place_text(card, se->df, place, sizeof(place)));
		for (size_t n = 0; vsc_show_template_nth(se, n, &line); n++)
			fprintf(to, "  %s: %s\n", line.what, line.words);
	}
}

void
vsc_card_show(struct vsc_card *card, FILE *to)
{
	char *text = vsc_show_type_text(card);
	unsigned depth = 0;

	fprintf(to, "Card of the type %s\n", card->type->name);
	for (const struct vsc_file *file = card->fs.mf; file != NULL;
	     file = vsc_show_next_file(file, &depth))
		show_file(card, file, depth, to);
	show_pins(card, to);
	show_keys(card, to);
	show_environments(card, to);
	if (text != NULL)
		fputs(text, to);
	free(text);
}
