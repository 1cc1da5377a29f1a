/* From what is saved to what a session uses, and back; randomness from a seed. */
#include "base/auto.h"
#include "base/hex.h"
#include "card/sm.h"
#include "cards/epass/epass.h"
#include "crypto/secinfo.h"

/* The key of chip authentication mapping for this group. */
static const struct vsc_agree_key *
cam_key(const struct vsc_epass_chip *chip, unsigned group)
{
	for (size_t i = 0; i < chip->nkeys; i++)
		if (chip->keys[i].alg == NULL && chip->keys[i].group_id == group)
			return &chip->keys[i].key;
	return NULL;
}

/* A group once, though several protocols use it. */
static int
share_group(struct vsc_epass *epass, size_t n)
{
	const struct vsc_plan_pace *pace = epass->chip.pace;

	for (size_t i = 0; i < n; i++)
		if (pace[i].group == pace[n].group) {
			epass->pace[n].group = epass->pace[i].group;
			return 0;
		}
	epass->pace[n].group = NULL;
	if (vsc_group_new(&epass->groups[n], pace[n].group) < 0)
		return VSC_E_CORRUPT;
	epass->pace[n].group = epass->groups[n];
	return 0;
}

int
vsc_epass_start(struct vsc_card *card)
{
	struct vsc_epass *epass = vsc_epass_of(card);
	const struct vsc_epass_chip *chip = &epass->chip;
	struct vsc_eac_setup setup = { .hooks = &vsc_epass_hooks,
		.pace = epass->pace,
		.npace = chip->npace,
		.ca = epass->ca,
		.version = VSC_TA_1,
		.plain_ca = chip->access == 0,
		.sm_flags = VSC_SM_EMRTD | VSC_SM_SHORTEN };
	int rc;

	for (size_t i = 0; i < chip->npace; i++) {
		if ((rc = share_group(epass, i)) < 0)
			return rc;
		epass->pace[i].alg = chip->pace[i].alg;
		epass->pace[i].param_id = (int)chip->pace[i].group;
		if (chip->pace[i].alg->mapping == VSC_PACE_CAM)
			epass->pace[i].cam_key = cam_key(chip, chip->pace[i].group);
	}
	for (size_t i = 0; i < chip->nkeys; i++)
		if (chip->keys[i].alg != NULL && setup.nca < VSC_EPASS_CA_MAX)
			epass->ca[setup.nca++] = (struct vsc_eac_ca){ .alg = chip->keys[i].alg,
				.key = &chip->keys[i].key,
				.key_id = chip->keys[i].id };
	if (vsc_trust_car(&epass->trust, VSC_CVC_IS, 0).len > 0)
		setup.trust = &epass->trust;
	vsc_eac_init(&epass->eac, &setup);
	return vsc_bac_init(&epass->bac, vsc_span_str(chip->mrz_key));
}

int
vsc_epass_save(struct vsc_card *card)
{
	const struct vsc_epass *epass = vsc_epass_of(card);
	VSC_AUTO_BLOB chip = { NULL, 0 }, trust = { NULL, 0 };
	int rc;

	if ((rc = vsc_epass_chip_save(&epass->chip, &chip)) < 0 ||
	    (rc = vsc_trust_save(&epass->trust, &trust)) < 0 ||
	    (rc = vsc_card_attr_set(card, VSC_EPASS_ATTR_CHIP, vsc_blob_span(&chip))) < 0)
		return rc;
	return vsc_card_attr_set(card, VSC_EPASS_ATTR_TRUST, vsc_blob_span(&trust));
}

int
vsc_epass_load_saved(struct vsc_card *card)
{
	struct vsc_epass *epass = vsc_epass_of(card);
	struct vsc_span chip, trust;
	int rc;

	if ((rc = vsc_card_attr_get(card, VSC_EPASS_ATTR_CHIP, &chip)) < 0 ||
	    (rc = vsc_card_attr_get(card, VSC_EPASS_ATTR_TRUST, &trust)) < 0 ||
	    (rc = vsc_epass_chip_load(&epass->chip, chip)) < 0)
		return rc;
	if ((rc = vsc_trust_load(&epass->trust, trust)) < 0)
		return rc;
	return vsc_eac_delay_load(card, &epass->delay);
}

/* A new trust point may be one that could not be saved; what was proven with it goes. */
void
vsc_epass_undone(struct vsc_card *card)
{
	struct vsc_epass *epass = vsc_epass_of(card);
	const struct vsc_ta_setup setup = epass->eac.ta.setup;
	VSC_AUTO_BLOB now = { NULL, 0 };
	struct vsc_span saved;

	if (vsc_card_attr_get(card, VSC_EPASS_ATTR_TRUST, &saved) < 0 ||
	    (vsc_trust_save(&epass->trust, &now) == 0 && vsc_span_eq(vsc_blob_span(&now), saved)))
		return;
	vsc_ta_start(&epass->eac.ta, &setup);
	vsc_trust_free(&epass->trust);
	if (vsc_trust_load(&epass->trust, saved) < 0)
		vsc_card_log(card, VSC_LOG_ERROR, "the trust points cannot be read again");
}

/* --- --seed --- */

static int
next_block(struct vsc_epass_seed *seed)
{
	uint8_t buf[64 + 8];
	struct vsc_out input = vsc_out_from(buf, sizeof(buf));
	struct vsc_out block = vsc_out_from(seed->block, sizeof(seed->block));
	int rc;

	vsc_out_put(&input, vsc_blob_span(&seed->seed));
	vsc_out_u64(&input, seed->counter++);
	rc = vsc_hash_digest(VSC_HASH_SHA256, vsc_out_span(&input), &block);
	vsc_wipe(buf, sizeof(buf));
	seed->left = sizeof(seed->block);
	return rc;
}

static int
seeded_random(void *ctx, uint8_t *buf, size_t len)
{
	struct vsc_epass_seed *seed = &((struct vsc_epass *)ctx)->seed;
	struct vsc_out out = vsc_out_from(buf, len);
	int rc;

	while (out.len < len) {
		size_t n = len - out.len;

		if (seed->left == 0 && (rc = next_block(seed)) < 0)
			return rc;
		n = n < seed->left ? n : seed->left;
		vsc_out_put(&out, vsc_span_from(seed->block + sizeof(seed->block) - seed->left, n));
		seed->left -= n;
	}
	return 0;
}

static int64_t
base_now(void *ctx)
{
	return vsc_env_now(((const struct vsc_epass *)ctx)->base_env);
}

static void
base_log(void *ctx, enum vsc_log_level level, const char *line)
{
	vsc_env_log(((const struct vsc_epass *)ctx)->base_env, level, "%s", line);
}

static void
base_print(void *ctx, const char *line)
{
	vsc_env_print(((const struct vsc_epass *)ctx)->base_env, "%s", line);
}

static void
base_pause(void *ctx, unsigned ms)
{
	vsc_env_pause(((const struct vsc_epass *)ctx)->base_env, ms);
}

int
vsc_epass_set_seed(struct vsc_card *card, const char *hex)
{
	struct vsc_epass *epass = vsc_epass_of(card);
	const struct vsc_env *base = vsc_card_env(card);

	if (vsc_hex_parse(vsc_span_str(hex), &epass->seed.seed) < 0 || epass->seed.seed.len == 0 ||
	    epass->seed.seed.len > 64) {
		vsc_blob_free(&epass->seed.seed);
		vsc_card_log(card, VSC_LOG_ERROR, "--seed: 1 to 64 bytes in hexadecimal");
		return VSC_E_PARAM;
	}
	vsc_card_log(card, VSC_LOG_WARN,
	    "--seed: every key and every random number of this passport can be computed by anybody "
	    "who knows the seed; for tests only");
	epass->base_env = base;
	epass->env = (struct vsc_env){ .ctx = epass,
		.random = seeded_random,
		.now = base_now,
		.log = base_log,
		.verbosity = base != NULL ? base->verbosity : VSC_LOG_INFO,
		.print = base_print,
		.pause = base_pause };
	vsc_card_env_set(card, &epass->env);
	return 0;
}
