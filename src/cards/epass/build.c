/*
 * The steps from options to an ePass in their order: person, chip keys, DG14 and DG15, signatures,
 * trust points, files with their rights.
 */
#include "cards/epass/build.h"

#include "base/auto.h"
#include "base/disk.h"
#include "cards/epass/infos.h"
#include "cards/epass/person.h"
#include "cards/epass/pki.h"
#include "crypto/cms.h"
#include "crypto/secinfo.h"
#include "iso/tlv.h"

const struct vsc_span vsc_epass_aid = {
	(const uint8_t[]){ 0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01 }, 7
};

struct build {
	struct vsc_card *card;
	const struct vsc_params *params;
	struct vsc_epass_chip *chip;
	struct vsc_trust *trust;
	struct vsc_why *why;
	const struct vsc_env *env;
	struct vsc_epass_plan plan;
	struct vsc_epass_person person;
	struct vsc_epass_infos infos;
	struct vsc_signer signer;
	struct vsc_blob card_security; /* signed */
	struct vsc_agree_key wrong[VSC_EPASS_KEYS_MAX];
};

/* --- Data groups that the chip's keys give --- */

/* --fault ca, cam: another key is told than the one that the chip has. */
static int
make_wrong_keys(struct build *b, const struct vsc_agree_key *others[VSC_EPASS_KEYS_MAX])
{
	int rc;

	for (size_t i = 0; i < b->chip->nkeys; i++) {
		const struct vsc_epass_key *k = &b->chip->keys[i];

		others[i] = NULL;
		if ((b->plan.faults & (k->alg == NULL ? VSC_FAULT_CAM : VSC_FAULT_CA)) == 0)
			continue;
		if ((rc = vsc_agree_key_generate(&b->wrong[i], k->group, b->env)) < 0)
			return rc;
		others[i] = &b->wrong[i];
	}
	return 0;
}

/* Is the data group "14=" one of --dg? */
static bool
brings(const struct vsc_params *params, const char *group)
{
	const char *value;

	for (size_t i = 0; (value = vsc_params_nth(params, "dg", i)) != NULL; i++)
		if (vsc_span_starts_with(vsc_span_str(value), vsc_span_str(group)))
			return true;
	return false;
}

static int
make_dg14(struct build *b)
{
	const struct vsc_agree_key *others[VSC_EPASS_KEYS_MAX] = { NULL };
	VSC_AUTO_BLOB group = { NULL, 0 };
	struct vsc_out out;
	int rc;

	if ((rc = make_wrong_keys(b, others)) < 0 ||
	    (rc = vsc_epass_infos_make(
		 &b->infos, b->chip, others, vsc_params_has(b->params, "cvca"))) < 0)
		return rc;
	/* one that was given stays as it is; a dumped passport's own unless the chip got new keys
	 */
	if (b->infos.dg14.len == 0 || brings(b->params, "14=") ||
	    (b->person.dg[14].len > 0 && b->plan.nca == 0 && b->plan.aa_curve == NULL))
		return 0;
	if ((rc = vsc_blob_alloc(&group, vsc_tlv_size(vsc_lds_tag(14), b->infos.dg14.len))) < 0)
		return rc;
	out = vsc_out_from(group.ptr, group.len);
	vsc_tlv_put(&out, vsc_lds_tag(14), vsc_blob_span(&b->infos.dg14));
	return vsc_epass_person_set(&b->person, 14, vsc_out_span(&out));
}

/* DG15: the public half of the key, or of another one. */
static int
make_dg15(struct build *b)
{
	VSC_AUTO_BLOB spki = { NULL, 0 }, group = { NULL, 0 };
	struct vsc_key *wrong = NULL;
	struct vsc_out out;
	int rc = 0;

	if (b->chip->aa == NULL)
		return 0;
	if ((b->plan.faults & VSC_FAULT_AA) != 0)
		rc = vsc_epass_aa_key(&wrong, &b->plan, b->env);
	if (rc == 0)
		rc = vsc_key_save_public(wrong != NULL ? wrong : b->chip->aa, &spki);
	vsc_key_free(wrong);
	if (rc < 0 || (rc = vsc_blob_alloc(&group, vsc_tlv_size(vsc_lds_tag(15), spki.len))) < 0)
		return rc;
	out = vsc_out_from(group.ptr, group.len);
	vsc_tlv_put(&out, vsc_lds_tag(15), vsc_blob_span(&spki));
	return vsc_epass_person_set(&b->person, 15, vsc_out_span(&out));
}

/* --- Signatures --- */

/* A dumped SOD stays as long as nothing else is to be signed. */
static int
make_sod(struct build *b)
{
	if (b->person.sod.len > 0)
		return vsc_epass_sod_take(&b->person, b->plan.faults, b->why);
	vsc_blob_free(&b->person.com);
	if ((b->plan.faults & VSC_FAULT_NO_SOD) != 0)
		return 0;
	return vsc_epass_sod_make(&b->person.sod, &b->person, &b->signer, b->plan.faults, b->env);
}

static int
sign_all(struct build *b)
{
	struct vsc_signer *signer = &b->signer;
	int rc = 0;

	if ((b->plan.faults & VSC_FAULT_NO_SOD) != 0)
		vsc_blob_free(&b->person.sod);
	if (b->person.sod.len == 0 || b->infos.card_security.len > 0)
		rc = vsc_epass_signer_read(signer, &b->plan, &b->person, b->params, b->env, b->why);
	if (rc < 0 || (rc = make_sod(b)) < 0)
		return rc;
	if (b->infos.card_security.len > 0)
		rc = vsc_cms_sign(signer, VSC_OID_SECURITY_OBJECT,
		    vsc_blob_span(&b->infos.card_security), b->env, &b->card_security);
	if (rc == 0 && signer->ds != NULL)
		rc = vsc_signer_export(
		    signer, signer->csca != NULL ? &b->chip->csca : NULL, &b->chip->ds, NULL, NULL);
	return rc;
}

/* --- Terminal authentication --- */

static int
read_trust(struct build *b)
{
	struct vsc_why why = { "" };
	const char *path;
	int rc;

	b->trust->today = vsc_cvc_day(vsc_env_now(b->env));
	for (size_t i = 0; (path = vsc_params_nth(b->params, "cvca", i)) != NULL; i++) {
		VSC_AUTO_BLOB file = { NULL, 0 };

		if ((rc = vsc_disk_read(&file, path, &why)) < 0)
			return vsc_why_set(b->why, rc, "--cvca: %s", why.text);
		rc = vsc_trust_add(b->trust, vsc_blob_span(&file), 0);
		if (rc < 0)
			return vsc_why_set(b->why, rc, "--cvca %.120s: %s", path,
			    rc == VSC_E_SPACE    ? "two are enough: the present one and the next"
			    : rc == VSC_E_EXISTS ? "given twice"
			    : rc == VSC_E_VERIFY ? "not a self-signed certificate of a CVCA"
						 : "not a card verifiable certificate (7F21)");
	}
	if (vsc_params_has(b->params, "cvca") && vsc_trust_car(b->trust, VSC_CVC_IS, 0).len == 0)
		return vsc_why_set(b->why, VSC_E_FORMAT, "--cvca: not one for inspection systems");
	if (!vsc_params_has(b->params, "cvca") &&
	    (b->person.dg[3].len > 0 || b->person.dg[4].len > 0))
		vsc_card_log(b->card, VSC_LOG_WARN,
		    "DG3 and DG4 are closed to everybody: there is no --cvca");
	return 0;
}

void
vsc_epass_put_cvca(struct vsc_out *out, const struct vsc_trust *trust)
{
	size_t start = out->len;

	for (unsigned which = 0; which < 2; which++) {
		struct vsc_span car = vsc_trust_car(trust, VSC_CVC_IS, which);

		if (car.len > 0)
			vsc_tlv_put(out, 0x42, car);
	}
	vsc_out_fill(out, 0, start + 36 - out->len);
}

/* --- Files --- */

static int
add(struct build *b, struct vsc_file *df, uint16_t fid, uint8_t sfi, struct vsc_span content)
{
	const struct vsc_file_spec spec = {
		.fid = fid, .descriptor = VSC_FILE_TRANSPARENT, .sfi = sfi, .content = content
	};

	return content.len == 0 ? 0 : vsc_fs_add(vsc_card_fs(b->card), df, &spec, NULL);
}

static int
add_info(struct build *b, struct vsc_file *mf)
{
	static const uint8_t capabilities[] = { VSC_EPASS_CAPABILITIES };
	/* the longest command and response, which a frame limits */
	static const uint8_t lengths[] = { 0x02, 0x03, 0x00, 0xFF, 0xFF, 0x02, 0x03, 0x00, 0xFF,
		0xFF };
	uint8_t buf[64];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));
	struct vsc_tlv_mark mark;
	int rc;

	vsc_tlv_put_u8(&out, 0x43, VSC_EPASS_SERVICE_DATA);
	vsc_tlv_put(&out, 0x47, VSC_SPAN_OF(capabilities));
	vsc_tlv_put(&out, 0x7F66, VSC_SPAN_OF(lengths));
	if ((rc = add(b, mf, 0x2F01, 0x01, vsc_out_span(&out))) < 0)
		return rc;
	out = vsc_out_from(buf, sizeof(buf));
	mark = vsc_tlv_begin(&out, 0x61);
	vsc_tlv_put(&out, 0x4F, vsc_epass_aid);
	vsc_tlv_end(&out, mark);
	return add(b, mf, 0x2F00, 0x1E, vsc_out_span(&out));
}

/* Doc 9303-10 table 36 */
static int
add_groups(struct build *b, struct vsc_file *app)
{
	uint8_t buf[64];
	struct vsc_out com = vsc_out_from(buf, sizeof(buf));
	uint32_t groups = 0;
	int rc = 0;

	for (unsigned dg = 1; rc == 0 && dg <= VSC_LDS_GROUPS; dg++) {
		if (b->person.dg[dg].len == 0)
			continue;
		groups |= 1u << dg;
		rc = add(b, app, (uint16_t)(VSC_EPASS_FID_DG + dg), (uint8_t)dg,
		    vsc_blob_span(&b->person.dg[dg]));
	}
	vsc_lds_put_com(&com, groups);
	if (rc == 0)
		rc = add(b, app, VSC_EPASS_FID_COM, 0x1E,
		    b->person.com.len > 0 ? vsc_blob_span(&b->person.com) : vsc_out_span(&com));
	return rc < 0 ? rc : add(b, app, VSC_EPASS_FID_SOD, 0x1D, vsc_blob_span(&b->person.sod));
}

static int
add_files(struct build *b)
{
	static const struct vsc_file_spec root = { .fid = VSC_FID_MF, .descriptor = VSC_FILE_DF };
	const struct vsc_file_spec application = { .descriptor = VSC_FILE_DF,
		.name = vsc_epass_aid };
	struct vsc_fs *fs = vsc_card_fs(b->card);
	struct vsc_file *mf, *app;
	uint8_t buf[36];
	struct vsc_out cvca = vsc_out_from(buf, sizeof(buf));
	int rc;

	if ((rc = vsc_fs_add(fs, NULL, &root, &mf)) < 0 || (rc = add_info(b, mf)) < 0 ||
	    (rc = add(b, mf, VSC_EPASS_FID_ACCESS, 0x1C, vsc_blob_span(&b->infos.card_access))) <
		0 ||
	    (rc = add(b, mf, VSC_EPASS_FID_SECURED, 0x1D, vsc_blob_span(&b->card_security))) < 0 ||
	    (rc = vsc_fs_add(fs, mf, &application, &app)) < 0 || (rc = add_groups(b, app)) < 0)
		return rc;
	if (vsc_trust_car(b->trust, VSC_CVC_IS, 0).len == 0)
		return 0;
	vsc_epass_put_cvca(&cvca, b->trust);
	return add(b, app, VSC_EPASS_FID_CVCA, 0x1C, vsc_out_span(&cvca));
}

/* --- All --- */

/* --dg 14= and --dg 15= stand against keys of the chip. */
static int
check_conflicts(struct build *b)
{
	if (brings(b->params, "15=") && b->chip->aa != NULL)
		return vsc_why_set(b->why, VSC_E_PARAM,
		    "--dg 15: its private key is not known; say --aa none too");
	if (brings(b->params, "14=") && b->plan.nca > 0)
		return vsc_why_set(b->why, VSC_E_PARAM,
		    "--dg 14: the private keys in it are not known; say --ca none too");
	return 0;
}

/*
 * A dumped DG14 repeats EF.CardAccess (Doc 9303-11 9.2.11), and readers compare them. Where it
 * stays, PACE is what it tells of; a passport that tells of none has BAC, or else its SOD could not
 * stay.
 */
static void
adopt_access(struct build *b)
{
	struct vsc_epass_plan *plan = &b->plan;
	struct vsc_plan_pace pace[VSC_EPASS_PACE_MAX];
	size_t count;

	if (!b->person.dumped || b->person.sod.len == 0 || vsc_params_has(b->params, "pace") ||
	    plan->npace == 0 || plan->nca > 0 || plan->aa_curve != NULL)
		return;
	count = vsc_epass_infos_pace(vsc_blob_span(&b->person.dg[14]), pace);
	if (count == 0 && vsc_params_has(b->params, "access"))
		return;
	for (size_t i = 0; i < count; i++)
		plan->pace[i] = pace[i];
	plan->npace = count;
	if (count == 0)
		plan->access = VSC_EPASS_BAC;
}

static int
build(struct build *b)
{
	bool dumped = vsc_params_has(b->params, "lds");
	int rc;

	if ((rc = vsc_epass_plan_read(&b->plan, b->params, dumped, b->why)) < 0 ||
	    (rc = vsc_epass_person_read(&b->person, b->params, b->env, b->why)) < 0 ||
	    (rc = read_trust(b)) < 0)
		return rc;
	adopt_access(b);
	if ((rc = vsc_epass_chip_make(b->chip, &b->plan, &b->person.mrz, b->env)) < 0 ||
	    (rc = check_conflicts(b)) < 0 || (rc = make_dg14(b)) < 0 || (rc = make_dg15(b)) < 0 ||
	    (rc = sign_all(b)) < 0)
		return rc;
	return add_files(b);
}

int
vsc_epass_build(struct vsc_card *card, const struct vsc_params *params, struct vsc_epass_chip *chip,
    struct vsc_trust *trust, struct vsc_why *why)
{
	struct build b = { .card = card,
		.params = params,
		.chip = chip,
		.trust = trust,
		.why = why,
		.env = vsc_card_env(card) };
	int rc = build(&b);

	if (rc < 0 && why->text[0] == '\0')
		vsc_why_set(why, rc, "the passport could not be made: %s", vsc_err_text(rc));
	for (size_t i = 0; i < VSC_COUNT(b.wrong); i++)
		vsc_agree_key_free(&b.wrong[i]);
	vsc_epass_person_free(&b.person);
	vsc_epass_infos_free(&b.infos);
	vsc_signer_free(&b.signer);
	vsc_blob_free(&b.card_security);
	return rc;
}
