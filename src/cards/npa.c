/*
 * The German identity card: PACE, terminal and chip authentication in version 2, restricted
 * identification, the eID application with its data groups, PIN management, eSign (BSI TR-03110,
 * TR-03127). The protocols' commands are in eac/, what is special to this card in npa/.
 */
#include "cards/npa/npa.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/auto.h"
#include "base/disk.h"
#include "card/auth.h"
#include "card/chain.h"
#include "card/cmd.h"
#include "card/sm.h"

int
vsc_npa_fail(struct vsc_card *card, int err, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	vsc_card_log(card, VSC_LOG_ERROR, "%s", text);
	return err;
}

int
vsc_npa_option_file(struct vsc_card *card, const struct vsc_params *params, const char *option,
    struct vsc_blob *bytes)
{
	const char *name = vsc_params_get(params, option);
	struct vsc_why why;
	int rc;

	if (name == NULL)
		return 0;
	if ((rc = vsc_disk_read(bytes, name, &why)) < 0)
		return vsc_npa_fail(card, rc, "--%s: %s", option, why.text);
	return bytes->len == 0 ? vsc_npa_fail(card, VSC_E_FORMAT, "--%s: %s is empty", option, name)
			       : 0;
}

/* --- Commands --- */

static vsc_sw
mse(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	bool mine;
	vsc_sw sw = vsc_eac_mse(card, &vsc_npa_of(card)->eac, cmd, out, &mine);

	return mine ? sw : vsc_npa_mse_sign(card, cmd, out);
}

static vsc_sw
general_authenticate(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	return vsc_eac_general_authenticate(card, &vsc_npa_of(card)->eac, cmd, out);
}

static vsc_sw
pso(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	if (cmd->p1 == 0x00 && cmd->p2 == 0xBE)
		return vsc_eac_verify_certificate(card, &vsc_npa_of(card)->eac, cmd);
	return vsc_npa_sign(card, cmd, out);
}

static vsc_sw
get_challenge(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	bool mine;

	return vsc_eac_get_challenge(card, &vsc_npa_of(card)->eac, cmd, out, &mine);
}

static vsc_sw
external_authenticate(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	bool mine;

	(void)out;
	return vsc_eac_external_authenticate(card, &vsc_npa_of(card)->eac, cmd, &mine);
}

#define PIN (VSC_CMD_CHANGES | VSC_CMD_SECRET)
/* whatever is inside */
#define ENVELOPE (VSC_CMD_TRANSPORT | VSC_CMD_CHANGES | VSC_CMD_SLOW)

/* All that there is; anything else of ISO/IEC 7816-4 is 6D00. */
static const struct vsc_cmd cmds[] = {
	/* cla  mask  ins   flags  name  run */
	{ 0x00, 0xFF, 0x04, VSC_CMD_CHANGES, "DEACTIVATE PIN", vsc_npa_deactivate_pin },
	{ 0x00, 0xFF, 0x20, PIN, "VERIFY", vsc_npa_verify },
	{ 0x00, 0xFF, 0x22, VSC_CMD_CHANGES, "MANAGE SECURITY ENVIRONMENT", mse },
	{ 0x00, 0xFF, 0x24, PIN, "CHANGE REFERENCE DATA", vsc_npa_change_reference },
	{ 0x00, 0xFF, 0x2A, VSC_CMD_CHANGES, "PERFORM SECURITY OPERATION", pso },
	{ 0x00, 0xFF, 0x2C, PIN, "RESET RETRY COUNTER", vsc_npa_reset_retry },
	{ 0x00, 0xFF, 0x33, 0, "COMPARE", vsc_npa_compare_auxiliary },
	{ 0x00, 0xFF, 0x44, VSC_CMD_CHANGES, "ACTIVATE PIN", vsc_npa_activate_pin },
	{ 0x00, 0xFF, 0x47, VSC_CMD_CHANGES | VSC_CMD_SLOW, "GENERATE ASYMMETRIC KEY PAIR",
	    vsc_npa_generate },
	{ 0x00, 0xFF, 0x82, VSC_CMD_CHANGES, "EXTERNAL AUTHENTICATE", external_authenticate },
	{ 0x00, 0xFF, 0x84, VSC_CMD_NO_DATA, "GET CHALLENGE", get_challenge },
	{ 0x00, 0xFF, 0x86, VSC_CMD_CHANGES | VSC_CMD_CHAINED | VSC_CMD_SECRET | VSC_CMD_SLOW,
	    "GENERAL AUTHENTICATE", general_authenticate },
	{ 0x00, 0xFF, 0xA4, 0, "SELECT", vsc_cmd_select },
	{ 0x00, 0xFF, 0xB0, 0, "READ BINARY", vsc_cmd_read_binary },
	{ 0x00, 0xFF, 0xB1, 0, "READ BINARY", vsc_cmd_read_binary },
	{ 0x00, 0xFF, 0xC0, VSC_CMD_TRANSPORT, "GET RESPONSE", vsc_cmd_get_response },
	{ 0x00, 0xFF, 0xC2, ENVELOPE, "ENVELOPE", vsc_cmd_envelope },
	/* OpenSC's npa-tool writes data groups with it */
	{ 0x00, 0xFF, 0xD0, VSC_CMD_CHANGES, "WRITE BINARY", vsc_npa_update_binary },
	{ 0x00, 0xFF, 0xD6, VSC_CMD_CHANGES, "UPDATE BINARY", vsc_npa_update_binary },
	{ 0x00, 0xFF, 0xE6, VSC_CMD_CHANGES, "TERMINATE", vsc_npa_terminate },
	{ 0x80, 0xF3, 0x20, 0, "VERIFY (auxiliary data)", vsc_npa_verify_auxiliary },
};

/* A chain of PACE is brought to its end or forgotten; it may come in envelopes. */
static vsc_sw
before(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_cmd *row)
{
	if ((row->flags & VSC_CMD_TRANSPORT) != 0)
		return VSC_SW_OK;
	return vsc_eac_interrupt(card, &vsc_npa_of(card)->eac, cmd);
}

/* What was proven in a session goes with it. */
static void
sm_lost(struct vsc_card *card)
{
	vsc_eac_reset(&vsc_npa_of(card)->eac);
	vsc_rights_clear(vsc_card_rights(card));
}

static void
reset(struct vsc_card *card, enum vsc_reset how)
{
	(void)how;
	vsc_eac_reset(&vsc_npa_of(card)->eac);
}

/* That of the cards issued since 2014. */
static void
atr(const struct vsc_card *card, struct vsc_out *out)
{
	(void)card;
	vsc_out_put(out, VSC_BYTES(0x3B, 0x8A, 0x80, 0x01, 0x80, 0x31, 0xF8, 0x73, 0xF7, 0x41, 0xE0,
			     0x82, 0x90, 0x00, 0x75));
}

static void
release(struct vsc_card *card)
{
	vsc_npa_unload(vsc_npa_of(card));
}

static int
read_holder(struct vsc_card *card, const struct vsc_params *params, struct vsc_npa_dataset *holder)
{
	VSC_AUTO_BLOB file = { NULL, 0 };
	struct vsc_why why;
	int rc;

	if ((rc = vsc_npa_dataset_default(holder)) < 0 ||
	    (rc = vsc_npa_option_file(card, params, "datasetfile", &file)) < 0)
		return rc;
	if (file.len == 0)
		return 0;
	if ((rc = vsc_npa_dataset_read(holder, vsc_blob_span(&file), &why)) < 0)
		return vsc_npa_fail(card, rc, "--datasetfile: %s", why.text);
	return 0;
}

static int
personalise(struct vsc_card *card, const struct vsc_params *params)
{
	struct vsc_npa_dataset holder = { .absent = { false } };
	int rc = read_holder(card, params, &holder);

	if (rc == 0)
		rc = vsc_npa_make_files(card, &holder);
	vsc_npa_dataset_free(&holder);
	if (rc < 0 || (rc = vsc_npa_make_passwords(card, params)) < 0 ||
	    (rc = vsc_npa_make_security(card, params)) < 0 ||
	    (rc = vsc_npa_make_trust(card, params)) < 0 ||
	    (rc = vsc_npa_make_esign(card, params)) < 0 || (rc = vsc_npa_make_cia(card)) < 0)
		return rc;
	if (vsc_params_has(params, "disable-ta-checks") &&
	    (rc = vsc_card_attr_set(card, VSC_NPA_ATTR_IGNORE_DATES, VSC_BYTES(1))) < 0)
		return rc;
	if ((rc = vsc_npa_load(card, params)) < 0)
		return rc;
	return vsc_npa_export(card, params);
}

static const struct vsc_option options[] = {
	{ "pin", 0, VSC_OPTION_VALUE, false, "PIN", "eID PIN, or a transport PIN of five digits" },
	{ "can", 0, VSC_OPTION_VALUE, false, "CAN", "card access number (222222)" },
	{ "puk", 0, VSC_OPTION_VALUE, false, "PUK", "ten digits that unblock the PIN" },
	{ "qes-pin", 0, VSC_OPTION_VALUE, false, "PIN",
	    "PIN of the signature key (444444); \"\": not set yet" },
	{ "mrz", 0, VSC_OPTION_VALUE, false, "MRZ", "machine readable zone, its lines in a row" },
	{ "cvca", 0, VSC_OPTION_FILE, true, "FILE", "CV certificate of a CVCA to trust" },
	{ "disable-ta-checks", 0, VSC_OPTION_FLAG, false, NULL,
	    "take terminal certificates that have expired" },
	{ "ca-key", 0, VSC_OPTION_FILE, false, "FILE", "private key of chip authentication" },
	{ "ef-cardaccess", 0, VSC_OPTION_FILE, false, "FILE", "content of EF.CardAccess" },
	{ "ef-cardsecurity", 0, VSC_OPTION_FILE, false, "FILE", "content of EF.CardSecurity" },
	{ "esign-cert", 0, VSC_OPTION_FILE, false, "FILE", "certificate of the signature key" },
	{ "esign-ca-cert", 0, VSC_OPTION_FILE, false, "FILE", "certificate of its issuer" },
	{ "esign-key", 0, VSC_OPTION_FILE, false, "FILE", "private key for signatures" },
	{ "export-csca", 0, VSC_OPTION_OUTPUT, false, "FILE",
	    "write the country signing CA's certificate" },
	{ "export-ds", 0, VSC_OPTION_OUTPUT, false, "FILE",
	    "write the document signer's certificate" },
	{ "export-pki", 0, VSC_OPTION_OUTPUT, false, "DIR",
	    "write certificates and keys of the card's own terminal PKI" },
	{ "datasetfile", 'd', VSC_OPTION_FILE, false, "FILE", "holder data, lines Name=Value" },
	{ "auth-delay", 0, VSC_OPTION_NUMBER, false, "MS",
	    "let terminals wait, longer with each wrong MRZ, CAN or PUK" },
};

/* Those that mean something to a card that exists already. */
static const char *const later[] = { "disable-ta-checks", "export-csca", "export-ds", "export-pki",
	"auth-delay" };

static int
init(struct vsc_card *card, const struct vsc_params *params)
{
	return vsc_eac_delay_read(card, params, &vsc_npa_of(card)->delay);
}

/* A card that was saved: what is known of it can be exported again. */
static int
load(struct vsc_card *card, const struct vsc_params *params)
{
	const char *directory = vsc_params_get(params, "export-pki");
	int rc;

	vsc_params_warn_late(
	    card, params, options, VSC_COUNT(options), later, VSC_COUNT(later), "card");
	if ((rc = vsc_npa_load(card, params)) < 0 ||
	    (rc = vsc_eac_delay_load(card, &vsc_npa_of(card)->delay)) < 0)
		return rc;
	if (directory != NULL && (rc = vsc_npa_terminals_export(card, directory)) < 0)
		return rc;
	return vsc_npa_export(card, params);
}

VSC_CARD_TYPE(npa) = {
	.abi = VSC_CARD_ABI,
	.name = "nPA",
	.summary = "German identity card",
	.options = options,
	.noptions = VSC_COUNT(options),
	.cmds = cmds,
	.ncmds = VSC_COUNT(cmds),
	.flags = VSC_TYPE_CLASS_80,
	.state_size = sizeof(struct vsc_npa),
	.init = init,
	.personalise = personalise,
	.load = load,
	.release = release,
	.reset = reset,
	.undone = vsc_npa_undone,
	.atr = atr,
	.allows = vsc_npa_allows,
	.sm_lost = sm_lost,
	.before = before,
	.show = vsc_npa_show,
};
