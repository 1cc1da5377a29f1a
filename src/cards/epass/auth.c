/* BAC (Doc 9303-11 4.3), PACE's passwords, active authentication (6.1), and the way into eac.h. */
#include "base/auto.h"
#include "card/sm.h"
#include "cards/epass/epass.h"
#include "crypto/aa.h"

#define SM_FLAGS (VSC_SM_EMRTD | VSC_SM_SHORTEN)
/* birth date and expiry with their check digits, at the end of what BAC hashes */
#define DATES_LEN 14u

/* --- BAC --- */

static bool
in_application(struct vsc_card *card)
{
	return vsc_span_eq(vsc_file_name(vsc_card_position(card)->df), vsc_epass_aid);
}

static vsc_sw
bac_possible(struct vsc_card *card)
{
	const struct vsc_epass *epass = vsc_epass_of(card);

	if ((epass->chip.access & VSC_EPASS_BAC) == 0)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "this passport has no BAC");
	if (vsc_card_sm_kind(card) != VSC_SM_NONE)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "BAC is not done within a session");
	if (!in_application(card))
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "the application is not selected");
	return VSC_SW_OK;
}

vsc_sw
vsc_epass_get_challenge(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_epass *epass = vsc_epass_of(card);
	bool mine;
	vsc_sw sw = vsc_eac_get_challenge(card, &epass->eac, cmd, out, &mine);

	if (mine)
		return sw;
	epass->challenged = false;
	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if ((sw = bac_possible(card)) != VSC_SW_OK)
		return sw;
	if (cmd->ne != sizeof(epass->challenge) && cmd->ne != VSC_NE_SHORT_MAX &&
	    cmd->ne != VSC_NE_EXTENDED_MAX)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "a challenge has eight bytes");
	if (vsc_env_random(vsc_card_env(card), epass->challenge, sizeof(epass->challenge)) < 0)
		return VSC_SW_INTERNAL;
	epass->challenged = true;
	vsc_out_put(out, VSC_SPAN_OF(epass->challenge));
	return VSC_SW_OK;
}

/* Without PACE: the document number with its check digit (TR-03110-1 3.4). */
static int
set_id_picc(struct vsc_epass *epass)
{
	struct vsc_span number = vsc_span_str(epass->chip.mrz_key);

	number.len -= DATES_LEN;
	return vsc_eac_set_id_picc(&epass->eac, number);
}

static vsc_sw
start_bac(struct vsc_card *card, const struct vsc_bac_session *session)
{
	struct vsc_epass *epass = vsc_epass_of(card);
	if (vsc_sm_start(vsc_card_sm(card), session->keys.suite, vsc_blob_span(&session->keys.enc),
		vsc_blob_span(&session->keys.mac), vsc_bac_session_ssc(session), SM_FLAGS) < 0 ||
	    set_id_picc(epass) < 0)
		return VSC_SW_INTERNAL;
	epass->bac_done = true;
	return VSC_SW_OK;
}

static vsc_sw
bac(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_epass *epass = vsc_epass_of(card);
	struct vsc_bac_session session = { .ssc = { 0 } };
	vsc_sw sw;
	int err;

	if (!epass->challenged)
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "no challenge is open");
	epass->challenged = false;
	if (cmd->data.len != VSC_BAC_CRYPTOGRAM_LEN)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "40 bytes expected");
	vsc_eac_delay_wait(card, &epass->delay);
	err = vsc_bac_answer(
	    &epass->bac, epass->challenge, cmd->data, vsc_card_env(card), out, &session);
	sw = err == 0              ? start_bac(card, &session)
	     : err == VSC_E_VERIFY ? VSC_SW_OK
				   : VSC_SW_INTERNAL;
	vsc_bac_session_free(&session);
	if (sw != VSC_SW_OK)
		return sw;
	sw = vsc_eac_delay_judge(card, &epass->delay, err == 0);
	return sw == VSC_SW_AUTH_FAILED ? vsc_card_refuse(card, sw, "BAC: wrong keys or challenge")
					: sw;
}

vsc_sw
vsc_epass_external_authenticate(
    struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	bool mine;
	vsc_sw sw = vsc_eac_external_authenticate(card, &vsc_epass_of(card)->eac, cmd, &mine);

	if (mine)
		return sw;
	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	sw = bac_possible(card);
	return sw == VSC_SW_OK ? bac(card, cmd, out) : sw;
}

/* --- PACE's passwords --- */

static int
secret(struct vsc_card *card, unsigned password, struct vsc_blob *value)
{
	const struct vsc_epass_chip *chip = &vsc_epass_of(card)->chip;

	if (password == VSC_EAC_MRZ)
		return vsc_pace_mrz_secret(vsc_span_str(chip->mrz_key), value);
	if (password == VSC_EAC_CAN && chip->can[0] != '\0')
		return vsc_blob_set(value, vsc_span_str(chip->can));
	return VSC_E_NOT_FOUND;
}

static vsc_sw
may_try(struct vsc_card *card, unsigned password)
{
	(void)password;
	vsc_eac_delay_wait(card, &vsc_epass_of(card)->delay);
	return VSC_SW_OK;
}

/* Right: what BAC had proven is replaced (the session is another one now). */
static vsc_sw
judged(struct vsc_card *card, unsigned password, bool right)
{
	(void)password;
	if (right)
		vsc_epass_of(card)->bac_done = false;
	return vsc_eac_delay_judge(card, &vsc_epass_of(card)->delay, right);
}

/* A link certificate: the next reader finds the new reference in EF.CVCA. */
static int
trust_changed(struct vsc_card *card)
{
	struct vsc_fs *fs = vsc_card_fs(card);
	struct vsc_file *file =
	    vsc_fs_by_fid(fs, vsc_fs_by_name(fs, vsc_epass_aid), VSC_EPASS_FID_CVCA);
	const struct vsc_trust *trust = &vsc_epass_of(card)->trust;
	VSC_AUTO_BLOB saved = { NULL, 0 };
	uint8_t buf[36];
	struct vsc_out content = vsc_out_from(buf, sizeof(buf));
	int rc;

	vsc_epass_put_cvca(&content, trust);
	if (file != NULL && (rc = vsc_file_write(fs, file, 0, vsc_out_span(&content))) < 0)
		return rc;
	if ((rc = vsc_trust_save(trust, &saved)) < 0)
		return rc;
	return vsc_card_attr_set(card, VSC_EPASS_ATTR_TRUST, vsc_blob_span(&saved));
}

const struct vsc_eac_hooks vsc_epass_hooks = {
	.secret = secret,
	.may_try = may_try,
	.judged = judged,
	.trust_changed = trust_changed,
};

/* --- Commands of eac.h --- */

vsc_sw
vsc_epass_mse(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_epass *epass = vsc_epass_of(card);
	struct vsc_eac *eac = &epass->eac;
	bool mine;
	vsc_sw sw;

	/* without access control, what follows chip authentication is as after BAC */
	if (epass->chip.access == 0 && set_id_picc(epass) < 0)
		return VSC_SW_INTERNAL;
	sw = vsc_eac_mse(card, eac, cmd, out, &mine);
	return mine ? sw : vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "no such template");
}

vsc_sw
vsc_epass_general_authenticate(
    struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	return vsc_eac_general_authenticate(card, &vsc_epass_of(card)->eac, cmd, out);
}

vsc_sw
vsc_epass_pso(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	(void)out;
	if (cmd->p1 != 0x00 || cmd->p2 != 0xBE)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "only 00BE: VERIFY CERTIFICATE");
	return vsc_eac_verify_certificate(card, &vsc_epass_of(card)->eac, cmd);
}

/* --- Active authentication --- */

vsc_sw
vsc_epass_internal_authenticate(
    struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const struct vsc_epass_chip *chip = &vsc_epass_of(card)->chip;
	int err;

	if (cmd->p1 != 0 || cmd->p2 != 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0000");
	if (!vsc_epass_opened(card))
		return vsc_card_refuse(card, VSC_SW_SECURITY, "BAC or PACE comes first");
	if (chip->aa == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no key for active authentication");
	if (cmd->data.len != VSC_AA_CHALLENGE_LEN)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "a challenge has eight bytes");
	err = vsc_aa_sign(chip->aa, chip->aa_hash, cmd->data, vsc_card_env(card), out);
	return err < 0 ? VSC_SW_INTERNAL : VSC_SW_OK;
}
