/* SCardGetStatusChange: which readers differ from what the caller knows, and waiting until one
 * does. */
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "pcsc/include/PCSC/winscard.h"
#include "pcsc/process.h"
#include "wire/clock.h"

/* A name that stands for the list of readers. Ours does not change. */
#define PNP_NOTIFICATION "\\\\?PnP?\\Notification"

struct snapshot {
	uint32_t sequence, cancels;
	struct vsc_out out;
	uint8_t buf[VSC_RM_OUT_MAX];
};

static LONG
look(uint32_t context, struct snapshot *s)
{
	struct vsc_rm_call call = { .op = VSC_RM_STATES, .id = context, .out = &s->out };
	LONG rv;

	s->out = vsc_out_from(s->buf, sizeof(s->buf));
	rv = vsc_process_call(&call);
	s->sequence = call.ret[0];
	s->cancels = call.ret[1];
	return rv;
}

/* An empty name is that of a place in pcscd's table which has no reader yet. */
static bool
find(const struct snapshot *s, const char *name, struct vsc_rm_state *state)
{
	struct vsc_in in = vsc_in_from(vsc_out_span(&s->out));
	unsigned places = PCSCLITE_MAX_READERS_CONTEXTS;

	while (vsc_in_left(&in) > 0 && vsc_rm_state_get(&in, state) == 0) {
		if (strcmp(state->name, name) == 0)
			return true;
		places -= places > 0 ? 1 : 0;
	}
	*state = (struct vsc_rm_state){ .state = 0 };
	return *name == '\0' && places > 0;
}

static DWORD
card_bits(const struct vsc_rm_state *state)
{
	if ((state->state & SCARD_ABSENT) != 0)
		return SCARD_STATE_EMPTY;
	if ((state->state & SCARD_PRESENT) == 0)
		return 0; /* no reader */
	if ((state->state & SCARD_SWALLOWED) != 0)
		return SCARD_STATE_PRESENT | SCARD_STATE_MUTE;
	return SCARD_STATE_PRESENT;
}

static DWORD
sharing_bits(const struct vsc_rm_state *state)
{
	if (state->sharing == VSC_RM_EXCLUSIVE)
		return SCARD_STATE_EXCLUSIVE;
	if (state->sharing > 0 && (state->state & SCARD_PRESENT) != 0)
		return SCARD_STATE_INUSE;
	return 0;
}

/*
 * Does what the program believes differ from what is? As with pcscd a card that comes into use is
 * no change, one that is given up or changes hands is.
 */
static bool
differs(DWORD believed, DWORD now, uint32_t counter, int32_t sharing)
{
	static const struct {
		DWORD believed, now;
	} contradictions[] = {
		{ SCARD_STATE_PRESENT, SCARD_STATE_EMPTY },
		{ SCARD_STATE_EMPTY, SCARD_STATE_PRESENT },
		{ SCARD_STATE_INUSE, SCARD_STATE_EXCLUSIVE },
		{ SCARD_STATE_EXCLUSIVE, SCARD_STATE_INUSE },
	};

	if (believed == SCARD_STATE_UNAWARE ||
	    (believed & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE)) != 0)
		return true;
	if (believed >> 16 != 0 && (believed >> 16 & 0xFFFF) != counter)
		return true;
	if ((now & SCARD_STATE_PRESENT) != 0 && ((believed ^ now) & SCARD_STATE_MUTE) != 0)
		return true;
	if (sharing == 0 && (believed & (SCARD_STATE_INUSE | SCARD_STATE_EXCLUSIVE)) != 0)
		return true;
	for (size_t i = 0; i < VSC_COUNT(contradictions); i++)
		if ((believed & contradictions[i].believed) != 0 &&
		    (now & contradictions[i].now) != 0)
			return true;
	return false;
}

static bool
evaluate(SCARD_READERSTATE *r, const struct snapshot *s)
{
	struct vsc_rm_state state;
	DWORD now;
	bool changed;

	r->dwEventState = 0;
	if ((r->dwCurrentState & SCARD_STATE_IGNORE) != 0 || !find(s, r->szReader, &state))
		return false;
	now = card_bits(&state) | sharing_bits(&state);
	changed = differs(r->dwCurrentState, now, state.counter, state.sharing);
	r->dwEventState = now | (DWORD)state.counter << 16 | (changed ? SCARD_STATE_CHANGED : 0);
	r->cbAtr = (now & SCARD_STATE_PRESENT) != 0 ? state.atr_len : 0;
	if (vsc_copy(r->rgbAtr, sizeof(r->rgbAtr), vsc_span_from(state.atr, r->cbAtr)) < 0)
		r->cbAtr = 0;
	return changed;
}

static bool
all_known(const SCARD_READERSTATE *readers, DWORD n, const struct snapshot *s)
{
	struct vsc_rm_state state;

	for (DWORD i = 0; i < n; i++)
		if (!find(s, readers[i].szReader, &state) &&
		    strcasecmp(readers[i].szReader, PNP_NOTIFICATION) != 0)
			return false;
	return true;
}

static LONG
wait_until(uint32_t context, uint32_t sequence, uint32_t cancels, int64_t deadline)
{
	int left = vsc_deadline_left(deadline);
	struct vsc_rm_call call = { .op = VSC_RM_WAIT,
		.id = context,
		.arg = { sequence, left < 0 ? VSC_RM_FOREVER : (uint32_t)left, cancels } };

	return vsc_process_call(&call);
}

static LONG
watch(uint32_t context, int64_t deadline, SCARD_READERSTATE *readers, DWORD n)
{
	struct snapshot s;
	LONG rv = look(context, &s);
	/* A cancel may come between two waits; one before the first look is not for us. */
	uint32_t cancels = s.cancels;

	if (rv == SCARD_S_SUCCESS && !all_known(readers, n, &s))
		rv = SCARD_E_UNKNOWN_READER;
	while (rv == SCARD_S_SUCCESS) {
		bool changed = false;

		for (DWORD i = 0; i < n; i++)
			changed = evaluate(&readers[i], &s) || changed;
		if (changed)
			break;
		if ((rv = wait_until(context, s.sequence, cancels, deadline)) == SCARD_S_SUCCESS)
			rv = look(context, &s);
	}
	return rv;
}

LONG
SCardGetStatusChange(
    SCARDCONTEXT hContext, DWORD dwTimeout, SCARD_READERSTATE *rgReaderStates, DWORD cReaders)
{
	uint32_t context =
	    hContext < 0 || (unsigned long)hContext > UINT32_MAX ? 0 : (uint32_t)hContext;
	DWORD ignored = 0;

	if (rgReaderStates == NULL && cReaders > 0)
		return SCARD_E_INVALID_PARAMETER;
	for (DWORD i = 0; i < cReaders; i++) {
		if (rgReaderStates[i].szReader == NULL)
			return SCARD_E_INVALID_VALUE;
		if ((rgReaderStates[i].dwCurrentState & SCARD_STATE_IGNORE) != 0)
			ignored++;
	}
	/* Nothing to wait for; pcsc-lite does not even look at the context then. */
	if (ignored == cReaders)
		return SCARD_S_SUCCESS;
	/* INFINITE and (DWORD)-1 are both in use for "no limit" */
	return watch(context, vsc_deadline_in(dwTimeout > INT_MAX ? -1 : (int)dwTimeout),
	    rgReaderStates, cReaders);
}
