/* A passport for people: --show, and what is printed when one is made. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/hex.h"
#include "cards/epass/epass.h"
#include "cards/epass/lds.h"
#include "crypto/cms.h"
#include "iso/tlv.h"

static void line(struct vsc_out *text, const char *format, ...) VSC_PRINTF(2, 3);

static void
line(struct vsc_out *text, const char *format, ...)
{
	char buf[512];
	va_list args;

	va_start(args, format);
	vsnprintf(buf, sizeof(buf), format, args);
	va_end(args);
	vsc_out_str(text, buf);
	vsc_out_u8(text, '\n');
}

static struct vsc_file *
group_file(struct vsc_card *card, uint16_t fid)
{
	struct vsc_fs *fs = vsc_card_fs(card);
	struct vsc_file *app = vsc_fs_by_name(fs, vsc_epass_aid);

	return app == NULL ? NULL : vsc_fs_by_fid(fs, app, fid);
}

static int
read_mrz(struct vsc_card *card, struct vsc_mrz *mrz)
{
	static const uint32_t path[] = { 0x61, 0x5F1F, 0 };
	const struct vsc_file *file = group_file(card, VSC_EPASS_FID_DG + 1);
	struct vsc_why why;
	struct vsc_span text;

	if (file == NULL || vsc_tlv_find_path(vsc_file_content(file), path, &text) < 0)
		return VSC_E_NOT_FOUND;
	return vsc_mrz_parse(mrz, text, false, &why);
}

/* "3A:7F:...", SHA-256; text has room for it */
#define FINGERPRINT_LEN (32 * 3)

static const char *
fingerprint(struct vsc_span bytes, char text[FINGERPRINT_LEN])
{
	uint8_t buf[32];
	struct vsc_out digest = vsc_out_from(buf, sizeof(buf));

	if (vsc_hash_digest(VSC_HASH_SHA256, bytes, &digest) < 0)
		return "?";
	return vsc_hex_text(text, FINGERPRINT_LEN, vsc_out_span(&digest), ':');
}

/* --- Parts --- */

/* Fillers of a name as blanks. */
static void
show_name(struct vsc_out *text, const struct vsc_mrz *mrz)
{
	char name[2 * VSC_MRZ_FIELD + 4];

	snprintf(name, sizeof(name), "%s%s%s", mrz->surname, mrz->given[0] != '\0' ? ", " : "",
	    mrz->given);
	for (char *c = name; *c != '\0'; c++)
		if (*c == '<')
			*c = ' ';
	line(text, "Name:            %s", name);
}

#define DAY_LEN 24

/* Of YYMMDD; the century is not known. */
static const char *
date(const char *digits, char day[DAY_LEN])
{
	snprintf(day, DAY_LEN, "%.2s-%.2s-%.2s (YY-MM-DD)", digits, digits + 2, digits + 4);
	return day;
}

static void
show_person(struct vsc_out *text, const struct vsc_mrz *mrz)
{
	size_t length = vsc_mrz_line_length(mrz->format);
	char day[DAY_LEN];

	line(text, "Document:        %s %s, issued by %s", mrz->doc_type, mrz->number, mrz->issuer);
	show_name(text, mrz);
	line(text, "Nationality:     %s", mrz->nationality);
	line(text, "Born:            %s, sex %c", date(mrz->birth, day),
	    mrz->sex == '<' ? 'X' : mrz->sex);
	line(text, "Expires:         %s", date(mrz->expiry, day));
	for (size_t at = 0; at < strlen(mrz->text); at += length)
		line(text, "%s %.*s", at == 0 ? "MRZ:            " : "                ",
		    (int)length, mrz->text + at);
}

/* A field as a line "Place of birth:  ULM"; of a picture, how large it is. */
static void
show_field(struct vsc_out *text, unsigned dg, const char *name, struct vsc_span value)
{
	char label[32], shown[200];
	size_t n = 0;

	for (; name[n] != '\0' && n + 2 < sizeof(label); n++)
		label[n] = name[n] == '-' ? ' ' : name[n];
	label[n] = ':';
	label[n + 1] = '\0';
	label[0] = (char)(label[0] - 'a' + 'A');
	if (vsc_lds_field_kind(dg, name) == VSC_LDS_PICTURE)
		snprintf(shown, sizeof(shown), "%zu bytes", value.len);
	else
		snprintf(shown, sizeof(shown), "%.*s",
		    (int)(value.len < sizeof(shown) ? value.len : sizeof(shown) - 1),
		    (const char *)value.ptr);
	/* what a terminal would take for a command, and the fillers between parts */
	for (char *c = shown; *c != '\0'; c++)
		if (*c == '<' || (unsigned char)*c < 0x20 || *c == 0x7F)
			*c = ' ';
	line(text, "%-16s %s", label, shown);
}

/* DG11 and DG12 */
static void
show_details(struct vsc_card *card, struct vsc_out *text, unsigned dg)
{
	const struct vsc_file *file = group_file(card, (uint16_t)(VSC_EPASS_FID_DG + dg));
	struct vsc_span fields, value;
	const char *name;

	if (file == NULL || vsc_tlv_find(vsc_file_content(file), vsc_lds_tag(dg), &fields) < 0)
		return;
	for (size_t i = 0; (name = vsc_lds_field_name(dg, i)) != NULL; i++)
		if (vsc_tlv_find(fields, vsc_lds_field_tag(dg, i), &value) == 0)
			show_field(text, dg, name, value);
}

static void
show_access(struct vsc_out *text, const struct vsc_epass_chip *chip)
{
	if (chip->can[0] != '\0')
		line(text, "CAN:             %s", chip->can);
	line(text, "Access control:  %s%s%s", (chip->access & VSC_EPASS_BAC) != 0 ? "BAC " : "",
	    (chip->access & VSC_EPASS_PACE) != 0 ? "PACE" : "", chip->access == 0 ? "none" : "");
	for (size_t i = 0; i < chip->npace; i++)
		line(text, "PACE:            %s, parameters %u", chip->pace[i].alg->name,
		    chip->pace[i].group);
}

static void
show_groups(struct vsc_card *card, struct vsc_out *text)
{
	char list[256];
	size_t len = 0;

	for (unsigned dg = 1; dg <= VSC_LDS_GROUPS; dg++) {
		const struct vsc_file *file = group_file(card, (uint16_t)(VSC_EPASS_FID_DG + dg));

		if (file != NULL && len < sizeof(list))
			len += (size_t)snprintf(list + len, sizeof(list) - len, "%sDG%u (%zu)",
			    len == 0 ? "" : ", ", dg, file->content.len);
	}
	line(text, "Data groups:     %s bytes", len == 0 ? "0" : list);
	line(text, "SOD:             %s",
	    group_file(card, VSC_EPASS_FID_SOD) == NULL ? "none" : "there");
}

/* Keys by the SHA-256 of their public halves. */
static void
show_keys(struct vsc_out *text, const struct vsc_epass_chip *chip)
{
	VSC_AUTO_BLOB spki = { NULL, 0 };
	char name[64], print[FINGERPRINT_LEN];

	if (chip->aa != NULL && vsc_key_save_public(chip->aa, &spki) == 0)
		line(text, "AA key:          %s, %s, SHA-256 %s",
		    vsc_key_text(chip->aa, name, sizeof(name)), vsc_hash_info(chip->aa_hash)->name,
		    fingerprint(vsc_blob_span(&spki), print));
	for (size_t i = 0; i < chip->nkeys; i++) {
		const struct vsc_epass_key *k = &chip->keys[i];

		line(text, "%s %s, parameters %u, SHA-256 %s",
		    k->alg == NULL ? "CAM key:        " : "CA key:         ",
		    k->alg == NULL ? "PACE" : k->alg->name, k->group_id,
		    fingerprint(vsc_blob_span(&k->key.public), print));
	}
	if (chip->ds.len > 0)
		line(text, "Document signer: SHA-256 %s",
		    fingerprint(vsc_blob_span(&chip->ds), print));
	if (chip->csca.len > 0)
		line(text, "CSCA:            SHA-256 %s",
		    fingerprint(vsc_blob_span(&chip->csca), print));
}

static void
show_trust(struct vsc_out *text, const struct vsc_trust *trust)
{
	for (unsigned which = 0; which < 2; which++) {
		struct vsc_span car = vsc_trust_car(trust, VSC_CVC_IS, which);

		if (car.len > 0)
			line(text, "Trust point:     %.*s%s", (int)car.len, (const char *)car.ptr,
			    which == 0 ? "" : " (previous)");
	}
}

void
vsc_epass_show(struct vsc_card *card, struct vsc_out *text)
{
	const struct vsc_epass *epass = vsc_epass_of(card);
	struct vsc_mrz mrz;

	if (read_mrz(card, &mrz) == 0)
		show_person(text, &mrz);
	show_details(card, text, 11);
	show_details(card, text, 12);
	show_access(text, &epass->chip);
	show_groups(card, text);
	show_keys(text, &epass->chip);
	show_trust(text, &epass->trust);
}

void
vsc_epass_announce(struct vsc_card *card)
{
	const struct vsc_epass_chip *chip = &vsc_epass_of(card)->chip;
	const struct vsc_env *env = vsc_card_env(card);
	char print[FINGERPRINT_LEN];
	struct vsc_mrz mrz;

	if (read_mrz(card, &mrz) == 0) {
		size_t length = vsc_mrz_line_length(mrz.format);

		for (size_t at = 0; at < strlen(mrz.text); at += length)
			vsc_env_print(env, "MRZ: %.*s", (int)length, mrz.text + at);
	}
	if (chip->can[0] != '\0')
		vsc_env_print(env, "CAN: %s", chip->can);
	if (chip->csca.len > 0)
		vsc_env_print(
		    env, "CSCA SHA-256: %s", fingerprint(vsc_blob_span(&chip->csca), print));
}
