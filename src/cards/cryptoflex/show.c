/* What --show says about a Cryptoflex: its CHVs and keys, which lie in files, and what each file
 * asks for. */
#include <stdarg.h>
#include <stdio.h>

#include "cards/cryptoflex/flex.h"

static void VSC_PRINTF(2, 3) line(struct vsc_out *text, const char *format, ...)
{
	char buf[120];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(buf, sizeof(buf), format, args);
	va_end(args);
	vsc_out_str(text, buf);
}

static void
show_keys(struct vsc_card *card, const struct vsc_file *df, uint16_t fid, const char *what,
    struct vsc_out *text)
{
	for (uint8_t n = 0; n <= 0x0F; n++) {
		struct flex_secret key = flex_des_key(card, df, fid, n);

		if (key.file != NULL && key.file->parent == df)
			line(text, "%s%u of %04X: %u of %u tries\n", what, n, df->fid,
			    flex_secret_left(&key), flex_secret_max(&key));
	}
}

static void
show_df(struct vsc_card *card, const struct vsc_file *df, struct vsc_out *text)
{
	for (uint8_t n = 1; n <= 2; n++) {
		struct flex_secret pin = flex_chv_pin(card, df, n), puk = flex_chv_puk(card, df, n);

		if (pin.file != NULL && pin.file->parent == df)
			line(text, "CHV%u of %04X: %u of %u tries, unblock code %u of %u\n", n,
			    df->fid, flex_secret_left(&pin), flex_secret_max(&pin),
			    flex_secret_left(&puk), flex_secret_max(&puk));
	}
	show_keys(card, df, FLEX_FID_AUT_KEYS, "AUT", text);
	show_keys(card, df, FLEX_FID_DES_KEYS, "DES key ", text);
	for (uint8_t n = 0; n <= 0x0F; n++) {
		size_t bits = flex_key_bits(card, df, n);

		if (bits != 0)
			line(text, "key %u of %04X: RSA %zu\n", n, df->fid, bits);
	}
	line(text, "%04X: %zu of %zu bytes are free\n", df->fid, flex_free_bytes(df), df->size);
}

/* The files in the order of the tree, without recursion. */
static const struct vsc_file *
next_file(const struct vsc_file *file)
{
	if (file->children != NULL)
		return file->children;
	for (; file != NULL; file = file->parent)
		if (file->next != NULL)
			return file->next;
	return NULL;
}

#define OF_DF     1u /* kinds of files that have a right */
#define OF_EF     2u
#define OF_CYCLIC 4u

static const struct {
	enum flex_right right;
	unsigned of;
	const char *name;
} rights[] = {
	{ FLEX_LIST, OF_DF, "list" },
	{ FLEX_CREATE, OF_DF, "create" },
	{ FLEX_DELETE, OF_DF, "delete" },
	{ FLEX_READ, OF_EF | OF_CYCLIC, "read" },
	{ FLEX_UPDATE, OF_EF | OF_CYCLIC, "update" },
	{ FLEX_INCREASE, OF_CYCLIC, "increase" },
	{ FLEX_DECREASE, OF_CYCLIC, "decrease" },
	{ FLEX_INVALIDATE, OF_DF | OF_EF | OF_CYCLIC, "invalidate" },
	{ FLEX_REHABILITATE, OF_DF | OF_EF | OF_CYCLIC, "rehabilitate" },
};

static unsigned
kind_of(const struct vsc_file *file)
{
	if (vsc_file_is_df(file))
		return OF_DF;
	return vsc_file_structure(file) == VSC_FILE_CYCLIC ? OF_CYCLIC : OF_EF;
}

static void
show_rights(const struct vsc_file *file, struct vsc_out *text)
{
	const char *separator = ":";

	line(text, "%04X", file->fid);
	if (file->parent != NULL)
		line(text, " of %04X", file->parent->fid);
	for (size_t i = 0; i < VSC_COUNT(rights); i++) {
		if ((rights[i].of & kind_of(file)) == 0)
			continue;
		line(text, "%s %s ", separator, rights[i].name);
		flex_condition_put(text, file, rights[i].right);
		separator = ",";
	}
	vsc_out_u8(text, '\n');
}

void
flex_show(struct vsc_card *card, struct vsc_out *text)
{
	const struct vsc_file *mf = vsc_card_fs(card)->mf;

	for (const struct vsc_file *file = mf; file != NULL; file = next_file(file))
		show_rights(file, text);
	for (const struct vsc_file *file = mf; file != NULL; file = next_file(file))
		if (vsc_file_is_df(file))
			show_df(card, file, text);
}
