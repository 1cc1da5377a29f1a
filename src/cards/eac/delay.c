/* --auth-delay: the next attempt after failed ones waits, longer with each, up to a minute. */
#include "cards/eac/eac.h"

#define SAVED   "failures" /* there only if a delay has counted any */
#define LONGEST 60000u
#define MOST    999999u

int
vsc_eac_delay_read(
    struct vsc_card *card, const struct vsc_params *params, struct vsc_eac_delay *delay)
{
	const char *text = vsc_params_get(params, "auth-delay");
	unsigned value = 0;

	if (text == NULL)
		return 0;
	for (; *text >= '0' && *text <= '9' && value <= MOST; text++)
		value = value * 10 + (unsigned)(*text - '0');
	if (*text != '\0' || value > MOST) {
		vsc_card_log(card, VSC_LOG_ERROR, "--auth-delay: milliseconds, 0 to %u", MOST);
		return VSC_E_PARAM;
	}
	delay->ms = value;
	return 0;
}

void
vsc_eac_delay_wait(struct vsc_card *card, const struct vsc_eac_delay *delay)
{
	unsigned long long ms = (unsigned long long)delay->ms * delay->failures;

	if (ms > 0)
		vsc_env_pause(vsc_card_env(card), ms > LONGEST ? LONGEST : (unsigned)ms);
}

int
vsc_eac_delay_load(struct vsc_card *card, struct vsc_eac_delay *delay)
{
	struct vsc_span saved;
	struct vsc_in in;
	uint32_t failures;
	int rc = vsc_card_attr_get(card, SAVED, &saved);

	if (rc < 0)
		return rc == VSC_E_NOT_FOUND ? 0 : rc;
	in = vsc_in_from(saved);
	if (vsc_in_u32(&in, &failures) < 0 || vsc_in_left(&in) > 0)
		return VSC_E_CORRUPT;
	delay->failures = failures;
	return 0;
}

static int
save(struct vsc_card *card, const struct vsc_eac_delay *delay)
{
	uint8_t buf[4];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	vsc_out_u32(&out, delay->failures);
	return vsc_card_attr_set(card, SAVED, vsc_out_span(&out));
}

vsc_sw
vsc_eac_delay_judge(struct vsc_card *card, struct vsc_eac_delay *delay, bool right)
{
	unsigned before = delay->failures;

	if (right)
		delay->failures = 0;
	else if (delay->failures < UINT32_MAX)
		delay->failures++;
	if (delay->ms > 0 && delay->failures != before && save(card, delay) < 0)
		return VSC_SW_MEMORY_FAILURE;
	return right ? VSC_SW_OK : VSC_SW_AUTH_FAILED;
}
