/* --auth-delay: the next attempt after failed ones waits, longer with each, up to a minute. */
#include "cards/eac/eac.h"

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

void
vsc_eac_delay_judge(struct vsc_eac_delay *delay, bool right)
{
	if (right)
		delay->failures = 0;
	else if (delay->failures < UINT32_MAX)
		delay->failures++;
}
