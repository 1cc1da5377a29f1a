/* What the files of the machine readable zone share: where its fields are. */
#ifndef VSC_CARDS_EPASS_MRZ_IMPL_H
#define VSC_CARDS_EPASS_MRZ_IMPL_H

#include "base/err.h"
#include "cards/epass/mrz.h"

#define VSC_MRZ_NUMBER_SHORT 9 /* characters of the document number field */

enum vsc_mrz_field {
	DOC_TYPE,
	ISSUER,
	NUMBER,
	NUMBER_CHECK,
	BIRTH,
	BIRTH_CHECK,
	SEX,
	EXPIRY,
	EXPIRY_CHECK,
	NATIONALITY,
	OPTIONAL,
	OPTIONAL_CHECK,
	OPTIONAL2,
	NAME,
	COMPOSITE,
	NFIELDS
};

struct vsc_mrz_place {
	uint8_t start, len; /* len 0: the size does not have this field */
};

struct vsc_mrz_layout {
	size_t lines, line_length;
	struct vsc_mrz_place fields[NFIELDS];
	struct vsc_mrz_place composite[4]; /* what the composite check digit covers */
};

const struct vsc_mrz_layout *vsc_mrz_layout(enum vsc_mrz_format format);
const struct vsc_mrz_place *vsc_mrz_place(const struct vsc_mrz *mrz, enum vsc_mrz_field field);
struct vsc_span vsc_mrz_span(const struct vsc_mrz *mrz, struct vsc_mrz_place place);

/* The check digit over one field, into another; that over all, to be put. */
void vsc_mrz_put_check(struct vsc_mrz *mrz, enum vsc_mrz_field digit, enum vsc_mrz_field over);
char vsc_mrz_composite(const struct vsc_mrz *mrz);

/* Are the fields possible? VSC_E_FORMAT: *why names the one that is not. */
VSC_MUST_CHECK int vsc_mrz_check_values(const struct vsc_mrz *mrz, struct vsc_why *why);
/* -1: they are not two digits */
int vsc_mrz_two_digits(const char *text);

#endif
