/* The card's files: MF with EF.DIR and EF.ATR/INFO, and the eID application with its data groups.
 */
#include "cards/npa/npa.h"
#include "iso/tlv.h"

const struct vsc_span vsc_npa_aid_eid = {
	(const uint8_t[]){ 0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02 }, 9
};
const struct vsc_span vsc_npa_aid_esign = {
	(const uint8_t[]){ 0xA0, 0x00, 0x00, 0x01, 0x67, 0x45, 0x53, 0x49, 0x47, 0x4E }, 10
};
const struct vsc_span vsc_npa_aid_cia = { (const uint8_t[]){ 0xE8, 0x28, 0xBD, 0x08, 0x0F, 0xA0,
					      0x00, 0x00, 0x01, 0x67, 0x45, 0x53, 0x49, 0x47,
					      0x4E },
	15 };

static void
put_application(struct vsc_out *out, struct vsc_span aid)
{
	struct vsc_tlv_mark application = vsc_tlv_begin(out, 0x61);

	vsc_tlv_put(out, 0x4F, aid);
	vsc_tlv_end(out, application);
}

/* EF.DIR byte for byte as the plastic cards have it: clients know it by heart. */
static void
put_dir(struct vsc_out *out)
{
	struct vsc_tlv_mark cia = vsc_tlv_begin(out, 0x61), about;

	vsc_tlv_put(out, 0x4F, vsc_npa_aid_cia);
	vsc_tlv_put(out, 0x50, vsc_span_str("CIA zu DF.eSign"));
	vsc_tlv_put(out, 0x51, VSC_SPAN_EMPTY);
	about = vsc_tlv_begin(out, 0x73);
	vsc_tlv_put(out, 0x4F, vsc_npa_aid_esign);
	vsc_tlv_end(out, about);
	vsc_tlv_end(out, cia);
	put_application(out, vsc_npa_aid_icao);
	put_application(out, vsc_npa_aid_eid);
	put_application(out, vsc_npa_aid_esign);
}

/*
 * ISO/IEC 7816-4:2020 12.2.2. Service data: DFs by full name, EF.DIR and EF.ATR by READ BINARY, an
 * MF. Capabilities: DFs by full name and identifier, short identifiers; data units of a byte;
 * chaining, extended length. 7F66: what a frame carries.
 */
static void
put_atr(struct vsc_out *out)
{
	static const uint8_t capabilities[] = { 0x73, 0xF7, 0x41, 0xE0 };
	static const uint8_t lengths[] = { 0x02, 0x03, 0x00, 0xFF, 0xF6, 0x02, 0x03, 0x00, 0xFF,
		0xFD };

	vsc_tlv_put_u8(out, 0x43, 0xF8);
	vsc_tlv_put(out, 0x46, vsc_span_str("vicc " VSC_VERSION));
	vsc_tlv_put(out, 0x47, vsc_span_slice(VSC_SPAN_OF(capabilities), 1, 3));
	vsc_tlv_put(out, 0x7F66, VSC_SPAN_OF(lengths));
}

static int
add_small(struct vsc_fs *fs, uint16_t fid, uint8_t sfi, void (*put)(struct vsc_out *out))
{
	uint8_t buf[200];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	put(&out);
	return vsc_fs_add(fs, fs->mf,
	    &(struct vsc_file_spec){ .fid = fid,
		.descriptor = VSC_FILE_TRANSPARENT,
		.sfi = sfi,
		.content = vsc_out_span(&out) },
	    NULL);
}

static int
add_groups(struct vsc_fs *fs, struct vsc_file *df, const struct vsc_npa_dataset *holder)
{
	uint8_t buf[4096];

	for (unsigned dg = 1; dg <= VSC_NPA_GROUPS; dg++) {
		struct vsc_out out = vsc_out_from(buf, sizeof(buf));
		int rc = vsc_npa_put_group(&out, holder, dg);

		if (rc == VSC_E_NOT_FOUND)
			continue;
		if (rc == 0)
			rc = vsc_fs_add(fs, df,
			    &(struct vsc_file_spec){ .fid = (uint16_t)(VSC_NPA_FID_DG1 + dg - 1),
				.descriptor = VSC_FILE_TRANSPARENT,
				.sfi = (uint8_t)dg,
				.content = vsc_out_span(&out) },
			    NULL);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int
vsc_npa_make_files(struct vsc_card *card, const struct vsc_npa_dataset *holder)
{
	const struct vsc_file_spec mf = { .fid = VSC_FID_MF, .descriptor = VSC_FILE_DF };
	const struct vsc_file_spec eid = { .descriptor = VSC_FILE_DF, .name = vsc_npa_aid_eid };
	struct vsc_fs *fs = vsc_card_fs(card);
	struct vsc_file *df;
	int rc;

	if ((rc = vsc_fs_add(fs, NULL, &mf, NULL)) < 0 ||
	    (rc = add_small(fs, 0x2F00, 0x1E, put_dir)) < 0 ||
	    (rc = add_small(fs, 0x2F01, 0x01, put_atr)) < 0 ||
	    (rc = vsc_fs_add(fs, fs->mf, &eid, &df)) < 0)
		return rc;
	return add_groups(fs, df, holder);
}
