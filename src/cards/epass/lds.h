/*
 * The logical data structure's data groups (ICAO Doc 9303-10): which there are, their tags and
 * files, and how the ones we make ourselves are put together.
 */
#ifndef VSC_CARDS_EPASS_LDS_H
#define VSC_CARDS_EPASS_LDS_H

#include "base/bytes.h"
#include "cards/epass/mrz.h"
#include "cards/epass/portrait.h"

#define VSC_LDS_GROUPS 16

/* DG1 to DG16: the data group's tag (Doc 9303-10 table 38); 0 for other numbers. Its file is 0100 +
 * n, its short id n. */
uint8_t vsc_lds_tag(unsigned dg);

/* The number of the data group with this tag; 0 if there is none. */
unsigned vsc_lds_number(uint32_t tag);

/* EF.COM: LDS 1.7, Unicode 4.0.0, the tags of the groups whose bit (1 << n) is set. */
void vsc_lds_put_com(struct vsc_out *out, uint32_t groups);

void vsc_lds_put_dg1(struct vsc_out *out, const struct vsc_mrz *mrz);

/* One portrait in a facial record of ISO/IEC 19794-5:2005. */
void vsc_lds_put_dg2(struct vsc_out *out, const struct vsc_picture *portrait, char sex);

/* Fields of DG11 and DG12 as a person names them: "full-name", "place-of-birth",
 * "issuing-authority" ... */
struct vsc_lds_field {
	const char *name;
	struct vsc_span value; /* as vsc_lds_field_kind says */
};

enum vsc_lds_kind {
	VSC_LDS_TEXT,    /* UTF-8 */
	VSC_LDS_DATE,    /* YYYYMMDD */
	VSC_LDS_TIME,    /* YYYYMMDDhhmmss */
	VSC_LDS_PICTURE, /* JPEG or JPEG 2000 */
};

/* Of a name that is none: text. */
enum vsc_lds_kind vsc_lds_field_kind(unsigned dg, const char *name);

/* DG11 or DG12 with its tag list in the order of the standard. VSC_E_NOT_FOUND: *unknown is not a
 * field of that group. */
VSC_MUST_CHECK int vsc_lds_put_details(struct vsc_out *out, unsigned dg,
    const struct vsc_lds_field *fields, size_t count, const char **unknown);

/* The names that vsc_lds_put_details knows for a group, for --help and errors; NULL past the last.
 */
const char *vsc_lds_field_name(unsigned dg, size_t n);

/* The tag of that name; 0 past the last. */
uint32_t vsc_lds_field_tag(unsigned dg, size_t n);

#endif
