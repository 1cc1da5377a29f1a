/* What --show says about a Cryptoflex: its CHVs, AUT keys and RSA keys, which lie in files. */
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

/* The DFs in the order of the tree, without recursion. */
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

void
flex_show(struct vsc_card *card, struct vsc_out *text)
{
	const struct vsc_file *file = vsc_card_fs(card)->mf;

	for (; file != NULL; file = next_file(file))
		if (vsc_file_is_df(file))
			show_df(card, file, text);
}
