/* What --show says about an identity card. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "cards/npa/npa.h"

static void VSC_PRINTF(2, 3) line(struct vsc_out *text, const char *format, ...)
{
	char buf[200];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(buf, sizeof(buf), format, args);
	va_end(args);
	vsc_out_str(text, buf);
}

/* PIN.QES is local and only blocks; the card's PIN is suspended before its last try. */
static const char *
pin_state(const struct vsc_pin *pin)
{
	if ((pin->flags & VSC_PIN_ENABLED) == 0)
		return "deactivated";
	if (pin->tries == 0)
		return "blocked";
	return pin->tries == 1 && pin->df == 0 ? "suspended" : "operational";
}

static void
show_pin(const struct vsc_pin *pin, const char *name, struct vsc_out *text)
{
	line(text, "%s: %s%s, %u of %u tries, %u of %u unblocks left\n", name, pin_state(pin),
	    pin->value.len < pin->min_len ? " transport PIN" : "", pin->tries, pin->max_tries,
	    pin->unblock_tries, pin->unblock_max);
}

static void
show_pins(struct vsc_card *card, struct vsc_out *text)
{
	const struct vsc_pin *pin = vsc_pin_find(card, VSC_EAC_PIN), *qes = NULL;

	for (struct vsc_pin *one = vsc_pin_first(card); one != NULL; one = vsc_pin_next(one))
		if (one->ref == VSC_NPA_QES_PIN)
			qes = one;
	if (pin != NULL)
		show_pin(pin, "PIN", text);
	if (qes != NULL)
		show_pin(qes, "PIN.QES", text);
	else
		line(text, "PIN.QES: not set\n");
}

static void
show_trust(const struct vsc_trust *trust, struct vsc_out *text)
{
	static const char *const names[] = { "inspection systems", "authentication terminals",
		"signature terminals" };

	line(text, "Chip date: %" PRIu32 "\n", trust->today);
	for (size_t type = 0; type < VSC_CVC_TYPES; type++)
		for (size_t i = 0; i < 2; i++) {
			const struct vsc_trust_point *point = &trust->points[type][i];

			if (point->chr.len > 0)
				line(text, "Trust point for %s: %.*s, until %" PRIu32 "\n",
				    names[type], (int)point->chr.len, (const char *)point->chr.ptr,
				    point->expiration);
		}
}

/* ", key 1", and nothing of the only key that has no identifier. */
static const char *
key_text(char text[24], int id)
{
	if (id < 0)
		return "";
	(void)snprintf(text, 24, ", key %d", id);
	return text;
}

void
vsc_npa_show(struct vsc_card *card, struct vsc_out *text)
{
	const struct vsc_npa *npa = vsc_npa_of(card);
	char key[24];

	show_pins(card, text);
	for (size_t i = 0; i < npa->npace; i++)
		line(text, "PACE: %s, domain parameters %d\n", npa->pace[i].alg->name,
		    npa->pace[i].param_id);
	for (size_t i = 0; i < npa->nca; i++)
		line(text, "Chip authentication: %s%s%s\n", npa->ca[i].alg->name,
		    key_text(key, npa->ca[i].key_id),
		    npa->ca[i].privileged ? ", for privileged terminals" : "");
	for (size_t i = 0; i < npa->nri; i++)
		line(text, "Restricted identification: %s%s%s\n", npa->ri[i].alg->name,
		    key_text(key, npa->ri[i].key_id),
		    npa->ri[i].authorized_only ? ", by right only" : "");
	show_trust(&npa->trust, text);
	if (npa->ignore_dates)
		line(text, "Validity periods of terminal certificates are not checked\n");
}
