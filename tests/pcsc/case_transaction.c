/* Transactions, and what reset and removal do to handles. */
#include "cases.h"

static LONG
begin(void *arg)
{
	return SCardBeginTransaction(*(const SCARDHANDLE *)arg);
}

static LONG
get(void *arg)
{
	return send_simple(*(const SCARDHANDLE *)arg, CARD_GET, 0);
}

static LONG
status(void *arg)
{
	return status_of(*(const SCARDHANDLE *)arg);
}

static LONG
connect(void *arg)
{
	const struct world *w = arg;
	SCARDCONTEXT context = establish();
	SCARDHANDLE card;
	DWORD active;
	LONG rv = SCardConnect(
	    context, w->reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, &card, &active);

	EXPECT_OK(SCardReleaseContext(context));
	return rv;
}

/* Two handles, in contexts of their own as threads need. */
struct pair {
	SCARDCONTEXT ca, cb;
	SCARDHANDLE a, b;
};

static struct pair
pair_open(const struct world *w)
{
	struct pair p = { .ca = establish(), .cb = establish() };

	p.a = connect_shared(p.ca, w->reader);
	p.b = connect_shared(p.cb, w->reader);
	return p;
}

static void
pair_close(const struct pair *p)
{
	EXPECT_OK(SCardReleaseContext(p->ca));
	EXPECT_OK(SCardReleaseContext(p->cb));
}

void
case_transaction_nested(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);

	EXPECT(SCARD_E_NOT_TRANSACTED, SCardEndTransaction(card, SCARD_LEAVE_CARD));
	EXPECT_OK(SCardBeginTransaction(card));
	EXPECT_OK(SCardBeginTransaction(card));
	EXPECT(SCARD_E_INVALID_VALUE, SCardEndTransaction(card, 4));
	EXPECT_OK(SCardEndTransaction(card, SCARD_LEAVE_CARD));
	EXPECT_OK(SCardEndTransaction(card, SCARD_LEAVE_CARD));
	EXPECT(SCARD_E_NOT_TRANSACTED, SCardEndTransaction(card, SCARD_LEAVE_CARD));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_transaction_exclusive(struct world *w)
{
	SCARDHANDLE card;
	DWORD active;

	EXPECT_OK(SCardConnect(
	    w->context, w->reader, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_ANY, &card, &active));
	EXPECT(SCARD_E_NOT_TRANSACTED, SCardEndTransaction(card, SCARD_LEAVE_CARD));
	EXPECT_OK(SCardBeginTransaction(card));
	EXPECT_OK(send_simple(card, CARD_GET, 0));
	EXPECT_OK(SCardEndTransaction(card, SCARD_LEAVE_CARD));
	EXPECT(SCARD_E_NOT_TRANSACTED, SCardEndTransaction(card, SCARD_LEAVE_CARD));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

/* `run` waits while p->a has the transaction, and no longer. */
static void
expect_waits(const struct pair *p, LONG (*run)(void *arg), void *arg)
{
	struct background b;

	EXPECT_OK(SCardBeginTransaction(p->a));
	background_start(&b, run, arg);
	sleep_ms(200);
	CHECK(!b.done);
	EXPECT_OK(send_simple(p->a, CARD_GET, 0));
	EXPECT_OK(SCardEndTransaction(p->a, SCARD_LEAVE_CARD));
	EXPECT_OK(background_join(&b));
}

void
case_transaction_blocks(struct world *w)
{
	struct pair p = pair_open(w);

	expect_waits(&p, get, &p.b);
	expect_waits(&p, status, &p.b);
	expect_waits(&p, connect, w);
	expect_waits(&p, begin, &p.b);
	EXPECT_OK(SCardEndTransaction(p.b, SCARD_LEAVE_CARD));
	pair_close(&p);
}

void
case_transaction_refuses(struct world *w)
{
	struct pair p = pair_open(w);
	uint8_t buf[264];
	DWORD len = sizeof(buf);

	EXPECT_OK(SCardBeginTransaction(p.a));
	EXPECT(SCARD_E_SHARING_VIOLATION, SCardEndTransaction(p.b, SCARD_LEAVE_CARD));
	EXPECT(SCARD_E_SHARING_VIOLATION, SCardEndTransaction(p.b, SCARD_RESET_CARD));
	EXPECT(SCARD_E_SHARING_VIOLATION, SCardGetAttrib(p.b, 0x00090303, buf, &len));
	EXPECT(SCARD_E_SHARING_VIOLATION, SCardSetAttrib(p.b, 0x00090303, buf, 1));
	EXPECT(SCARD_E_SHARING_VIOLATION,
	    SCardControl(p.b, 0x42000D48, NULL, 0, buf, sizeof(buf), &len));
	EXPECT_OK(SCardEndTransaction(p.a, SCARD_LEAVE_CARD));
	pair_close(&p);
}

void
case_transaction_leave_while_locked(struct world *w)
{
	struct pair p = pair_open(w);

	EXPECT_OK(SCardBeginTransaction(p.a));
	EXPECT_OK(SCardDisconnect(p.b, SCARD_LEAVE_CARD));
	EXPECT_OK(send_simple(p.a, CARD_GET, 0));
	EXPECT_OK(SCardEndTransaction(p.a, SCARD_LEAVE_CARD));
	pair_close(&p);
}

void
case_transaction_disconnect_ends_it(struct world *w)
{
	struct pair p = pair_open(w);
	struct background b;

	EXPECT_OK(SCardBeginTransaction(p.a));
	EXPECT_OK(SCardBeginTransaction(p.a));
	background_start(&b, begin, &p.b);
	sleep_ms(50);
	EXPECT_OK(SCardDisconnect(p.a, SCARD_LEAVE_CARD));
	EXPECT_OK(background_join(&b));
	EXPECT_OK(SCardEndTransaction(p.b, SCARD_LEAVE_CARD));
	pair_close(&p);
}

/* Who goes away in a transaction leaves a card in an unknown state: it is reset. */
void
case_transaction_release_resets(struct world *w)
{
	struct pair p = pair_open(w);

	EXPECT_OK(send_simple(p.a, CARD_SET, 0x4200));
	EXPECT_OK(SCardBeginTransaction(p.a));
	EXPECT_OK(SCardReleaseContext(p.ca));
	EXPECT(SCARD_W_RESET_CARD, status_of(p.b));
	EXPECT_OK(SCardReleaseContext(p.cb));
}

static void
recover(SCARDHANDLE card)
{
	DWORD active;

	EXPECT_OK(SCardReconnect(
	    card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, SCARD_LEAVE_CARD, &active));
	EXPECT_OK(status_of(card));
}

/* Every use of a handle whose card was reset says so until it is reconnected. */
static void
expect_event(SCARDHANDLE card, LONG event)
{
	uint8_t buf[264];
	DWORD len = sizeof(buf);

	EXPECT(event, status_of(card));
	EXPECT(event, send_simple(card, CARD_GET, 0));
	EXPECT(event, SCardBeginTransaction(card));
	EXPECT(event, SCardEndTransaction(card, SCARD_LEAVE_CARD));
	EXPECT(event, SCardGetAttrib(card, 0x00090303, buf, &len));
	EXPECT(event, status_of(card));
}

void
case_reset_by_disconnect(struct world *w)
{
	static const DWORD how[] = { SCARD_RESET_CARD, SCARD_UNPOWER_CARD };

	for (size_t i = 0; i < VSC_COUNT(how); i++) {
		struct pair p = pair_open(w);

		EXPECT_OK(send_simple(p.b, CARD_SET, 0x4200));
		CHECK_NUM(0x42, recall(p.b));
		EXPECT_OK(SCardDisconnect(p.a, how[i]));
		expect_event(p.b, SCARD_W_RESET_CARD);
		recover(p.b);
		CHECK_NUM(0, recall(p.b));
		pair_close(&p);
	}
}

void
case_reset_by_reconnect(struct world *w)
{
	static const DWORD how[] = { SCARD_RESET_CARD, SCARD_UNPOWER_CARD };

	for (size_t i = 0; i < VSC_COUNT(how); i++) {
		struct pair p = pair_open(w);
		DWORD active;

		EXPECT_OK(send_simple(p.b, CARD_SET, 0x4200));
		EXPECT_OK(
		    SCardReconnect(p.a, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, how[i], &active));
		CHECK_NUM(0, recall(p.a));
		expect_event(p.b, SCARD_W_RESET_CARD);
		recover(p.b);
		pair_close(&p);
	}
}

void
case_reset_by_end(struct world *w)
{
	static const DWORD how[] = { SCARD_RESET_CARD, SCARD_UNPOWER_CARD };

	for (size_t i = 0; i < VSC_COUNT(how); i++) {
		struct pair p = pair_open(w);

		EXPECT_OK(send_simple(p.b, CARD_SET, 0x4200));
		EXPECT_OK(SCardBeginTransaction(p.a));
		EXPECT_OK(SCardEndTransaction(p.a, how[i]));
		expect_event(p.b, SCARD_W_RESET_CARD);
		/* its own as well */
		EXPECT(SCARD_W_RESET_CARD, status_of(p.a));
		recover(p.a);
		CHECK_NUM(0, recall(p.a));
		recover(p.b);
		pair_close(&p);
	}
}

/* Without it nothing happens to the card. */
void
case_reset_not_by_leave(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	unsigned resets;

	EXPECT_OK(send_simple(card, CARD_SET, 0x4200));
	resets = card_resets(w->card);
	EXPECT_OK(SCardBeginTransaction(card));
	EXPECT_OK(SCardEndTransaction(card, SCARD_LEAVE_CARD));
	recover(card);
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
	card = connect_shared(w->context, w->reader);
	CHECK_NUM(0x42, recall(card));
	CHECK_NUM(resets, card_resets(w->card));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}

void
case_removal(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);
	DWORD active;

	take_out(w, w->card, w->reader);
	expect_event(card, SCARD_W_REMOVED_CARD);
	EXPECT(SCARD_E_NO_SMARTCARD, SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY,
					 SCARD_LEAVE_CARD, &active));
	EXPECT(SCARD_E_NO_SMARTCARD, SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY,
					 SCARD_RESET_CARD, &active));
	w->card = insert(w, w->slot, w->reader, ATR_T1);
	/* the reset was noted before it was found impossible */
	EXPECT(SCARD_W_RESET_CARD, status_of(card));
	recover(card);
	EXPECT_OK(send_simple(card, CARD_GET, 0));
	EXPECT_OK(SCardDisconnect(card, SCARD_RESET_CARD));
}

void
case_removal_frees_transaction(struct world *w)
{
	struct pair p = pair_open(w);
	struct background b;

	EXPECT_OK(SCardBeginTransaction(p.a));
	background_start(&b, begin, &p.b);
	sleep_ms(50);
	take_out(w, w->card, w->reader);
	EXPECT(SCARD_W_REMOVED_CARD, background_join(&b));
	w->card = insert(w, w->slot, w->reader, ATR_BOTH);
	recover(p.b);
	EXPECT_OK(SCardBeginTransaction(p.b));
	EXPECT_OK(SCardEndTransaction(p.b, SCARD_LEAVE_CARD));
	pair_close(&p);
}

/* An old handle never reaches the next card. */
void
case_removal_swap(struct world *w)
{
	SCARDHANDLE card = connect_shared(w->context, w->reader);

	take_out(w, w->card, w->reader);
	w->card = insert(w, w->slot, w->reader, ATR_BOTH);
	expect_event(card, SCARD_W_REMOVED_CARD);
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
	card = connect_shared(w->context, w->reader);
	EXPECT_OK(send_simple(card, CARD_GET, 0));
	EXPECT_OK(SCardDisconnect(card, SCARD_LEAVE_CARD));
}
