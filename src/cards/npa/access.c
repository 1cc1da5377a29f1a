/* Who may read and write what (TR-03110-4 2.2.3): asked before every access to a file. */
#include "card/cmd.h"
#include "card/ef.h"
#include "cards/npa/npa.h"
#include "iso/tlv.h"

#define DG_WRITABLE_FIRST 17u

bool
vsc_npa_may(struct vsc_card *card, enum vsc_cvc_type type, unsigned right)
{
	const struct vsc_eac *eac = &vsc_npa_of(card)->eac;

	return eac->ca_done && (vsc_eac_rights_of(eac, type) >> right & 1) != 0;
}

struct vsc_file *
vsc_npa_file(struct vsc_card *card, struct vsc_span aid, uint16_t fid)
{
	struct vsc_fs *fs = vsc_card_fs(card);
	struct vsc_file *df = aid.len == 0 ? fs->mf : vsc_fs_by_name(fs, aid);

	return df == NULL ? NULL : vsc_fs_by_fid(fs, df, fid);
}

/* --- One function for each kind of rule --- */

static bool
always(struct vsc_card *card, unsigned fid)
{
	(void)card;
	(void)fid;
	return true;
}

static bool
after_ta(struct vsc_card *card, unsigned fid)
{
	(void)fid;
	return vsc_ta_done(&vsc_npa_of(card)->eac.ta);
}

/* What tells one chip from all others: TR-03110-2 3.1.4. */
static bool
privileged(struct vsc_card *card, unsigned fid)
{
	const struct vsc_eac *eac = &vsc_npa_of(card)->eac;

	(void)fid;
	if (!vsc_ta_done(&eac->ta))
		return false;
	return eac->ta.setup.chat.type == VSC_CVC_IS ||
	       (vsc_eac_rights_of(eac, VSC_CVC_AT) >> VSC_NPA_AT_PRIVILEGED & 1) != 0;
}

static bool
read_group(struct vsc_card *card, unsigned fid)
{
	unsigned dg = fid - VSC_NPA_FID_DG1;

	return vsc_npa_may(card, VSC_CVC_AT, VSC_NPA_AT_READ_DG1 + dg) ||
	       vsc_npa_may(card, VSC_CVC_IS, VSC_NPA_IS_READ_EID);
}

static bool
write_group(struct vsc_card *card, unsigned fid)
{
	unsigned dg = fid - VSC_NPA_FID_DG1 + 1;

	return dg >= DG_WRITABLE_FIRST &&
	       vsc_npa_may(card, VSC_CVC_AT, VSC_NPA_AT_WRITE_DG22 + VSC_NPA_GROUPS - dg);
}

static bool
read_certificate(struct vsc_card *card, unsigned fid)
{
	(void)fid;
	return vsc_npa_may(card, VSC_CVC_ST, VSC_NPA_ST_SIGN) ||
	       vsc_npa_may(card, VSC_CVC_ST, VSC_NPA_ST_SIGN_QUALIFIED) ||
	       vsc_npa_may(card, VSC_CVC_AT, VSC_NPA_AT_INSTALL_CERT) ||
	       vsc_npa_may(card, VSC_CVC_AT, VSC_NPA_AT_INSTALL_QUALIFIED);
}

static bool
write_certificate(struct vsc_card *card, unsigned fid)
{
	(void)fid;
	return vsc_npa_may(card, VSC_CVC_AT, VSC_NPA_AT_INSTALL_CERT) ||
	       vsc_npa_may(card, VSC_CVC_AT, VSC_NPA_AT_INSTALL_QUALIFIED);
}

/* TR-03127: the eMRTD application is for inspection systems. */
static bool
read_icao(struct vsc_card *card, unsigned fid)
{
	const struct vsc_eac *eac = &vsc_npa_of(card)->eac;

	(void)fid;
	return eac->ca_done && vsc_ta_done(&eac->ta) && eac->ta.setup.chat.type == VSC_CVC_IS;
}

/* By application (NULL: the MF) and identifier. update NULL: never. */
static const struct rule {
	const struct vsc_span *df;
	uint16_t first, last;
	bool (*read)(struct vsc_card *card, unsigned fid);
	bool (*update)(struct vsc_card *card, unsigned fid);
} rules[] = {
	{ NULL, 0x2F00, 0x2F01, always, NULL },
	{ NULL, VSC_NPA_FID_CARD_ACCESS, VSC_NPA_FID_CARD_ACCESS, always, NULL },
	{ NULL, VSC_NPA_FID_CARD_SECURITY, VSC_NPA_FID_CARD_SECURITY, after_ta, NULL },
	{ NULL, VSC_NPA_FID_CHIP_SECURITY, VSC_NPA_FID_CHIP_SECURITY, privileged, NULL },
	{ &vsc_npa_aid_eid, VSC_NPA_FID_DG1, VSC_NPA_FID_DG1 + VSC_NPA_GROUPS - 1, read_group,
	    write_group },
	{ &vsc_npa_aid_esign, VSC_NPA_FID_ESIGN_CA, VSC_NPA_FID_ESIGN, read_certificate,
	    write_certificate },
	{ &vsc_npa_aid_cia, 0, UINT16_MAX, always, NULL },
	{ &vsc_npa_aid_icao, 0, UINT16_MAX, read_icao, NULL },
};

/* Is this EF in that application? */
static bool
is_in(const struct vsc_file *file, const struct vsc_span *df)
{
	struct vsc_span name = vsc_file_name(file->parent);

	return df == NULL ? file->parent->fid == VSC_FID_MF : vsc_span_eq(name, *df);
}

vsc_sw
vsc_npa_allows(struct vsc_card *card, const struct vsc_file *file, enum vsc_access access)
{
	if (access == VSC_ACCESS_SELECT)
		return VSC_SW_OK;
	for (size_t i = 0; i < VSC_COUNT(rules) && !vsc_file_is_df(file); i++) {
		if (file->fid < rules[i].first || file->fid > rules[i].last ||
		    !is_in(file, rules[i].df))
			continue;
		if (access == VSC_ACCESS_READ && rules[i].read(card, file->fid))
			return VSC_SW_OK;
		if (access == VSC_ACCESS_UPDATE && rules[i].update != NULL &&
		    rules[i].update(card, file->fid))
			return VSC_SW_OK;
		break;
	}
	return vsc_card_refuse(card, VSC_SW_SECURITY,
	    "file %04X: the terminal's effective rights do not include this", file->fid);
}

/* The tag of the one object that an EF holds; 0: any bytes. */
static uint32_t
object_in(const struct vsc_file *ef)
{
	if (is_in(ef, &vsc_npa_aid_eid))
		return 0x61 + ef->fid - VSC_NPA_FID_DG1;
	return ef->fid == VSC_NPA_FID_ESIGN || ef->fid == VSC_NPA_FID_ESIGN_CA ? 0x30 : 0;
}

/* WRITE BINARY does what UPDATE BINARY does. */
static vsc_sw
update_part(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_apdu update = *cmd;

	update.ins = 0xD6;
	return vsc_cmd_update_binary(card, &update, out);
}

/* A whole new data group or certificate may be longer or shorter than the old one. WRITE BINARY,
 * whose effect is the card's affair (ISO/IEC 7816-4:2020 11.3.4), is the same here. */
vsc_sw
vsc_npa_update_binary(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	uint8_t sfi = (cmd->p1 & 0x80) != 0 ? cmd->p1 & 0x1F : 0;
	struct vsc_span value;
	struct vsc_file *ef;
	vsc_sw sw;

	if (cmd->p2 != 0 || (sfi == 0 && cmd->p1 != 0) || (cmd->p1 & 0x60) != 0)
		return update_part(card, cmd, out);
	if ((sw = vsc_ef_by_sfi(card, sfi, &ef)) != VSC_SW_OK ||
	    (sw = vsc_ef_check(card, ef, VSC_EF_TRANSPARENT, VSC_ACCESS_UPDATE)) != VSC_SW_OK)
		return sw;
	if (object_in(ef) == 0 || vsc_tlv_only(cmd->data, object_in(ef), &value) < 0)
		return update_part(card, cmd, out);
	if (vsc_file_replace(vsc_card_fs(card), ef, cmd->data) < 0)
		return VSC_SW_MEMORY_FAILURE;
	ef->size = cmd->data.len;
	vsc_file_mark(vsc_card_fs(card), ef, VSC_DIRTY_HEADER);
	return VSC_SW_OK;
}
