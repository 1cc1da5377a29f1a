/* DG11 and DG12 from --dg11 and --dg12: FIELD=VALUE, each of its kind. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/date.h"
#include "base/disk.h"
#include "cards/epass/person.h"
#include "iso/tlv.h"

#define FIELDS_MAX 24
#define NAME_MAX   32
/* Heads and lengths around the fields. */
#define ROOM 256u

struct details {
	unsigned dg;
	struct vsc_why *why;
	struct vsc_lds_field fields[FIELDS_MAX];
	char names[FIELDS_MAX][NAME_MAX];
	struct vsc_blob values[FIELDS_MAX]; /* what fields borrows */
	size_t count;
	int64_t issued;
};

static int
unknown_field(struct details *d, const char *value)
{
	char known[256] = "";
	const char *name;
	size_t len = 0;

	for (size_t i = 0; (name = vsc_lds_field_name(d->dg, i)) != NULL && len < sizeof(known);
	     i++)
		len += (size_t)snprintf(
		    known + len, sizeof(known) - len, "%s%s", i == 0 ? "" : " ", name);
	return vsc_why_set(d->why, VSC_E_PARAM,
	    "--dg%u %.30s: the form is FIELD=TEXT, a FIELD of %s", d->dg, value, known);
}

static int
wrong_value(struct details *d, const char *name, const char *text, const char *reason)
{
	return vsc_why_set(
	    d->why, VSC_E_PARAM, "--dg%u %s: '%.60s': %s", d->dg, name, text, reason);
}

/* --- Values of each kind --- */

static int
take_text(struct details *d, const char *name, const char *text, struct vsc_blob *value)
{
	(void)d;
	(void)name;
	return vsc_blob_set(value, vsc_span_str(text));
}

/* The digits of text, which may have '-', 'T', ' ' and ':' between them. */
static size_t
take_digits(char *digits, size_t room, const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (n > 0 && strchr("-T :", *text) != NULL)
			continue;
		if (!isdigit((unsigned char)*text) || n + 1 >= room)
			return 0;
		digits[n++] = *text;
	}
	digits[n] = '\0';
	return n;
}

static unsigned
number(const char *digits, size_t start, size_t len)
{
	unsigned value = 0;

	for (size_t i = start; i < start + len; i++)
		value = value * 10 + (unsigned)(digits[i] - '0');
	return value;
}

static struct vsc_date
date_of(const char *digits)
{
	return (struct vsc_date){ (int)number(digits, 0, 4), (int)number(digits, 4, 2),
		(int)number(digits, 6, 2) };
}

static int
take_date(struct details *d, const char *name, const char *text, struct vsc_blob *value)
{
	char digits[9];
	struct vsc_date date;

	if (take_digits(digits, sizeof(digits), text) != 8)
		return wrong_value(d, name, text, "a date is YYYY-MM-DD or YYYYMMDD");
	date = date_of(digits);
	if (!vsc_date_exists(date.year, date.month, date.day))
		return wrong_value(d, name, text, "no such date");
	if (strcmp(name, "issue-date") == 0)
		d->issued = vsc_date_seconds(date);
	return vsc_blob_set(value, vsc_span_str(digits));
}

static int
take_time(struct details *d, const char *name, const char *text, struct vsc_blob *value)
{
	char digits[15];
	struct vsc_date date;

	if (take_digits(digits, sizeof(digits), text) != 14)
		return wrong_value(d, name, text, "a time is YYYYMMDDhhmmss");
	date = date_of(digits);
	if (!vsc_date_exists(date.year, date.month, date.day) || number(digits, 8, 2) > 23 ||
	    number(digits, 10, 2) > 59 || number(digits, 12, 2) > 59)
		return wrong_value(d, name, text, "no such time");
	return vsc_blob_set(value, vsc_span_str(digits));
}

static int
take_picture(struct details *d, const char *name, const char *path, struct vsc_blob *value)
{
	struct vsc_why why = { "" };
	struct vsc_picture picture;
	int rc = vsc_disk_read(value, path, &why);

	if (rc < 0)
		return vsc_why_set(d->why, rc, "--dg%u %s: %s", d->dg, name, why.text);
	rc = vsc_picture_parse(&picture, vsc_blob_span(value));
	if (rc < 0)
		return wrong_value(d, name, path,
		    rc == VSC_E_UNSUPPORTED ? "neither JPEG nor JPEG 2000"
					    : "the picture is broken");
	return 0;
}

static int
take_field(struct details *d, const char *given)
{
	static int (*const takes[])(
	    struct details *, const char *, const char *, struct vsc_blob *) = {
		[VSC_LDS_TEXT] = take_text,
		[VSC_LDS_DATE] = take_date,
		[VSC_LDS_TIME] = take_time,
		[VSC_LDS_PICTURE] = take_picture,
	};
	const char *text = strchr(given, '=');
	char *name;
	int rc;

	if (text == NULL || d->count == FIELDS_MAX || text - given >= NAME_MAX)
		return unknown_field(d, given);
	name = d->names[d->count];
	snprintf(name, NAME_MAX, "%.*s", (int)(text - given), given);
	for (size_t i = 0; i < d->count; i++)
		if (strcmp(d->names[i], name) == 0)
			return wrong_value(d, name, text + 1, "the field was given before");
	rc = takes[vsc_lds_field_kind(d->dg, name)](d, name, text + 1, &d->values[d->count]);
	if (rc < 0)
		return rc;
	d->fields[d->count] = (struct vsc_lds_field){ name, vsc_blob_span(&d->values[d->count]) };
	d->count++;
	return 0;
}

/* --- All --- */

static int
put_group(struct details *d, struct vsc_epass_person *person)
{
	VSC_AUTO_BLOB group = { NULL, 0 };
	const char *unknown;
	size_t size = ROOM;
	struct vsc_out out;
	int rc;

	for (size_t i = 0; i < d->count; i++)
		size += d->fields[i].value.len + 8;
	if ((rc = vsc_blob_alloc(&group, size)) < 0)
		return rc;
	out = vsc_out_from(group.ptr, group.len);
	if (vsc_lds_put_details(&out, d->dg, d->fields, d->count, &unknown) < 0)
		return unknown_field(d, unknown);
	return vsc_epass_person_set(person, d->dg, vsc_out_span(&out));
}

int
vsc_epass_details_make(struct vsc_epass_person *person, const struct vsc_params *params,
    unsigned dg, struct vsc_why *why)
{
	const char *option = dg == 11 ? "dg11" : "dg12";
	struct details d = { .dg = dg, .why = why };
	const char *value;
	int rc = 0;

	for (size_t i = 0; rc == 0 && (value = vsc_params_nth(params, option, i)) != NULL; i++)
		rc = take_field(&d, value);
	if (rc == 0 && d.count > 0)
		rc = put_group(&d, person);
	if (rc == 0 && d.issued != 0)
		person->issued = d.issued;
	for (size_t i = 0; i < VSC_COUNT(d.values); i++)
		vsc_blob_free(&d.values[i]);
	return rc;
}
