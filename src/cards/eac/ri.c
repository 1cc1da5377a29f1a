/* Restricted identification (TR-03110-3 B.4): who the chip is, to one sector. */
#include "cards/eac/eac_impl.h"
#include "iso/tlv.h"

#define RIGHT_RI 2u /* of an authentication terminal: TR-03110-4 2.2.3.2 */

static bool
may_identify(const struct vsc_eac *eac)
{
	if (!eac->ca_done || !vsc_ta_done(&eac->ta) || eac->ta.setup.chat.type != VSC_CVC_AT)
		return false;
	return !eac->ri_row->authorized_only || (vsc_eac_rights(eac) >> RIGHT_RI & 1) != 0;
}

vsc_sw
vsc_eac_ri_run(
    struct vsc_card *card, struct vsc_eac *eac, struct vsc_span data, struct vsc_out *out)
{
	struct vsc_tlv_mark dynamic, id;
	struct vsc_span key;
	bool second;
	int err;

	if (!vsc_eac_protected(card) || !may_identify(eac))
		return vsc_card_refuse(
		    card, VSC_SW_SECURITY, "restricted identification is not allowed here");
	if (vsc_ri_parse(data, &key, &second) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "no sector's key in 7C");
	dynamic = vsc_tlv_begin(out, 0x7C);
	id = vsc_tlv_begin(out, second ? 0x83 : 0x81);
	err = vsc_ri_identify(
	    eac->ri_row->alg, eac->ri_row->key, key, vsc_ta_sector(&eac->ta, second ? 1 : 0), out);
	vsc_tlv_end(out, id);
	vsc_tlv_end(out, dynamic);
	if (err == VSC_E_NOMEM || err == VSC_E_CRYPTO)
		return VSC_SW_INTERNAL;
	return err < 0 ? vsc_card_refuse(card, VSC_SW_WRONG_DATA,
			     "not a key of the sector in the terminal's certificate")
		       : VSC_SW_OK;
}
