/* Words for what is on a card, shared by --show as text (show.c) and as JSON (show_json.c). */
#ifndef VSC_CARD_SHOW_WORDS_H
#define VSC_CARD_SHOW_WORDS_H

#include "card/engine.h"
#include "card/keystore.h"
#include "card/se.h"

#define VSC_SHOW_PLACE_MAX 40 /* a DF name of 16 bytes in hex */

/* A rule, or a template of a security environment: what for, and what it says. */
struct vsc_show_line {
	char what[128], words[512];
};

const char *vsc_show_structure_name(const struct vsc_file *file);
bool vsc_show_has_records(const struct vsc_file *file);
const char *vsc_show_life_name(const struct vsc_file *file);

/* Each of these fills text and gives it, or a constant. A DF's name is text if it is some, else
 * hex. */
char *vsc_show_name_text(struct vsc_span name, char *text, size_t cap);
/* Where a PIN or key belongs: "card", or the DF's identifier, or its name if it has no other. */
const char *vsc_show_place_text(struct vsc_card *card, uint32_t df, char *text, size_t cap);
void vsc_show_usage_text(uint16_t usage, char *text, size_t cap);
const char *vsc_show_key_text(const struct vsc_slot *slot, char *text, size_t cap);

/* What the type has to say; "" if nothing, NULL without memory. Free it. */
char *vsc_show_type_text(struct vsc_card *card);

/* The files in the order of the tree; NULL past the last. */
const struct vsc_file *vsc_show_next_file(const struct vsc_file *file, unsigned *depth);

/* The n-th line; false past the last. */
bool vsc_show_right_nth(
    const struct vsc_card *card, const struct vsc_file *file, size_t n, struct vsc_show_line *line);
bool vsc_show_template_nth(const struct vsc_saved_se *saved, size_t n, struct vsc_show_line *line);

#endif
