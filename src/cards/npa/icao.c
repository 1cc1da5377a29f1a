/*
 * The eMRTD application (ICAO Doc 9303-10): the machine readable zone and a portrait, for
 * inspection systems after terminal and chip authentication (TR-03127), signed as a passport's.
 */
#include "base/auto.h"
#include "cards/epass/lds.h"
#include "cards/npa/npa.h"
#include "crypto/signer.h"
#include "iso/tlv.h"

const struct vsc_span vsc_npa_aid_icao = {
	(const uint8_t[]){ 0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01 }, 7
};

#define FID_DG        0x0100u /* + number, which is the short identifier, too */
#define FID_SOD       0x011Du
#define FID_COM       0x011Eu
#define PORTRAIT_ROOM 500u /* what stands around the picture in DG2 */

/* What is put into the application, and signed at the end. */
struct icao {
	struct vsc_card *card;
	struct vsc_file *df;
	uint8_t digests[VSC_LDS_GROUPS][VSC_HASH_MAX];
	struct vsc_dg_hash hashes[VSC_LDS_GROUPS];
	size_t count;
	uint32_t groups; /* bits */
};

static int
add(struct icao *icao, uint16_t fid, struct vsc_span content)
{
	const struct vsc_file_spec spec = { .fid = fid,
		.descriptor = VSC_FILE_TRANSPARENT,
		.sfi = fid & 0x1F,
		.content = content };

	return vsc_fs_add(vsc_card_fs(icao->card), icao->df, &spec, NULL);
}

static int
add_group(struct icao *icao, unsigned dg, const struct vsc_out *content)
{
	struct vsc_out digest = vsc_out_from(icao->digests[icao->count], VSC_HASH_MAX);
	int rc;

	if (content->full)
		return VSC_E_SPACE;
	if ((rc = vsc_hash_digest(VSC_HASH_SHA256, vsc_out_span(content), &digest)) < 0)
		return rc;
	icao->hashes[icao->count++] = (struct vsc_dg_hash){ dg, vsc_out_span(&digest) };
	icao->groups |= 1u << dg;
	return add(icao, (uint16_t)(FID_DG + dg), vsc_out_span(content));
}

static int
add_zone(struct icao *icao, const struct vsc_mrz *mrz)
{
	uint8_t buf[VSC_MRZ_MAX + 10];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	vsc_lds_put_dg1(&out, mrz);
	return add_group(icao, 1, &out);
}

static int
add_portrait(struct icao *icao, char sex)
{
	VSC_AUTO_BLOB room = { NULL, 0 };
	struct vsc_picture picture;
	struct vsc_out out;
	int rc;

	if ((rc = vsc_picture_parse(&picture, vsc_portrait_specimen())) < 0 ||
	    (rc = vsc_blob_alloc(&room, picture.bytes.len + PORTRAIT_ROOM)) < 0)
		return rc;
	out = vsc_out_from(room.ptr, room.len);
	vsc_lds_put_dg2(&out, &picture, sex);
	return add_group(icao, 2, &out);
}

/* TR-03110-3 A.1.2.4: the keys that EF.ChipSecurity names. */
static int
add_infos(struct icao *icao, struct vsc_span set)
{
	VSC_AUTO_BLOB room = { NULL, 0 };
	struct vsc_out out;
	int rc = vsc_blob_alloc(&room, vsc_tlv_size(vsc_lds_tag(14), set.len));

	if (rc < 0)
		return rc;
	out = vsc_out_from(room.ptr, room.len);
	vsc_tlv_put(&out, vsc_lds_tag(14), set);
	return add_group(icao, 14, &out);
}

static int
sign(struct icao *icao, const struct vsc_signer *signer)
{
	VSC_AUTO_BLOB sod = { NULL, 0 };
	uint8_t buf[64];
	struct vsc_out com = vsc_out_from(buf, sizeof(buf));
	int rc;

	vsc_lds_put_com(&com, icao->groups);
	if ((rc = add(icao, FID_COM, vsc_out_span(&com))) < 0 ||
	    (rc = vsc_sod_build(signer, VSC_HASH_SHA256, icao->hashes, icao->count,
		 vsc_card_env(icao->card), &sod)) < 0)
		return rc;
	return add(icao, FID_SOD, vsc_blob_span(&sod));
}

int
vsc_npa_make_icao(struct vsc_card *card, const struct vsc_params *params,
    const struct vsc_signer *signer, struct vsc_span infos)
{
	const struct vsc_file_spec spec = { .descriptor = VSC_FILE_DF, .name = vsc_npa_aid_icao };
	struct vsc_fs *fs = vsc_card_fs(card);
	struct icao icao = { .card = card };
	struct vsc_mrz mrz;
	int rc;

	if ((rc = vsc_npa_read_mrz(card, params, &mrz)) < 0 ||
	    (rc = vsc_fs_add(fs, fs->mf, &spec, &icao.df)) < 0 ||
	    (rc = add_zone(&icao, &mrz)) < 0 || (rc = add_portrait(&icao, mrz.sex)) < 0 ||
	    (rc = add_infos(&icao, infos)) < 0)
		return rc;
	return sign(&icao, signer);
}
