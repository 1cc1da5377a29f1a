/*
 * The holder of an identity card: defaults, --datasetfile (spec: Name=Value lines), and the data
 * groups made of it (BSI TR-03110-4 annex on the eID application: outer tag 61 for DG1 to 76 for
 * DG22, ASN.1 inside).
 */
#ifndef VSC_CARDS_NPA_DATASET_H
#define VSC_CARDS_NPA_DATASET_H

#include "base/bytes.h"

#define VSC_NPA_GROUPS 22

enum vsc_npa_item {
	VSC_NPA_DOCUMENT_TYPE,
	VSC_NPA_ISSUING_STATE,
	VSC_NPA_DATE_OF_EXPIRY,
	VSC_NPA_GIVEN_NAMES,
	VSC_NPA_FAMILY_NAMES,
	VSC_NPA_ARTISTIC_NAME,
	VSC_NPA_ACADEMIC_TITLE,
	VSC_NPA_DATE_OF_BIRTH,
	VSC_NPA_PLACE_OF_BIRTH,
	VSC_NPA_NATIONALITY,
	VSC_NPA_SEX,
	VSC_NPA_BIRTH_NAME,
	VSC_NPA_COUNTRY,
	VSC_NPA_CITY,
	VSC_NPA_ZIP,
	VSC_NPA_STREET,
	VSC_NPA_COMMUNITY_ID,
	VSC_NPA_RESIDENCE_PERMIT_1,
	VSC_NPA_RESIDENCE_PERMIT_2,
	VSC_NPA_DG12,
	VSC_NPA_DG14,
	VSC_NPA_DG15,
	VSC_NPA_DG16,
	VSC_NPA_DG21,
	VSC_NPA_DG22,
	VSC_NPA_PLACE_OF_RESIDENCE, /* only <NotOnChip>: leaves DG17 out */
	VSC_NPA_ITEMS
};

struct vsc_npa_dataset {
	struct vsc_blob values[VSC_NPA_ITEMS];
	bool absent[VSC_NPA_ITEMS]; /* not on the chip */
};

/* The holder when nobody says otherwise. */
VSC_MUST_CHECK int vsc_npa_dataset_default(struct vsc_npa_dataset *set);

/* Replace what the file's text names. VSC_E_FORMAT: *why names the line; the set is then half
 * changed and to be freed. */
VSC_MUST_CHECK int vsc_npa_dataset_read(
    struct vsc_npa_dataset *set, struct vsc_span text, struct vsc_why *why);

void vsc_npa_dataset_free(struct vsc_npa_dataset *set);

/* The content of EF.DG n. VSC_E_NOT_FOUND: not on this chip. */
VSC_MUST_CHECK int vsc_npa_put_group(
    struct vsc_out *out, const struct vsc_npa_dataset *set, unsigned dg);

/* The community id as stored in DG18: the digits packed two a byte. */
VSC_MUST_CHECK int vsc_npa_community_id(const struct vsc_npa_dataset *set, struct vsc_blob *id);

#endif
