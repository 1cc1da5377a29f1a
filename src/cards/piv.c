/*
 * A PIV card: keys with certificates, after NIST SP 800-73-4, with the commands that Yubico added.
 * OpenSC, PKCS #11 programs, ssh, browsers and Windows know it. Its parts are in piv/; the facts
 * that clients hang on are in docs/cards/piv.md.
 */
#include "cards/piv/piv.h"

#include <stdio.h>

#include "card/chain.h"
#include "cards/piv/make.h"
#include "iso/tlv.h"

/* RID of NIST, PIX of the application, version 1.0 */
static const uint8_t aid[] = { 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00 };

/*
 * T=0 and T=1; historical bytes 80 F9 and the RID with the beginning of the PIX. OpenSC takes a
 * card with this ATR for PIV without restrictions; others it takes for cards without elliptic
 * curves.
 */
static void
atr(const struct vsc_card *card, struct vsc_out *out)
{
	static const struct vsc_atr fields = {
		.ts = 0x3B,
		.groups = { { .has_td = true, .td = 0x80 }, { .has_td = true, .td = 0x01 } },
		.ngroups = 2,
		.historical = { 0x80, 0xF9, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00 },
		.nhistorical = 11,
	};

	(void)card;
	vsc_atr_put(out, &fields);
}

/* SP 800-73-4 3.1.1, table 4: AC with the cipher suite, and an object identifier that is none. */
static void
put_suite(const struct piv_suite *suite, struct vsc_out *out)
{
	struct vsc_tlv_mark algorithms;

	if (suite == NULL)
		return;
	algorithms = vsc_tlv_begin(out, 0xAC);
	vsc_tlv_put_u8(out, 0x80, suite->id);
	vsc_tlv_put_u8(out, 0x06, 0x00);
	vsc_tlv_end(out, algorithms);
}

/*
 * SP 800-73-4 3.1.1: by the whole AID, without the version, or by the RID alone. Any other name
 * leaves everything as it is: this is the only application, and clients try many names.
 */
static vsc_sw
piv_select(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_span whole = VSC_SPAN_OF(aid);
	struct vsc_tlv_mark template, authority;

	if (cmd->p1 != 0x04 || cmd->p2 != 0x00)
		return vsc_card_refuse(card, VSC_SW_WRONG_P1P2, "P1-P2 must be 0400");
	if ((cmd->data.len != 5 && cmd->data.len != 9 && cmd->data.len != 11) ||
	    !vsc_span_starts_with(whole, cmd->data))
		return vsc_card_refuse(card, VSC_SW_FILE_NOT_FOUND, "no such application");
	template = vsc_tlv_begin(out, 0x61);
	vsc_tlv_put(out, 0x4F, vsc_span_slice(whole, 5, 6));
	authority = vsc_tlv_begin(out, 0x79);
	vsc_tlv_put(out, 0x4F, vsc_span_slice(whole, 0, 5));
	vsc_tlv_end(out, authority);
	vsc_tlv_put(out, 0x50, vsc_span_str("Virtual Smart Card PIV"));
	put_suite(piv_suite_of(card), out);
	vsc_tlv_end(out, template);
	return VSC_SW_OK;
}

static int
init(struct vsc_card *card, const struct vsc_params *params)
{
	piv_state(card)->touch = vsc_params_get(params, "touch");
	if (piv_state(card)->touch != NULL && *piv_state(card)->touch == '\0')
		return piv_option_error(
		    card, "touch", NULL, "given, ask, signal or a command expected");
	piv_state(card)->contactless = vsc_params_has(params, "contactless");
	return 0;
}

static void
reset(struct vsc_card *card, enum vsc_reset how)
{
	struct piv *piv = piv_state(card);

	(void)how;
	piv->step = PIV_NOTHING;
	piv->touched = 0;
	vsc_wipe(piv->secret, sizeof(piv->secret));
	piv_secure_reset(card);
}

/* The virtual contact interface goes with the session. */
static void
sm_lost(struct vsc_card *card)
{
	piv_state(card)->paired = false;
}

/* SP 800-73-4 3.2.4: for a key that asks for the PIN always, the command right before has to be
 * VERIFY. */
static vsc_sw
after(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out, vsc_sw sw)
{
	(void)out;
	if (cmd->ins != 0x20)
		vsc_card_rights(card)->fresh = 0;
	return sw;
}

static void
show_secure(struct vsc_card *card, struct vsc_out *text)
{
	static const char *const vci[] = {
		[PIV_VCI_NONE] = "no virtual contact interface",
		[PIV_VCI_PAIRING] = "virtual contact interface with a pairing code",
		[PIV_VCI_FREE] = "virtual contact interface without a pairing code",
	};
	const struct piv_suite *suite = piv_suite_of(card);
	char line[128];

	if (suite == NULL)
		return;
	snprintf(line, sizeof(line), "Secure messaging with cipher suite %02X (%s); %s\n",
	    suite->id, suite->name, vci[piv_vci_policy(card)]);
	vsc_out_str(text, line);
}

static void
show(struct vsc_card *card, struct vsc_out *text)
{
	struct vsc_span version = piv_attr(card, "version"), value;
	uint32_t tag;
	char line[128];

	if (version.len == 3) {
		snprintf(line, sizeof(line), "Reports version %u.%u.%u\n", version.ptr[0],
		    version.ptr[1], version.ptr[2]);
		vsc_out_str(text, line);
	}
	show_secure(card, text);
	for (size_t n = 0; (tag = piv_object_nth(n)) != 0; n++) {
		const char *name = piv_object_name(tag);

		if (piv_object_get(card, tag, &value) < 0)
			continue;
		snprintf(line, sizeof(line), "Object %06X, %zu bytes%s%s\n", (unsigned)tag,
		    value.len, name == NULL ? "" : ": ", name == NULL ? "" : name);
		vsc_out_str(text, line);
	}
}

#define CHANGES VSC_CMD_CHANGES
#define PIN     (VSC_CMD_CHANGES | VSC_CMD_SECRET)
#define SLOW    (VSC_CMD_CHANGES | VSC_CMD_SLOW)

/* SP 800-73-4 part 2 table 2, then Yubico's */
static const struct vsc_cmd cmds[] = {
	/* cla  mask  ins   flags  name  run */
	{ 0x00, 0xFF, 0x20, PIN, "VERIFY", piv_verify },
	{ 0x00, 0xFF, 0x24, PIN, "CHANGE REFERENCE DATA", piv_change_reference },
	{ 0x00, 0xFF, 0x2C, PIN, "RESET RETRY COUNTER", piv_reset_retry },
	{ 0x00, 0xFF, 0x47, SLOW, "GENERATE ASYMMETRIC KEY PAIR", piv_generate },
	{ 0x00, 0xFF, 0x87, VSC_CMD_SLOW, "GENERAL AUTHENTICATE", piv_general_authenticate },
	{ 0x00, 0xFF, 0xA4, VSC_CMD_NO_SM, "SELECT", piv_select },
	{ 0x00, 0xFF, 0xC0, VSC_CMD_TRANSPORT, "GET RESPONSE", vsc_cmd_get_response },
	{ 0x00, 0xFF, 0xCB, 0, "GET DATA", piv_get_data },
	{ 0x00, 0xFF, 0xDB, CHANGES, "PUT DATA", piv_put_data },
	{ 0x00, 0xFF, 0xF6, CHANGES | VSC_CMD_NO_DATA, "MOVE KEY", piv_move_key },
	{ 0x00, 0xFF, 0xF7, VSC_CMD_NO_DATA, "GET METADATA", piv_metadata },
	{ 0x00, 0xFF, 0xF8, VSC_CMD_NO_DATA, "GET SERIAL", piv_serial },
	{ 0x00, 0xFF, 0xF9, VSC_CMD_SLOW | VSC_CMD_NO_DATA, "ATTEST", piv_attest },
	{ 0x00, 0xFF, 0xFA, CHANGES | VSC_CMD_NO_DATA, "SET PIN RETRIES", piv_set_tries },
	{ 0x00, 0xFF, 0xFB, SLOW | VSC_CMD_NO_DATA, "RESET", piv_reset_card },
	{ 0x00, 0xFF, 0xFD, VSC_CMD_NO_DATA, "GET VERSION", piv_version },
	{ 0x00, 0xFF, 0xFE, SLOW | VSC_CMD_SECRET, "IMPORT KEY", piv_import },
	{ 0x00, 0xFF, 0xFF, PIN, "SET MANAGEMENT KEY", piv_set_admin },
};

static const struct vsc_option options[] = {
	{ "import", 0, VSC_OPTION_FILE, true, "FILE",
	    "a key with its certificate: PKCS #12, PEM or DER; 9c:FILE says where to" },
	{ "password", 0, VSC_OPTION_VALUE, false, "TEXT", "of the files to import" },
	{ "slot", 0, VSC_OPTION_VALUE, true, "KEY", "where the imported key goes (9a)" },
	{ "generate", 0, VSC_OPTION_VALUE, true, "KEY:ALG",
	    "make a key: 9a:rsa2048, 9c:eccp256, eccp384, ed25519, x25519, ..." },
	{ "subject", 0, VSC_OPTION_VALUE, false, "/CN=NAME",
	    "of certificates the card makes for keys without one" },
	{ "upn", 0, VSC_OPTION_VALUE, false, "USER@DOMAIN",
	    "in such a certificate for 9a: the name that Windows logs on" },
	{ "email", 0, VSC_OPTION_VALUE, false, "ADDRESS", "in such certificates" },
	{ "csr-out", 0, VSC_OPTION_OUTPUT, false, "FILE",
	    "a certificate request instead of such a certificate" },
	{ "pin", 0, VSC_OPTION_VALUE, false, "PIN", "six to eight characters (123456)" },
	{ "puk", 0, VSC_OPTION_VALUE, false, "PUK", "six to eight characters (12345678)" },
	{ "global-pin", 0, VSC_OPTION_VALUE, false, "PIN",
	    "a PIN of the whole card besides, which can be given instead (none)" },
	{ "mgm-key", 0, VSC_OPTION_VALUE, false, "[ALG:]HEX",
	    "management key: 3des (default), aes128, aes192, aes256" },
	{ "sm", 0, VSC_OPTION_VALUE, false, "cs2|cs7|none",
	    "cipher suite of secure messaging: P-256 with AES-128 (default), P-384 with AES-256" },
	{ "sm-signer", 0, VSC_OPTION_FILE, false, "FILE",
	    "key and certificate that sign its certificate (made)" },
	{ "pairing-code", 0, VSC_OPTION_VALUE, false, "DIGITS|none",
	    "opens the virtual contact interface: eight digits; none: it needs no code" },
	{ "contactless", 0, VSC_OPTION_FLAG, false, NULL,
	    "the card is in a contactless reader: less is allowed" },
	{ "touch", 0, VSC_OPTION_VALUE, false, "given|ask|signal|COMMAND",
	    "keys that want a touch: always given, asked for here, SIGUSR1, or by a program" },
	{ "yubikey-version", 0, VSC_OPTION_VALUE, false, "X.Y.Z", "reported to tools (5.4.3)" },
	{ "export-attestation", 0, VSC_OPTION_OUTPUT, false, "FILE",
	    "the certificate that this card's attestations are signed with" },
};

VSC_CARD_TYPE(piv) = {
	.abi = VSC_CARD_ABI,
	.name = "piv",
	.summary = "PIV (NIST SP 800-73-4) with Yubico's commands: keys and certificates",
	.options = options,
	.noptions = VSC_COUNT(options),
	.cmds = cmds,
	.ncmds = VSC_COUNT(cmds),
	.flags = VSC_TYPE_ANSWERS,
	.state_size = sizeof(struct piv),
	.init = init,
	.personalise = piv_personalise,
	.load = piv_load,
	.reset = reset,
	.sm_lost = sm_lost,
	.before = piv_before,
	.atr = atr,
	.after = after,
	.show = show,
};
