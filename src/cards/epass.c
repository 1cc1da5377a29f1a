/*
 * ePass: an electronic passport after ICAO Doc 9303-10 and -11. What it is made from is in
 * epass/build.c, how a reader gets in in epass/auth.c, what it may then read in epass/access.c;
 * PACE, chip and terminal authentication are the eac folder's.
 */
#include "card/chain.h"
#include "card/cmd.h"
#include "cards/epass/epass.h"
#include "iso/tlv.h"

#define VALUE(option, rep, arg, text)                       \
	{                                                   \
		option, 0, VSC_OPTION_VALUE, rep, arg, text \
	}
#define PATH(option, rep, arg, text)                       \
	{                                                  \
		option, 0, VSC_OPTION_FILE, rep, arg, text \
	}

#define WRITTEN(option, arg, text)                             \
	{                                                      \
		option, 0, VSC_OPTION_OUTPUT, false, arg, text \
	}

static const struct vsc_option options[] = {
	VALUE("mrz", false, "TEXT|@FILE", "the machine readable zone: TD1, TD2 or TD3"),
	{ "fix-mrz", 0, VSC_OPTION_FLAG, false, NULL, "compute wrong check digits of --mrz anew" },
	VALUE("mrz-format", false, "FORMAT", "td1, td2 or td3 (default), for the fields below"),
	VALUE("doc-type", false, "CODE", "document type (default P; with td1 and td2 I)"),
	VALUE("issuer", false, "CODE", "issuing state (default UTO)"),
	VALUE("nationality", false, "CODE", "nationality (default: the issuer)"),
	VALUE("name", false, "NAME", "\"Surname, Given Names\" in UTF-8"),
	VALUE("doc-number", false, "TEXT", "document number"),
	VALUE("birth", false, "DATE", "date of birth, YYYY-MM-DD"),
	VALUE("sex", false, "LETTER", "F, M or X (unspecified)"),
	VALUE("expiry", false, "DATE", "date of expiry, YYYY-MM-DD"),
	VALUE("optional-data", false, "TEXT", "personal number or other optional data"),
	PATH("portrait", false, "FILE", "DG2: JPEG or JPEG 2000"),
	VALUE("dg11", true, "FIELD=TEXT", "a field of DG11: full-name, place-of-birth ..."),
	VALUE("dg12", true, "FIELD=TEXT", "a field of DG12: issuing-authority, issue-date ..."),
	VALUE("dg", true, "N=FILE", "data group N as it is"),
	PATH("lds", false, "DIR", "a dumped passport's files"),
	VALUE("access", false, "LIST", "bac,pace (default), bac, pace or none"),
	VALUE("pace", true, "SPEC", "gm,im,cam[:param[:cipher]] (default ecdh-gm:13:aes128)"),
	VALUE("can", false, "DIGITS", "card access number (default: random)"),
	VALUE("aa", false, "SPEC",
	    "active authentication, rsa1024[:sha1] (default), p256 ... or none"),
	VALUE("ca", true, "SPEC", "chip authentication, bp256[:aes128] (default) ... or none"),
	PATH("cvca", true, "FILE", "trust point of terminal authentication"),
	PATH("fingerprint", false, "FILE", "DG3: a picture or the data group"),
	PATH("iris", false, "FILE", "DG4: a picture or the data group"),
	VALUE("pki", false, "KIND", "document signer: rsa (default), rsapss, ec-named, ec"),
	PATH("csca-cert", false, "FILE", "country signing CA, PEM or DER"),
	PATH("csca-key", false, "FILE", "its key: it issues the document signer"),
	PATH("ds-cert", false, "FILE", "document signer, PEM or DER"),
	PATH("ds-key", false, "FILE", "its key"),
	WRITTEN("export-csca", "FILE", "write the CSCA certificate (DER; NAME.pem: PEM)"),
	WRITTEN("export-ds", "FILE", "write the document signer's certificate"),
	WRITTEN("export-lds", "DIR", "write the files of the passport"),
	VALUE("fault", true, "LIST", "sod-sig, dg-hash, aa, ca, cam, expired-ds, no-sod"),
	{ "auth-delay", 0, VSC_OPTION_NUMBER, false, "MS",
	    "let readers wait, longer with each failed BAC or PACE" },
	VALUE("seed", false, "HEX", "reproducible keys and nonces; for tests only"),
};

/* Those that mean something to a passport that exists already. */
static const char *const runtime_options[] = { "export-csca", "export-ds", "export-lds",
	"auth-delay", "seed" };

/* As a contactless card shows itself to PC/SC (part 3, 3.1.3.2.3): the historical bytes. */
static void
atr(const struct vsc_card *card, struct vsc_out *out)
{
	struct vsc_atr fields = {
		.ts = 0x3B,
		.groups = { { .has_td = true, .td = 0x00 }, { .has_td = true, .td = 0x01 } },
		.ngroups = 2,
		.historical = { 0x80, 0x31, VSC_EPASS_SERVICE_DATA, 0x73, VSC_EPASS_CAPABILITIES },
		.nhistorical = 7,
	};

	(void)card;
	vsc_atr_put(out, &fields);
}

/* --- Life --- */

static int
init(struct vsc_card *card, const struct vsc_params *params)
{
	struct vsc_epass *epass = vsc_epass_of(card);

	if (vsc_eac_delay_read(card, params, &epass->delay) < 0)
		return VSC_E_PARAM;
	if (!vsc_params_has(params, "seed"))
		return 0;
	return vsc_epass_set_seed(card, vsc_params_get(params, "seed"));
}

/* What a new and an opened passport have in common. */
static int
begin(struct vsc_card *card, const struct vsc_params *params)
{
	struct vsc_why why = { "" };
	int rc = vsc_epass_start(card);

	if (rc == 0) {
		vsc_epass_announce(card);
		rc = vsc_epass_export(card, params, &vsc_epass_of(card)->chip, &why);
	}
	if (rc < 0)
		vsc_card_log(
		    card, VSC_LOG_ERROR, "%s", why.text[0] != '\0' ? why.text : vsc_err_text(rc));
	return rc;
}

static int
personalise(struct vsc_card *card, const struct vsc_params *params)
{
	struct vsc_epass *epass = vsc_epass_of(card);
	struct vsc_why why = { "" };
	int rc = vsc_epass_build(card, params, &epass->chip, &epass->trust, &why);

	if (rc < 0) {
		vsc_card_log(card, VSC_LOG_ERROR, "%s", why.text);
		return rc;
	}
	if ((rc = vsc_epass_save(card)) < 0)
		return rc;
	return begin(card, params);
}

static int
load(struct vsc_card *card, const struct vsc_params *params)
{
	int rc;

	vsc_params_warn_late(card, params, options, VSC_COUNT(options), runtime_options,
	    VSC_COUNT(runtime_options), "passport");
	if ((rc = vsc_epass_load_saved(card)) < 0) {
		vsc_card_log(card, VSC_LOG_ERROR, "the saved passport is damaged");
		return rc;
	}
	return begin(card, params);
}

static void
release(struct vsc_card *card)
{
	struct vsc_epass *epass = vsc_epass_of(card);

	vsc_eac_reset(&epass->eac);
	vsc_bac_free(&epass->bac);
	for (size_t i = 0; i < VSC_COUNT(epass->groups); i++)
		vsc_group_free(epass->groups[i]);
	vsc_epass_chip_free(&epass->chip);
	vsc_trust_free(&epass->trust);
	vsc_blob_free(&epass->seed.seed);
}

/* Keys gone, back to nothing proven. */
static void
sm_lost(struct vsc_card *card)
{
	struct vsc_epass *epass = vsc_epass_of(card);

	vsc_eac_reset(&epass->eac);
	epass->bac_done = false;
	epass->challenged = false;
}

static void
reset(struct vsc_card *card, enum vsc_reset how)
{
	(void)how;
	sm_lost(card);
}

/* A reader that gave PACE up half way may begin again with any command. */
static vsc_sw
before(struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_cmd *row)
{
	(void)row;
	(void)vsc_eac_interrupt(card, &vsc_epass_of(card)->eac, cmd);
	return VSC_SW_OK;
}

/* --- Commands --- */

#define BY_NAME   0x04u /* P1 of SELECT */
#define P2_ANSWER 0x0Cu /* its P2: bits of what is wanted */
#define P2_FCP    0x04u

/* Readers look for the name first in what they take for the FCI, whichever template they ask for.
 */
static void
put_application(struct vsc_card *card, struct vsc_out *out)
{
	const struct vsc_file *df = vsc_card_position(card)->df;
	struct vsc_tlv_mark fci;

	vsc_out_truncate(out, 0);
	fci = vsc_tlv_begin(out, 0x6F);
	vsc_tlv_put(out, 0x84, vsc_file_name(df));
	vsc_tlv_put_u8(out, 0x82, df->descriptor);
	vsc_tlv_put_u8(out, 0x8A, df->life);
	vsc_tlv_end(out, fci);
}

/* No Le: no answer is wanted, though P2 would ask for one; readers differ here. */
static vsc_sw
select_file(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	vsc_sw sw = vsc_cmd_select(card, cmd, out);

	if (!cmd->has_le)
		vsc_out_truncate(out, 0);
	else if (sw == VSC_SW_OK && cmd->p1 == BY_NAME && (cmd->p2 & P2_ANSWER) <= P2_FCP)
		put_application(card, out);
	return sw;
}

static const struct vsc_cmd cmds[] = {
	/* cla  mask  ins   flags  name  run */
	{ 0x00, 0xFF, 0x22, 0, "MANAGE SECURITY ENVIRONMENT", vsc_epass_mse },
	{ 0x00, 0xFF, 0x2A, VSC_CMD_CHANGES, "PERFORM SECURITY OPERATION", vsc_epass_pso },
	{ 0x00, 0xFF, 0x82, VSC_CMD_SLOW, "EXTERNAL AUTHENTICATE",
	    vsc_epass_external_authenticate },
	{ 0x00, 0xFF, 0x84, VSC_CMD_NO_DATA, "GET CHALLENGE", vsc_epass_get_challenge },
	{ 0x00, 0xFF, 0x86, VSC_CMD_CHAINED | VSC_CMD_SLOW, "GENERAL AUTHENTICATE",
	    vsc_epass_general_authenticate },
	{ 0x00, 0xFF, 0x88, 0, "INTERNAL AUTHENTICATE", vsc_epass_internal_authenticate },
	{ 0x00, 0xFF, 0xA4, 0, "SELECT", select_file },
	{ 0x00, 0xFF, 0xB0, 0, "READ BINARY", vsc_cmd_read_binary },
	{ 0x00, 0xFF, 0xB1, 0, "READ BINARY", vsc_cmd_read_binary },
	{ 0x00, 0xFF, 0xC0, VSC_CMD_TRANSPORT, "GET RESPONSE", vsc_cmd_get_response },
};

VSC_CARD_TYPE(epass) = {
	.abi = VSC_CARD_ABI,
	.name = "ePass",
	.summary = "electronic passport: ICAO Doc 9303, BAC, PACE, AA, EAC",
	.options = options,
	.noptions = VSC_COUNT(options),
	.cmds = cmds,
	.ncmds = VSC_COUNT(cmds),
	.state_size = sizeof(struct vsc_epass),
	.init = init,
	.personalise = personalise,
	.load = load,
	.release = release,
	.reset = reset,
	.undone = vsc_epass_undone,
	.atr = atr,
	.allows = vsc_epass_allows,
	.sm_lost = sm_lost,
	.before = before,
	.show = vsc_epass_show,
};
