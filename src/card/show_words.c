/* Words for what is on a card: see show_words.h. */
#include "card/show_words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "card/rule_text.h"
#include "card/show_se.h"

#define TEXT_MAX 65536 /* what a card type says of itself */

const char *
vsc_show_structure_name(const struct vsc_file *file)
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

bool
vsc_show_has_records(const struct vsc_file *file)
{
	const uint8_t structure = vsc_file_structure(file);

	return structure >= VSC_FILE_LINEAR_FIXED && structure <= VSC_FILE_CYCLIC_TLV;
}

const char *
vsc_show_life_name(const struct vsc_file *file)
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
char *
vsc_show_name_text(struct vsc_span name, char *text, size_t cap)
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
const char *
vsc_show_place_text(struct vsc_card *card, uint32_t df, char *text, size_t cap)
{
	const struct vsc_file *file = df == 0 ? NULL : vsc_fs_by_id(&card->fs, df);

	if (file == NULL)
		return "card";
	if (file->fid == 0)
		return vsc_show_name_text(vsc_file_name(file), text, cap);
	snprintf(text, cap, "%04X", file->fid);
	return text;
}

void
vsc_show_usage_text(uint16_t usage, char *text, size_t cap)
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

const char *
vsc_show_key_text(const struct vsc_slot *slot, char *text, size_t cap)
{
	return slot->key == NULL ? "empty" : vsc_key_text(slot->key, text, cap);
}

/* What the type has to say; "" if nothing. Free it. */
char *
vsc_show_type_text(struct vsc_card *card)
{
	char *text = calloc(1, TEXT_MAX);
	struct vsc_out out = vsc_out_from(text, text == NULL ? 0 : TEXT_MAX - 1);

	if (text != NULL && card->ops.show != NULL)
		card->ops.show(card, &out);
	return text;
}

/* The files in the order of the tree; NULL past the last. */
const struct vsc_file *
vsc_show_next_file(const struct vsc_file *file, unsigned *depth)
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

/* The n-th line about rights, as two strings; false past the last. */
bool
vsc_show_right_nth(
    const struct vsc_card *card, const struct vsc_file *file, size_t n, struct vsc_show_line *right)
{
	struct vsc_out what = vsc_out_from(right->what, sizeof(right->what) - 1),
		       words = vsc_out_from(right->words, sizeof(right->words) - 1);

	if (!vsc_rule_line_nth(&card->fs, file, n, &what, &words))
		return false;
	right->what[what.len] = '\0';
	right->words[words.len] = '\0';
	return true;
}

/* The n-th template of an environment, as two strings; false past the last. */
bool
vsc_show_template_nth(const struct vsc_saved_se *saved, size_t n, struct vsc_show_line *line)
{
	struct vsc_out what = vsc_out_from(line->what, sizeof(line->what) - 1),
		       words = vsc_out_from(line->words, sizeof(line->words) - 1);

	if (!vsc_saved_se_line_nth(saved, n, &what, &words))
		return false;
	line->what[what.len] = '\0';
	line->words[words.len] = '\0';
	return true;
}
