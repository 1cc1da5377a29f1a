/* SCardGetStatusChange and SCardCancel. */
#include <string.h>

#include "cases.h"

#define PNP "\\\\?PnP?\\Notification"

static DWORD
counter_of(DWORD state)
{
	return state >> 16 & 0xFFFF;
}

/* What the reader shows now. */
static SCARD_READERSTATE
look(const struct world *w, const char *reader)
{
	SCARD_READERSTATE s = { .szReader = reader };

	EXPECT_OK(SCardGetStatusChange(w->context, 0, &s, 1));
	CHECK((s.dwEventState & SCARD_STATE_CHANGED) != 0);
	s.dwCurrentState = s.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
	return s;
}

void
case_change_unaware(struct world *w)
{
	struct vsc_span atr = ATR_BOTH;
	SCARD_READERSTATE s = look(w, w->reader);

	CHECK_NUM(SCARD_STATE_PRESENT, s.dwCurrentState & 0xFFFF);
	CHECK_NUM(atr.len, s.cbAtr);
	CHECK(memcmp(s.rgbAtr, atr.ptr, atr.len) == 0);
	s = look(w, w->other);
	CHECK_NUM(SCARD_STATE_EMPTY, s.dwCurrentState & 0xFFFF);
	CHECK_NUM(0, s.cbAtr);
}

void
case_change_arguments(struct world *w)
{
	SCARD_READERSTATE s[2] = { { .szReader = w->reader }, { .szReader = w->other } };

	EXPECT(SCARD_E_INVALID_PARAMETER, SCardGetStatusChange(w->context, 0, NULL, 1));
	EXPECT_OK(SCardGetStatusChange(w->context, INFINITE, NULL, 0));
	EXPECT_OK(SCardGetStatusChange(w->context, INFINITE, s, 0));
	s[1].szReader = NULL;
	EXPECT(SCARD_E_INVALID_VALUE, SCardGetStatusChange(w->context, 0, s, 2));
	s[1].szReader = "no such reader";
	EXPECT(SCARD_E_UNKNOWN_READER, SCardGetStatusChange(w->context, 0, s, 2));
	s[1].dwCurrentState = SCARD_STATE_IGNORE;
	EXPECT(SCARD_E_UNKNOWN_READER, SCardGetStatusChange(w->context, 0, s, 2));
	s[0].dwCurrentState = SCARD_STATE_IGNORE;
	EXPECT_OK(SCardGetStatusChange(w->context, INFINITE, s, 2));
}

/* It is taken for a reader that pcscd has room for, and has not got. */
void
case_change_empty_name(struct world *w)
{
	static const struct {
		DWORD believed;
		LONG rv;
		DWORD event;
	} rows[] = {
		{ SCARD_STATE_UNAWARE, SCARD_S_SUCCESS, SCARD_STATE_CHANGED },
		{ SCARD_STATE_UNKNOWN, SCARD_S_SUCCESS, SCARD_STATE_CHANGED },
		{ SCARD_STATE_INUSE, SCARD_S_SUCCESS, SCARD_STATE_CHANGED },
		{ SCARD_STATE_EMPTY, (LONG)SCARD_E_TIMEOUT, 0 },
		{ SCARD_STATE_PRESENT, (LONG)SCARD_E_TIMEOUT, 0 },
		{ 0x10000, SCARD_S_SUCCESS, SCARD_STATE_CHANGED },
	};
	SCARD_READERSTATE s[2] = { { .szReader = "" }, { .szReader = w->reader } };
	SCARDHANDLE card;
	DWORD active;

	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		s[0].dwCurrentState = rows[i].believed;
		s[0].cbAtr = 33;
		EXPECT(rows[i].rv, SCardGetStatusChange(w->context, 20, s, 1));
		CHECK_NUM(rows[i].event, s[0].dwEventState);
		CHECK_NUM(0, s[0].cbAtr);
	}
	s[0].dwCurrentState = SCARD_STATE_EMPTY;
	EXPECT_OK(SCardGetStatusChange(w->context, 20, s, 2));
	CHECK_NUM(0, s[0].dwEventState);
	CHECK_NUM(SCARD_STATE_CHANGED | SCARD_STATE_PRESENT, s[1].dwEventState & 0xFFFF);
	EXPECT(SCARD_E_UNKNOWN_READER,
	    SCardConnect(w->context, "", SCARD_SHARE_DIRECT, 0, &card, &active));
}

void
case_change_ignore(struct world *w)
{
	SCARD_READERSTATE s[2] = { look(w, w->reader), { .szReader = w->other } };

	s[1].dwCurrentState = SCARD_STATE_IGNORE;
	s[1].dwEventState = 0xFFFF;
	EXPECT(SCARD_E_TIMEOUT, SCardGetStatusChange(w->context, 50, s, 2));
	CHECK_NUM(0, s[1].dwEventState);
}

void
case_change_timeouts(struct world *w)
{
	static const DWORD times[] = { 0, 1, 100, 400 };
	SCARD_READERSTATE s = look(w, w->reader);

	for (size_t i = 0; i < VSC_COUNT(times); i++) {
		double start = now_ms(), took;

		EXPECT(SCARD_E_TIMEOUT, SCardGetStatusChange(w->context, times[i], &s, 1));
		took = now_ms() - start;
		CHECK(took >= (double)times[i] - 2 && took < (double)times[i] + 5000);
		CHECK_NUM(s.dwCurrentState, s.dwEventState);
	}
}

void
case_change_believed(struct world *w)
{
	static const struct {
		const char *name;
		DWORD believed;
		bool changed;
	} rows[] = {
		{ "present", SCARD_STATE_PRESENT, false },
		{ "present, changed", SCARD_STATE_PRESENT | SCARD_STATE_CHANGED, false },
		{ "empty", SCARD_STATE_EMPTY, true },
		{ "unknown", SCARD_STATE_PRESENT | SCARD_STATE_UNKNOWN, true },
		{ "unavailable", SCARD_STATE_PRESENT | SCARD_STATE_UNAVAILABLE, true },
		{ "mute", SCARD_STATE_PRESENT | SCARD_STATE_MUTE, true },
		{ "in use", SCARD_STATE_PRESENT | SCARD_STATE_INUSE, true },
		{ "exclusive", SCARD_STATE_PRESENT | SCARD_STATE_EXCLUSIVE, true },
		{ "another counter", SCARD_STATE_PRESENT | 0x7777u << 16, true },
		{ "counter 0 says nothing", SCARD_STATE_PRESENT, false },
	};

	for (size_t i = 0; i < VSC_COUNT(rows); i++) {
		SCARD_READERSTATE s = { .szReader = w->reader, .dwCurrentState = rows[i].believed };

		expect(rows[i].changed ? SCARD_S_SUCCESS : SCARD_E_TIMEOUT,
		    SCardGetStatusChange(w->context, 0, &s, 1), rows[i].name, __FILE__, __LINE__);
		check_num(SCARD_STATE_PRESENT | (rows[i].changed ? SCARD_STATE_CHANGED : 0u),
		    s.dwEventState & 0xFFFF, rows[i].name, __FILE__, __LINE__);
	}
}

void
case_change_sharing(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	SCARD_READERSTATE s = look(w, w->reader);
	DWORD active;

	CHECK_NUM(SCARD_STATE_PRESENT | SCARD_STATE_INUSE, s.dwCurrentState & 0xFFFF);
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
	EXPECT_OK(SCardGetStatusChange(w->context, 2000, &s, 1));
	CHECK_NUM(SCARD_STATE_PRESENT | SCARD_STATE_CHANGED, s.dwEventState & 0xFFFF);
	EXPECT_OK(SCardConnect(
	    w->context, w->reader, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_ANY, &card, &active));
	s = look(w, w->reader);
	CHECK_NUM(SCARD_STATE_PRESENT | SCARD_STATE_EXCLUSIVE, s.dwCurrentState & 0xFFFF);
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
	EXPECT_OK(SCardGetStatusChange(w->context, 2000, &s, 1));
	CHECK_NUM(SCARD_STATE_PRESENT | SCARD_STATE_CHANGED, s.dwEventState & 0xFFFF);
}

struct wait {
	SCARDCONTEXT context;
	DWORD timeout;
	SCARD_READERSTATE *states;
	DWORD n;
};

static LONG
wait_change(void *arg)
{
	const struct wait *x = arg;

	return SCardGetStatusChange(x->context, x->timeout, x->states, x->n);
}

static double
least(double a, double b)
{
	return a < b ? a : b;
}

void
case_change_insertion(struct world *w)
{
	static const DWORD times[] = { INFINITE, (DWORD)-1, 30000 };
	SCARDCONTEXT context = establish();
	double best = 1e9;

	for (size_t i = 0; i < VSC_COUNT(times); i++) {
		SCARD_READERSTATE s = look(w, w->reader);
		struct wait x = { context, times[i], &s, 1 };
		DWORD before = counter_of(s.dwCurrentState);
		struct background b;
		struct card *card;
		double start;

		background_start(&b, wait_change, &x);
		sleep_ms(50);
		CHECK(!b.done);
		start = now_ms();
		card = card_insert(w->slot, ATR_T1);
		EXPECT_OK(background_join(&b));
		best = least(best, b.done_at - start);
		CHECK_NUM(SCARD_STATE_PRESENT | SCARD_STATE_CHANGED, s.dwEventState & 0xFFFF);
		CHECK_NUM((before + 1) & 0xFFFF, counter_of(s.dwEventState));
		CHECK_NUM(4, s.cbAtr);
		s.dwCurrentState = s.dwEventState;
		background_start(&b, wait_change, &x);
		sleep_ms(50);
		start = now_ms();
		card_remove(card);
		EXPECT_OK(background_join(&b));
		best = least(best, b.done_at - start);
		CHECK_NUM(SCARD_STATE_EMPTY | SCARD_STATE_CHANGED, s.dwEventState & 0xFFFF);
		CHECK_NUM((before + 2) & 0xFFFF, counter_of(s.dwEventState));
	}
	/* a driver for pcscd that had to be polled would take longer than this every time */
	CHECK(best < 100);
	EXPECT_OK(SCardReleaseContext(context));
}

/* A card that came and went, or was swapped, is noticed by its counter. */
void
case_change_between(struct world *w)
{
	SCARD_READERSTATE s = look(w, w->reader);
	DWORD before = counter_of(s.dwCurrentState);

	take_out(w, w->card, w->reader);
	w->card = insert(w, w->slot, w->reader, ATR_BOTH);
	/* belief in counter 0 is no belief: pcsc-lite does not compare it */
	if (before == 0)
		return;
	EXPECT_OK(SCardGetStatusChange(w->context, 0, &s, 1));
	CHECK_NUM((before + 2) & 0xFFFF, counter_of(s.dwEventState));
}

void
case_change_several(struct world *w)
{
	SCARD_READERSTATE s[3] = { look(w, w->reader), look(w, w->other), { .szReader = PNP } };
	struct wait x = { establish(), INFINITE, s, 3 };
	struct background b;
	struct card *card;

	background_start(&b, wait_change, &x);
	sleep_ms(50);
	card = card_insert(w->other_slot, ATR_T0);
	EXPECT_OK(background_join(&b));
	CHECK((s[0].dwEventState & SCARD_STATE_CHANGED) == 0);
	CHECK((s[1].dwEventState & SCARD_STATE_CHANGED) != 0);
	CHECK((s[2].dwEventState & SCARD_STATE_CHANGED) == 0);
	take_out(w, card, w->other);
	EXPECT_OK(SCardReleaseContext(x.context));
}

void
case_change_pnp(struct world *w)
{
	SCARD_READERSTATE s = { .szReader = PNP };

	EXPECT(SCARD_E_TIMEOUT, SCardGetStatusChange(w->context, 50, &s, 1));
	CHECK_NUM(0, s.dwEventState & 0xFFFF);
	s.szReader = "\\\\?pnp?\\notification";
	EXPECT(SCARD_E_TIMEOUT, SCardGetStatusChange(w->context, 50, &s, 1));
}

void
case_cancel(struct world *w)
{
	SCARD_READERSTATE s = look(w, w->reader);
	struct wait x = { establish(), INFINITE, &s, 1 };
	struct background b;

	for (int i = 0; i < 3; i++) {
		background_start(&b, wait_change, &x);
		sleep_ms(100);
		EXPECT(SCARD_E_CANCELLED, background_cancel(&b, x.context));
	}
	/* is not remembered */
	EXPECT_OK(SCardCancel(x.context));
	EXPECT(SCARD_E_TIMEOUT, SCardGetStatusChange(x.context, 50, &s, 1));
	EXPECT_OK(SCardReleaseContext(x.context));
}

/* Others go on waiting. */
void
case_cancel_other(struct world *w)
{
	SCARD_READERSTATE s = look(w, w->reader);
	struct wait x = { establish(), 400, &s, 1 };
	SCARDCONTEXT other = establish();
	struct background b;

	background_start(&b, wait_change, &x);
	sleep_ms(100);
	EXPECT_OK(SCardCancel(other));
	EXPECT(SCARD_E_TIMEOUT, background_join(&b));
	EXPECT_OK(SCardReleaseContext(x.context));
	EXPECT_OK(SCardReleaseContext(other));
}
