/*
 * The data groups of an ePass from options: as they are (--dg), from a dumped passport (--lds), or
 * made from MRZ, pictures and details. What is given wins over what is made.
 */
#include "cards/epass/person.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/date.h"
#include "base/disk.h"
#include "cards/epass/biometric.h"
#include "iso/tlv.h"

/* Heads and lengths around what a data group holds. */
#define ROOM 256u

struct reading {
	struct vsc_epass_person *person;
	const struct vsc_params *params;
	const struct vsc_env *env;
	struct vsc_why *why;
};

int
vsc_epass_person_set(struct vsc_epass_person *person, unsigned dg, struct vsc_span content)
{
	vsc_blob_free(&person->sod);
	return vsc_blob_set(&person->dg[dg], content);
}

/* The file that an option names. */
static int
read_file(struct vsc_blob *file, const char *option, const char *path, const struct reading *r)
{
	struct vsc_why why = { "" };
	int rc;

	if (path[0] == '\0')
		return vsc_why_set(
		    r->why, VSC_E_PARAM, "--%s: the name of the file is empty", option);
	rc = vsc_disk_read(file, path, &why);
	return rc == 0 ? 0 : vsc_why_set(r->why, rc, "--%s %s", option, why.text);
}

/* --- A data group as it is --- */

/* One object of this tag; what a dumper read after its end is cut off. */
static int
take_object(const char *path, uint32_t tag, struct vsc_blob *content, struct vsc_why *why)
{
	VSC_AUTO_BLOB file = { NULL, 0 };
	struct vsc_tlv tlv;
	struct vsc_in in;
	int rc;

	if ((rc = vsc_disk_read(&file, path, why)) < 0)
		return rc;
	in = vsc_in_from(vsc_blob_span(&file));
	if (vsc_tlv_next(&in, &tlv) != 1 || tlv.tag != tag)
		return vsc_why_set(
		    why, VSC_E_FORMAT, "%s: not one data object of tag %02X", path, tag);
	return vsc_blob_set(content, tlv.whole);
}

/* --dg N=FILE */
static int
take_raw(struct reading *r, const char *value)
{
	VSC_AUTO_BLOB content = { NULL, 0 };
	const char *path = strchr(value, '=');
	struct vsc_why why = { "" };
	char *end;
	unsigned long dg = strtoul(value, &end, 10);
	int rc;

	if (path == NULL || path[1] == '\0' || end != path || dg < 1 || dg > VSC_LDS_GROUPS)
		return vsc_why_set(
		    r->why, VSC_E_PARAM, "--dg %.80s: the form is N=FILE, N from 1 to 16", value);
	if ((rc = take_object(path + 1, vsc_lds_tag((unsigned)dg), &content, &why)) < 0)
		return vsc_why_set(r->why, rc, "--dg %lu: %.200s", dg, why.text);
	return vsc_epass_person_set(r->person, (unsigned)dg, vsc_blob_span(&content));
}

static int
take_raws(struct reading *r)
{
	const char *value;
	int rc = 0;

	for (size_t i = 0; rc == 0 && (value = vsc_params_nth(r->params, "dg", i)) != NULL; i++)
		rc = take_raw(r, value);
	return rc;
}

/* --- --lds DIR --- */

/* "EF.DG1", "EF_DG1.BIN", "DG01.bin", "dg1", "0101.bin", "Datagroup1.dat" -> 1; 17 COM, 18 SOD; 0:
 * another file. */
enum { NAME_COM = VSC_LDS_GROUPS + 1, NAME_SOD };

static unsigned
group_by_fid(unsigned long fid)
{
	if (fid > 0x0100 && fid <= 0x0100 + VSC_LDS_GROUPS)
		return (unsigned)(fid - 0x0100);
	return fid == 0x011D ? NAME_SOD : fid == 0x011E ? NAME_COM : 0;
}

static unsigned
group_by_name(const char *name)
{
	static const struct {
		const char *prefix;
		unsigned number; /* 0: digits follow */
	} forms[] = { { "COM", NAME_COM }, { "SOD", NAME_SOD }, { "DATAGROUP", 0 }, { "DG", 0 } };
	char *end;
	unsigned long n;

	if (strlen(name) == 4 && (n = strtoul(name, &end, 16)) != 0 && *end == '\0')
		return group_by_fid(n);
	for (size_t i = 0; i < VSC_COUNT(forms); i++) {
		size_t len = strlen(forms[i].prefix);

		if (strncmp(name, forms[i].prefix, len) != 0)
			continue;
		/* NOLINTBEGIN(clang-analyzer-core.UndefinedBinaryOperatorResult): len bytes were
		 * equal */
		if (forms[i].number != 0)
			return name[len] == '\0' ? forms[i].number : 0;
		n = strtoul(name + len, &end, 10);
		return end != name + len && *end == '\0' && n <= VSC_LDS_GROUPS ? (unsigned)n : 0;
		/* NOLINTEND(clang-analyzer-core.UndefinedBinaryOperatorResult) */
	}
	return 0;
}

static unsigned
group_by_file(const char *file)
{
	char name[32];
	size_t len = 0;
	const char *dot = strrchr(file, '.');

	/* an ending of a dumper; that of EF.DG1 is its name */
	if (dot != NULL && strcasecmp(dot, ".bin") != 0 && strcasecmp(dot, ".dat") != 0 &&
	    strcasecmp(dot, ".der") != 0)
		dot = NULL;
	if (strncasecmp(file, "EF", 2) == 0 && strchr("._-", file[2]) != NULL)
		file += 3;
	for (; *file != '\0' && file != dot && len + 1 < sizeof(name); file++)
		name[len++] = (char)toupper((unsigned char)*file);
	name[len] = '\0';
	return group_by_name(name);
}

static int
take_dumped(struct reading *r, const char *folder, const char *file)
{
	struct vsc_epass_person *person = r->person;
	unsigned n = group_by_file(file);
	struct vsc_blob *content = n == NAME_COM   ? &person->com
				   : n == NAME_SOD ? &person->sod
						   : &person->dg[n];
	uint32_t tag = n == NAME_COM ? 0x60 : n == NAME_SOD ? 0x77 : vsc_lds_tag(n);
	char path[VSC_DISK_PATH];
	struct vsc_why why;
	int rc;

	if (n == 0)
		return 0;
	if (content->len > 0)
		return vsc_why_set(
		    r->why, VSC_E_FORMAT, "--lds %.80s: %.40s is there twice", folder, file);
	if ((rc = vsc_disk_path(path, folder, file, &why)) < 0)
		return vsc_why_set(r->why, rc, "--lds %s", why.text);
	return take_object(path, tag, content, r->why);
}

static int
take_dump(struct reading *r)
{
	const char *folder = vsc_params_get(r->params, "lds");
	const struct dirent *entry;
	int rc = 0;
	DIR *dir;

	if (folder == NULL)
		return 0;
	r->person->dumped = true;
	if ((dir = opendir(folder)) == NULL)
		return vsc_why_set(r->why, VSC_E_IO, "--lds %.120s: %s", folder, strerror(errno));
	while (rc == 0 && (entry = readdir(dir)) != NULL)
		rc = take_dumped(r, folder, entry->d_name);
	closedir(dir);
	if (rc == 0 && r->person->dg[1].len == 0 && r->person->com.len == 0 &&
	    r->person->sod.len == 0)
		rc = vsc_why_set(r->why, VSC_E_NOT_FOUND,
		    "--lds %.120s: no file of a passport in it (EF.DG1, DG1.bin, 0101.bin ...)",
		    folder);
	return rc;
}

/* --- DG1 --- */

/* What is malformed stands on the command line, not in a file. */
static int
option_result(int rc)
{
	return rc == VSC_E_FORMAT ? VSC_E_PARAM : rc;
}

/* A field of the zone, and where its value comes from. */
struct mrz_row {
	const char *option, *called; /* by messages about the zone */
	const char **field;
};

/* What is wrong with a field is said of its option. */
static int
explain_mrz(const struct reading *r, const struct mrz_row *rows, size_t count, int rc,
    const struct vsc_why *why)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(rows[i].called);

		if (strncmp(why->text, rows[i].called, len) == 0 && why->text[len] == ':')
			return vsc_why_set(
			    r->why, option_result(rc), "--%s%s", rows[i].option, why->text + len);
	}
	return vsc_why_set(r->why, option_result(rc), "%s", why->text);
}

/* --mrz-format, and the document type that goes with it. */
static int
choose_format(const struct reading *r, struct vsc_mrz_fields *fields)
{
	static const struct {
		const char *name;
		enum vsc_mrz_format format;
		const char *doc_type;
	} formats[] = { { "td3", VSC_MRZ_TD3, "P" }, { "td1", VSC_MRZ_TD1, "I" },
		{ "td2", VSC_MRZ_TD2, "I" } };
	const char *format = vsc_params_get(r->params, "mrz-format");
	size_t i = 0;

	while (format != NULL && i < VSC_COUNT(formats) && strcasecmp(formats[i].name, format) != 0)
		i++;
	if (i == VSC_COUNT(formats))
		return vsc_why_set(
		    r->why, VSC_E_PARAM, "--mrz-format %.20s: td1, td2 or td3", format);
	fields->format = formats[i].format;
	fields->doc_type = formats[i].doc_type;
	return 0;
}

/* What a passport is when nothing is said: the specimen of Doc 9303-4, valid for nine more years.
 */
static int
build_mrz(struct reading *r)
{
	const struct vsc_params *params = r->params;
	char expiry[12];
	unsigned year = (unsigned)vsc_date_of(vsc_env_now(r->env)).year + 9;
	struct vsc_mrz_fields fields = {
		.issuer = "UTO",
		.number = "L898902C3",
		.birth = "740812",
		.sex = "F",
		.expiry = expiry,
		.name = "Eriksson, Anna Maria",
		.optional = "",
		.optional2 = "",
	};
	const struct mrz_row rows[] = {
		{ "doc-type", "document type", &fields.doc_type },
		{ "issuer", "issuer", &fields.issuer },
		{ "nationality", "nationality", &fields.nationality },
		{ "name", "name", &fields.name },
		{ "doc-number", "document number", &fields.number },
		{ "birth", "birth", &fields.birth },
		{ "sex", "sex", &fields.sex },
		{ "expiry", "expiry", &fields.expiry },
		{ "optional-data", "optional data", &fields.optional },
	};
	struct vsc_why why = { "" };
	int rc = choose_format(r, &fields);

	if (rc < 0)
		return rc;
	snprintf(expiry, sizeof(expiry), "%02u0415", year % 100);
	for (size_t i = 0; i < VSC_COUNT(rows); i++)
		if (vsc_params_has(params, rows[i].option))
			*rows[i].field = vsc_params_get(params, rows[i].option);
	if (fields.nationality == NULL)
		fields.nationality = fields.issuer;
	rc = vsc_mrz_build(&r->person->mrz, &fields, &why);
	return rc == 0 ? 0 : explain_mrz(r, rows, VSC_COUNT(rows), rc, &why);
}

/* TEXT, or @FILE */
static int
read_mrz(struct reading *r, const char *value)
{
	VSC_AUTO_BLOB file = { NULL, 0 };
	struct vsc_span text = vsc_span_str(value);
	struct vsc_why why = { "" };
	int rc;

	if (value[0] == '@') {
		if ((rc = read_file(&file, "mrz", value + 1, r)) < 0)
			return rc;
		text = vsc_blob_span(&file);
	}
	rc = vsc_mrz_parse(&r->person->mrz, text, vsc_params_has(r->params, "fix-mrz"), &why);
	if (rc == 0)
		return 0;
	return vsc_why_set(r->why, value[0] == '@' ? rc : option_result(rc), "--mrz: %s", why.text);
}

static const char *const mrz_options[] = { "mrz-format", "doc-type", "issuer", "nationality",
	"name", "doc-number", "birth", "sex", "expiry", "optional-data" };

static const char *
mrz_option_given(const struct vsc_params *params)
{
	for (size_t i = 0; i < VSC_COUNT(mrz_options); i++)
		if (vsc_params_has(params, mrz_options[i]))
			return mrz_options[i];
	return NULL;
}

/* The MRZ that a DG1 as it is holds: the card's keys come from it. */
static int
mrz_of_group(struct reading *r)
{
	static const uint32_t path[] = { 0x61, 0x5F1F, 0 };
	struct vsc_why why = { "" };
	struct vsc_span text;
	int rc;

	if (vsc_tlv_find_path(vsc_blob_span(&r->person->dg[1]), path, &text) < 0)
		return vsc_why_set(r->why, VSC_E_FORMAT, "DG1: there is no MRZ (5F1F) in it");
	rc = vsc_mrz_parse(&r->person->mrz, text, false, &why);
	return rc == 0 ? 0 : vsc_why_set(r->why, rc, "DG1: %s", why.text);
}

static int
make_dg1(struct reading *r)
{
	const char *mrz = vsc_params_get(r->params, "mrz");
	const char *field = mrz_option_given(r->params);
	uint8_t buf[VSC_MRZ_MAX + 8];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	int rc;

	if (mrz != NULL && field != NULL)
		return vsc_why_set(r->why, VSC_E_PARAM,
		    "--%s: --mrz has it already; give one or the other", field);
	if (mrz == NULL && field == NULL && r->person->dg[1].len > 0)
		return mrz_of_group(r);
	if ((rc = mrz != NULL ? read_mrz(r, mrz) : build_mrz(r)) < 0)
		return rc;
	vsc_lds_put_dg1(&out, &r->person->mrz);
	return vsc_epass_person_set(r->person, 1, vsc_out_span(&out));
}

/* --- Pictures --- */

static int
portrait_error(struct reading *r, const char *path, int rc)
{
	return vsc_why_set(r->why, rc, "--portrait %.120s: %s", path,
	    rc == VSC_E_UNSUPPORTED ? "neither JPEG nor JPEG 2000" : "the picture is broken");
}

static int
make_dg2(struct reading *r)
{
	const char *path = vsc_params_get(r->params, "portrait");
	VSC_AUTO_BLOB file = { NULL, 0 }, group = { NULL, 0 };
	struct vsc_span bytes = vsc_portrait_specimen();
	struct vsc_picture picture;
	struct vsc_out out;
	int rc;

	if (path == NULL && (r->person->dumped || r->person->dg[2].len > 0))
		return 0;
	if (path != NULL && (rc = read_file(&file, "portrait", path, r)) < 0)
		return rc;
	if (path != NULL)
		bytes = vsc_blob_span(&file);
	if ((rc = vsc_picture_parse(&picture, bytes)) < 0)
		return portrait_error(r, path, rc);
	if ((rc = vsc_blob_alloc(&group, bytes.len + ROOM)) < 0)
		return rc;
	out = vsc_out_from(group.ptr, group.len);
	vsc_lds_put_dg2(&out, &picture, r->person->mrz.sex);
	return vsc_epass_person_set(r->person, 2, vsc_out_span(&out));
}

static int
make_biometric(struct reading *r, const char *option, unsigned dg)
{
	const char *path = vsc_params_get(r->params, option);
	VSC_AUTO_BLOB file = { NULL, 0 }, group = { NULL, 0 };
	int rc;

	if (path == NULL)
		return 0;
	if ((rc = read_file(&file, option, path, r)) < 0)
		return rc;
	rc = vsc_biometric_group(&group, dg, vsc_blob_span(&file));
	if (rc < 0)
		return vsc_why_set(r->why, rc, "--%s %.120s: %s", option, path,
		    rc == VSC_E_UNSUPPORTED
			? "neither a picture of a kind that fits nor a data group"
			: "the picture is broken");
	return vsc_epass_person_set(r->person, dg, vsc_blob_span(&group));
}

int
vsc_epass_person_read(struct vsc_epass_person *person, const struct vsc_params *params,
    const struct vsc_env *env, struct vsc_why *why)
{
	struct reading r = { person, params, env, why };
	int rc;

	if ((rc = take_dump(&r)) < 0 || (rc = take_raws(&r)) < 0 || (rc = make_dg1(&r)) < 0 ||
	    (rc = make_dg2(&r)) < 0 || (rc = make_biometric(&r, "fingerprint", 3)) < 0 ||
	    (rc = make_biometric(&r, "iris", 4)) < 0 ||
	    (rc = vsc_epass_details_make(person, params, 11, why)) < 0)
		return rc;
	return vsc_epass_details_make(person, params, 12, why);
}

void
vsc_epass_person_free(struct vsc_epass_person *person)
{
	for (size_t i = 0; i < VSC_COUNT(person->dg); i++)
		vsc_blob_free(&person->dg[i]);
	vsc_blob_free(&person->com);
	vsc_blob_free(&person->sod);
	vsc_wipe(person, sizeof(*person));
}
