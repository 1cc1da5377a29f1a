/*
 * The German identity card (BSI TR-03110, TR-03127): what the files of the type share. npa.c is the
 * type itself and its command table; START READING THERE.
 */
#ifndef VSC_CARDS_NPA_NPA_H
#define VSC_CARDS_NPA_NPA_H

#include "card/auth.h"
#include "card/fs.h"
#include "cards/eac/eac.h"
#include "cards/npa/dataset.h"
#include "crypto/secinfo.h"

/* Names of the saved values. */
#define VSC_NPA_ATTR_TRUST        "trust"
#define VSC_NPA_ATTR_IGNORE_DATES "ignore-dates"
#define VSC_NPA_ATTR_CA_KEY       "ca-key" /* with "-" and the key's number */
#define VSC_NPA_ATTR_RI_KEY       "ri-key"
#define VSC_NPA_ATTR_CSCA         "csca" /* certificates in DER */
#define VSC_NPA_ATTR_DS           "ds"
#define VSC_NPA_ATTR_PKI          "pki" /* see terminals.c */

#define VSC_NPA_FID_CHIP_SECURITY 0x011Bu
#define VSC_NPA_FID_CARD_ACCESS   0x011Cu
#define VSC_NPA_FID_CARD_SECURITY 0x011Du
#define VSC_NPA_FID_DG1           0x0101u /* DGn: 0100 + n */
#define VSC_NPA_FID_ESIGN_CA      0xC000u
#define VSC_NPA_FID_ESIGN         0xC001u

#define VSC_NPA_QES_PIN 0x81u /* reference of PIN.QES in DF eSign */
#define VSC_NPA_QES_KEY 0x84u /* and of the signature key */

/* Effective rights of an authentication terminal (TR-03110-4 2.2.3.2), of an inspection system
 * (2.2.3.1) and of a signature terminal (2.2.3.3): bit numbers. */
enum vsc_npa_right {
	VSC_NPA_AT_AGE = 0,
	VSC_NPA_AT_COMMUNITY = 1,
	VSC_NPA_AT_PRIVILEGED = 3,
	VSC_NPA_AT_CAN_ALLOWED = 4,
	VSC_NPA_AT_PIN_MANAGEMENT = 5,
	VSC_NPA_AT_INSTALL_CERT = 6,
	VSC_NPA_AT_INSTALL_QUALIFIED = 7,
	VSC_NPA_AT_READ_DG1 = 8,    /* DGn: 7 + n */
	VSC_NPA_AT_WRITE_DG22 = 32, /* DGn: 54 - n, n 17 to 22 */
	VSC_NPA_IS_READ_EID = 5,
	VSC_NPA_ST_SIGN = 0,
	VSC_NPA_ST_SIGN_QUALIFIED = 1,
};

struct vsc_signer;
struct vsc_mrz;

#define VSC_NPA_GROUPS_MAX 8
#define VSC_NPA_ROWS_MAX   8

struct vsc_npa {
	struct vsc_eac eac;
	struct vsc_trust trust;
	struct vsc_group *groups[VSC_NPA_GROUPS_MAX];
	size_t ngroups;
	struct vsc_eac_pace pace[VSC_NPA_ROWS_MAX];
	struct vsc_eac_ca ca[VSC_NPA_ROWS_MAX];
	struct vsc_eac_ri ri[VSC_NPA_ROWS_MAX];
	struct vsc_agree_key ca_keys[VSC_NPA_ROWS_MAX], ri_keys[VSC_NPA_ROWS_MAX];
	size_t npace, nca, nri;
	bool ignore_dates;
	struct vsc_eac_delay delay; /* after a wrong MRZ, CAN or PUK */
};

extern const struct vsc_card_type vsc_card_npa;

static inline struct vsc_npa *
vsc_npa_of(const struct vsc_card *card)
{
	return vsc_card_state(card, &vsc_card_npa);
}

/* After terminal and chip authentication: has a terminal of this type this right? */
bool vsc_npa_may(struct vsc_card *card, enum vsc_cvc_type type, unsigned right);

/* An EF by its place: aid empty is the MF. NULL if it is not there. */
struct vsc_file *vsc_npa_file(struct vsc_card *card, struct vsc_span aid, uint16_t fid);
extern const struct vsc_span vsc_npa_aid_eid, vsc_npa_aid_esign, vsc_npa_aid_cia, vsc_npa_aid_icao;

/* access.c */
vsc_sw vsc_npa_allows(struct vsc_card *card, const struct vsc_file *file, enum vsc_access access);
vsc_cmd_fn vsc_npa_update_binary;

/* aux.c: VERIFY and COMPARE of auxiliary data */
vsc_cmd_fn vsc_npa_verify_auxiliary, vsc_npa_compare_auxiliary;

/* cia.c: the description of eSign */
VSC_MUST_CHECK int vsc_npa_make_cia(struct vsc_card *card);

/* esign.c */
vsc_cmd_fn vsc_npa_sign, vsc_npa_generate, vsc_npa_mse_sign;
/* A signature terminal with one of its rights, after chip authentication. */
bool vsc_npa_may_sign(struct vsc_card *card);
/* In DF eSign, with the right that `may` asks for: 9000, 6A88, 6982. */
vsc_sw vsc_npa_esign_demand(struct vsc_card *card, bool (*may)(struct vsc_card *card));
VSC_MUST_CHECK int vsc_npa_make_esign(struct vsc_card *card, const struct vsc_params *params);

/* export.c: --export-csca, --export-ds */
VSC_MUST_CHECK int vsc_npa_export(struct vsc_card *card, const struct vsc_params *params);

/* files.c: MF, EF.DIR, EF.ATR/INFO, the eID application */
VSC_MUST_CHECK int vsc_npa_make_files(struct vsc_card *card, const struct vsc_npa_dataset *holder);

/* given.c: files of another card */
/* EF.CardAccess made of the content of EF.CardSecurity. */
VSC_MUST_CHECK int vsc_npa_access_of(struct vsc_span card_set, struct vsc_blob *access);
VSC_MUST_CHECK int vsc_npa_check_access(
    struct vsc_card *card, struct vsc_span access, struct vsc_span card_set);
/* It announces PACE and chip authentication that this card can do; option: where it came from. */
VSC_MUST_CHECK int vsc_npa_check_usable(
    struct vsc_card *card, const char *option, struct vsc_span access);
/* made: ChipAuthenticationPublicKeyInfos of the private keys at hand. */
VSC_MUST_CHECK int vsc_npa_check_public(
    struct vsc_card *card, struct vsc_span made, const struct vsc_secinfos *given);

/* icao.c: the eMRTD application; infos is the set in DG14 */
VSC_MUST_CHECK int vsc_npa_make_icao(struct vsc_card *card, const struct vsc_params *params,
    const struct vsc_signer *signer, struct vsc_span infos);

/* keys.c: from what is saved to what the session uses. */
VSC_MUST_CHECK int vsc_npa_load(struct vsc_card *card, const struct vsc_params *params);
void vsc_npa_undone(struct vsc_card *card);
void vsc_npa_unload(struct vsc_npa *npa);
VSC_MUST_CHECK int vsc_npa_save_trust(struct vsc_card *card);
/* A standardised group, made once per card. */
VSC_MUST_CHECK int vsc_npa_group(
    struct vsc_npa *npa, struct vsc_span algorithm, const struct vsc_group **group);

/* password.c: MRZ, CAN, PIN, PUK */
extern const struct vsc_eac_hooks vsc_npa_hooks;
VSC_MUST_CHECK int vsc_npa_make_passwords(struct vsc_card *card, const struct vsc_params *params);
/* --mrz, or the default */
VSC_MUST_CHECK int vsc_npa_read_mrz(
    struct vsc_card *card, const struct vsc_params *params, struct vsc_mrz *mrz);
vsc_cmd_fn vsc_npa_reset_retry, vsc_npa_activate_pin, vsc_npa_deactivate_pin;

/* pki.c: trust points from files, or made for the card */
VSC_MUST_CHECK int vsc_npa_make_trust(struct vsc_card *card, const struct vsc_params *params);

/* qes.c: PIN.QES */
vsc_cmd_fn vsc_npa_verify, vsc_npa_change_reference, vsc_npa_terminate;
vsc_sw vsc_npa_reset_qes(struct vsc_card *card, const struct vsc_apdu *cmd);
VSC_MUST_CHECK int vsc_npa_make_qes(
    struct vsc_card *card, const struct vsc_params *params, uint32_t df);

/* security.c: EF.CardAccess, EF.CardSecurity, EF.ChipSecurity and the keys they speak of */
VSC_MUST_CHECK int vsc_npa_make_security(struct vsc_card *card, const struct vsc_params *params);

/* terminals.c: the terminal PKI of a card without a given CVCA; --export-pki */
/* directory may be NULL. */
VSC_MUST_CHECK int vsc_npa_terminals_make(struct vsc_card *card, const char *directory);
/* Of a saved card. */
VSC_MUST_CHECK int vsc_npa_terminals_export(struct vsc_card *card, const char *directory);

/* show.c */
void vsc_npa_show(struct vsc_card *card, struct vsc_out *text);

/* The content of a file that an option names; errors are logged with the option's name. Empty if
 * the option was not given. */
VSC_MUST_CHECK int vsc_npa_option_file(struct vsc_card *card, const struct vsc_params *params,
    const char *option, struct vsc_blob *bytes);
/* Log for the user, and return err. */
int vsc_npa_fail(struct vsc_card *card, int err, const char *format, ...) VSC_PRINTF(3, 4);

#endif
