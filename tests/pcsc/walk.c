/*
 * A random walk through the PC/SC API, one thread, two contexts and a stranger, two readers: each
 * call and its results are printed. The same numbers make the same walk, so what pcscd and our
 * library print can be compared (walk.sh): walk FIRST LAST.
 */
#include <reader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <winscard.h>

#include "card.h"

enum { CONTEXTS = 2, HANDLES = 5, SLOTS = 2, STEPS = 120, UNKNOWN = 3 };

static const char *const names[SLOTS + 2] = { "Virtual PCD 00 00", "Virtual PCD 00 01",
	"Virtual PCD", "" };

struct walk {
	uint32_t random;
	const char *endpoints[SLOTS];
	struct card *cards[SLOTS];
	SCARDCONTEXT watch; /* sees that cards come and go */
	unsigned long counters[SLOTS];
	SCARDCONTEXT contexts[CONTEXTS];
	SCARDHANDLE handles[HANDLES];
	int slot_of[HANDLES], context_of[HANDLES];
	/* who would make others wait; the walk has one thread and must not */
	int holder[SLOTS];
};

static uint32_t
draw(struct walk *w, uint32_t below)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 17;
	w->random ^= w->random << 5;
	return w->random % below;
}

/* One of the usual values, or now and then any. */
static DWORD
pick(struct walk *w, const DWORD *from, uint32_t n)
{
	return draw(w, 12) == 0 ? draw(w, 9) : from[draw(w, n)];
}

static DWORD
pick_share(struct walk *w)
{
	static const DWORD modes[] = { SCARD_SHARE_SHARED, SCARD_SHARE_SHARED, SCARD_SHARE_SHARED,
		SCARD_SHARE_EXCLUSIVE, SCARD_SHARE_DIRECT };

	return pick(w, modes, 5);
}

static DWORD
pick_protocols(struct walk *w)
{
	static const DWORD masks[] = { SCARD_PROTOCOL_ANY, SCARD_PROTOCOL_ANY, SCARD_PROTOCOL_T0,
		SCARD_PROTOCOL_T1, SCARD_PROTOCOL_RAW, SCARD_PROTOCOL_T15, 0x1000 };

	return pick(w, masks, 7);
}

static DWORD
pick_disposition(struct walk *w)
{
	static const DWORD what[] = { SCARD_LEAVE_CARD, SCARD_LEAVE_CARD, SCARD_RESET_CARD,
		SCARD_UNPOWER_CARD, SCARD_EJECT_CARD };

	return pick(w, what, 5);
}

static void
look(struct walk *w, DWORD want, int slot)
{
	SCARD_READERSTATE s = { .szReader = names[slot] };

	for (int i = 0; i < 50; i++) {
		if (SCardGetStatusChange(w->watch, 1000, &s, 1) == SCARD_S_SUCCESS &&
		    (s.dwEventState & want) != 0)
			return;
		s.dwCurrentState = s.dwEventState;
	}
	printf("reader %d does not show its card\n", slot);
}

static bool
waits(const struct walk *w, int handle)
{
	int holder = w->holder[w->slot_of[handle]];

	return holder >= 0 && holder != handle;
}

static void
step_card(struct walk *w)
{
	static const uint8_t t0[] = { 0x3B, 0x02, 0x14, 0x50 }, t1[] = { 0x3B, 0x80, 0x01, 0x81 },
			     both[] = { 0x3B, 0x80, 0x80, 0x01, 0x01 },
			     specific[] = { 0x3B, 0x90, 0x95, 0x91, 0x81, 0x71, 0xFE, 0x9B };
	const struct vsc_span atrs[] = { { t0, sizeof(t0) }, { t1, sizeof(t1) },
		{ both, sizeof(both) }, { both, sizeof(both) }, { specific, sizeof(specific) } };
	int slot = (int)draw(w, SLOTS);
	uint32_t atr = draw(w, 5);

	if (w->cards[slot] == NULL) {
		printf("insert %d atr %u\n", slot, atr);
		w->cards[slot] = card_insert(w->endpoints[slot], atrs[atr]);
		look(w, SCARD_STATE_PRESENT, slot);
	} else {
		printf("remove %d\n", slot);
		card_remove(w->cards[slot]);
		w->cards[slot] = NULL;
		w->holder[slot] = -1;
		look(w, SCARD_STATE_EMPTY, slot);
	}
}

static void
forget(struct walk *w, int handle)
{
	if (w->slot_of[handle] < SLOTS && w->holder[w->slot_of[handle]] == handle)
		w->holder[w->slot_of[handle]] = -1;
	w->slot_of[handle] = -1;
}

static void
step_context(struct walk *w)
{
	int c = (int)draw(w, CONTEXTS);
	LONG rv;

	if (w->contexts[c] == 0 || draw(w, 3) != 0) {
		if (w->contexts[c] != 0)
			return;
		rv = SCardEstablishContext(draw(w, 4), NULL, NULL, &w->contexts[c]);
		printf("establish %d: %lX\n", c, rv);
		return;
	}
	rv = SCardReleaseContext(w->contexts[c]);
	printf("release %d: %lX", c, rv);
	printf(" again: %lX\n", SCardReleaseContext(w->contexts[c]));
	w->contexts[c] = 0;
	for (int h = 0; h < HANDLES; h++)
		if (w->slot_of[h] >= 0 && w->context_of[h] == c)
			forget(w, h);
}

static void
step_connect(struct walk *w)
{
	int h = (int)draw(w, HANDLES), c = (int)draw(w, CONTEXTS);
	uint32_t r = draw(w, 10);
	int slot = r == 0 ? (int)draw(w, 4) : r < 7 ? 0 : 1;
	DWORD share = pick_share(w), protocols = pick_protocols(w), active = 77;
	SCARDHANDLE handle = 55;
	LONG rv;

	/* A transaction would make us wait. */
	if (w->slot_of[h] >= 0 || (slot < SLOTS && w->holder[slot] >= 0))
		return;
	rv = SCardConnect(w->contexts[c], names[slot], share, protocols, &handle, &active);
	printf("connect %d ctx %d %d share %lu proto %lX: %lX", h, c, slot, share, protocols, rv);
	printf(" active %lu%s\n", active, handle == 0 ? " 0" : handle == 55 ? " 55" : "");
	if (rv != SCARD_S_SUCCESS)
		return;
	w->handles[h] = handle;
	w->slot_of[h] = slot;
	w->context_of[h] = c;
	if (share == SCARD_SHARE_EXCLUSIVE)
		w->holder[slot] = h;
}

static void
step_reconnect(struct walk *w, int h)
{
	DWORD share = pick_share(w), protocols = pick_protocols(w), how = pick_disposition(w);
	DWORD active = 77;
	LONG rv;
	int others = 0;

	for (int i = 0; i < HANDLES; i++)
		others += i != h && w->slot_of[i] == w->slot_of[h];
	if (waits(w, h) || (share == SCARD_SHARE_EXCLUSIVE && others > 0) ||
	    (w->holder[w->slot_of[h]] == h && share != SCARD_SHARE_EXCLUSIVE))
		return;
	rv = SCardReconnect(w->handles[h], share, protocols, how, &active);
	printf("reconnect %d share %lu proto %lX how %lu: %lX active %lu\n", h, share, protocols,
	    how, rv, active);
	if (rv == SCARD_S_SUCCESS && share == SCARD_SHARE_EXCLUSIVE)
		w->holder[w->slot_of[h]] = h;
}

static void
step_disconnect(struct walk *w, int h)
{
	DWORD what = pick_disposition(w);
	LONG rv;

	if (waits(w, h) && what != SCARD_LEAVE_CARD)
		return;
	rv = SCardDisconnect(w->handles[h], what);
	printf("disconnect %d %lu: %lX", h, what, rv);
	if (rv != SCARD_S_SUCCESS) {
		printf("\n");
		return;
	}
	printf(" again: %lX\n", SCardDisconnect(w->handles[h], what));
	forget(w, h);
}

static void
step_begin(struct walk *w, int h)
{
	LONG rv;

	if (waits(w, h))
		return;
	rv = SCardBeginTransaction(w->handles[h]);
	printf("begin %d: %lX\n", h, rv);
	if (rv == SCARD_S_SUCCESS)
		w->holder[w->slot_of[h]] = h;
}

static void
step_end(struct walk *w, int h)
{
	DWORD what = pick_disposition(w);
	LONG rv;

	rv = SCardEndTransaction(w->handles[h], what);
	printf("end %d %lu: %lX\n", h, what, rv);
}

static void
step_status(struct walk *w, int h)
{
	char name[40] = "unchanged";
	BYTE atr[40] = { 0 };
	DWORD name_len = draw(w, 3) == 0 ? draw(w, 40) : sizeof(name), state = 77, protocol = 77;
	DWORD atr_len = draw(w, 3) == 0 ? draw(w, 8) : sizeof(atr);
	LONG rv;

	if (waits(w, h))
		return;
	rv = SCardStatus(w->handles[h], name, &name_len, &state, &protocol, atr, &atr_len);
	if (rv == SCARD_S_SUCCESS || rv == SCARD_E_INSUFFICIENT_BUFFER)
		state -= w->counters[w->slot_of[h]] << 16;
	printf("status %d: %lX %.19s %lu state %lX proto %lX atr %lu %02X%02X\n", h, rv, name,
	    name_len, state, protocol, atr_len, atr[0], atr[1]);
}

static void
step_transmit(struct walk *w, int h)
{
	static const SCARD_IO_REQUEST any = { 0x1000, sizeof(any) }, none = { 0, sizeof(none) };
	const SCARD_IO_REQUEST *const pcis[] = { SCARD_PCI_T1, SCARD_PCI_T1, SCARD_PCI_T0,
		SCARD_PCI_RAW, &any, &none };
	static const BYTE ins[] = { CARD_ECHO, CARD_LENGTH, CARD_SET, CARD_GET, CARD_GET, 0x55 };
	uint32_t pci = draw(w, 6);
	BYTE apdu[] = { 0x80, ins[draw(w, 6)], (BYTE)draw(w, 2), (BYTE)draw(w, 30), 1, 2 };
	DWORD length = draw(w, 8) == 0 ? draw(w, 3) : sizeof(apdu);
	BYTE answer[400] = { 0 };
	DWORD len = draw(w, 4) == 0 ? draw(w, 20) : sizeof(answer);
	SCARD_IO_REQUEST back = { 99, 98 };
	LONG rv;

	if (waits(w, h))
		return;
	rv = SCardTransmit(
	    w->handles[h], pcis[pci], apdu, length, draw(w, 2) ? &back : NULL, answer, &len);
	printf("transmit %d pci %u ins %02X len %lu: %lX %lu %02X%02X back %lu %lu\n", h, pci,
	    apdu[1], length, rv, len, answer[0], answer[1], back.dwProtocol, back.cbPciLength);
}

static void
step_attrib(struct walk *w, int h)
{
	static const DWORD tags[] = { SCARD_ATTR_ATR_STRING, SCARD_ATTR_VENDOR_NAME,
		SCARD_ATTR_DEVICE_FRIENDLY_NAME_A, SCARD_ATTR_DEVICE_SYSTEM_NAME_A,
		SCARD_ATTR_ICC_PRESENCE, SCARD_ATTR_ICC_INTERFACE_STATUS, SCARD_ATTR_MAXINPUT,
		SCARD_ATTR_CHANNEL_ID, SCARD_ATTR_CURRENT_PROTOCOL_TYPE, SCARD_ATTR_VENDOR_IFD_TYPE,
		SCARD_ATTR_VENDOR_IFD_VERSION, SCARD_ATTR_POWER_MGMT_SUPPORT,
		SCARD_ATTR_ICC_TYPE_PER_ATR, SCARD_ATTR_DEVICE_UNIT,
		SCARD_ATTR_DEVICE_FRIENDLY_NAME_W, SCARD_ATTR_ASYNC_PROTOCOL_TYPES,
		SCARD_ATTR_CHARACTERISTICS, SCARD_ATTR_SUPRESS_T1_IFS_REQUEST };
	DWORD tag = tags[draw(w, 18)], len, room;
	BYTE value[300] = { 0 };
	LONG rv;

	len = room = draw(w, 3) == 0 ? draw(w, 12) : 264;
	if (draw(w, 4) == 0) {
		rv = SCardSetAttrib(w->handles[h], tag, value, room);
		printf("set %d %lX %lu: %lX\n", h, tag, room, rv);
		return;
	}
	rv = SCardGetAttrib(w->handles[h], tag, draw(w, 4) ? value : NULL, &len);
	printf("get %d %lX %lu: %lX %lu %02X%02X%02X%02X\n", h, tag, room, rv, len, value[0],
	    value[1], value[2], value[3]);
}

static void
step_control(struct walk *w, int h)
{
	static const DWORD codes[] = { CM_IOCTL_GET_FEATURE_REQUEST, CM_IOCTL_GET_FEATURE_REQUEST,
		SCARD_CTL_CODE(1), 0, SCARD_CTL_CODE(3401) };
	BYTE value[300] = { 0 };
	DWORD code = codes[draw(w, 5)], got = 77, room;
	LONG rv;

	room = draw(w, 3) == 0 ? draw(w, 20) : sizeof(value);
	rv = SCardControl(w->handles[h], code, NULL, 0, value, room, draw(w, 3) ? &got : NULL);
	printf(
	    "control %d %lX %lu: %lX %lu %02X%02X\n", h, code, room, rv, got, value[0], value[1]);
}

static void
step_change(struct walk *w)
{
	static const DWORD believed[] = { 0, SCARD_STATE_IGNORE, SCARD_STATE_UNKNOWN,
		SCARD_STATE_UNAVAILABLE, SCARD_STATE_EMPTY, SCARD_STATE_PRESENT,
		SCARD_STATE_PRESENT | SCARD_STATE_INUSE,
		SCARD_STATE_PRESENT | SCARD_STATE_EXCLUSIVE, SCARD_STATE_PRESENT | SCARD_STATE_MUTE,
		SCARD_STATE_CHANGED };
	static const char *const other[] = { "\\\\?PnP?\\Notification", "nobody" };
	SCARD_READERSTATE s[4];
	DWORD n = draw(w, 4);
	int c = (int)draw(w, CONTEXTS);
	LONG rv;

	memset(s, 0, sizeof(s));
	for (DWORD i = 0; i < n; i++) {
		uint32_t r = draw(w, 12);

		s[i].szReader = r > 1 ? names[r & 1] : other[draw(w, 3) == 0];
		s[i].dwCurrentState = believed[draw(w, 10)];
		s[i].dwEventState = 0x55;
		s[i].cbAtr = draw(w, 2) ? sizeof(s[i].rgbAtr) : 0;
	}
	rv = SCardGetStatusChange(w->contexts[c], 0, s, n);
	printf("change ctx %d: %lX", c, rv);
	for (DWORD i = 0; i < n; i++) {
		DWORD state = s[i].dwEventState;

		for (int k = 0; k < SLOTS; k++)
			if (strcmp(s[i].szReader, names[k]) == 0 && state != 0 && state != 0x55)
				state -= w->counters[k] << 16;
		/* pcsc-lite counts readers that came and went there, from 2.3 on */
		if (strcmp(s[i].szReader, other[0]) == 0)
			state &= 0xFFFF;
		printf(" | %.30s %lX: %lX atr %lu", s[i].szReader, s[i].dwCurrentState, state,
		    s[i].cbAtr);
		if (s[i].cbAtr > 0)
			printf(" %02X%02X", s[i].rgbAtr[0], s[i].rgbAtr[1]);
	}
	printf("\n");
}

static void
step_ask(struct walk *w)
{
	int c = (int)draw(w, CONTEXTS);
	char list[100] = "unchanged";
	DWORD len = draw(w, 2) ? draw(w, 50) : sizeof(list), room = len;
	static const char *const groups[] = { NULL, "", "SCard$DefaultReaders\0", "nobody\0" };
	uint32_t g = draw(w, 4);
	LONG rv;

	printf("valid %d: %lX cancel %lX\n", c, SCardIsValidContext(w->contexts[c]),
	    SCardCancel(w->contexts[c]));
	rv = SCardListReaders(w->contexts[c], groups[g], list, &len);
	printf("readers %u %lu: %lX %lu %s\n", g, room, rv, len, list);
	strcpy(list, "unchanged");
	len = room;
	rv = SCardListReaderGroups(w->contexts[c], list, &len);
	printf("groups %lu: %lX %lu %s\n", room, rv, len, list);
}

static void
step(struct walk *w)
{
	static void (*const on_handle[])(struct walk * w, int h) = { step_reconnect,
		step_disconnect, step_begin, step_end, step_status, step_transmit, step_transmit,
		step_attrib, step_control };
	uint32_t kind = draw(w, 20);
	int h = (int)draw(w, HANDLES);

	if (kind == 0)
		step_card(w);
	else if (kind == 1)
		step_context(w);
	else if (kind < 6)
		step_connect(w);
	else if (kind < 8)
		step_change(w);
	else if (kind == 8)
		step_ask(w);
	else if (w->slot_of[h] >= 0)
		on_handle[draw(w, 9)](w, h);
}

static void
note_counters(struct walk *w)
{
	for (int i = 0; i < SLOTS; i++) {
		SCARD_READERSTATE s = { .szReader = names[i] };

		if (SCardGetStatusChange(w->watch, 0, &s, 1) != SCARD_S_SUCCESS)
			printf("reader %d is not there\n", i);
		w->counters[i] = s.dwEventState >> 16;
	}
}

static void
walk(SCARDCONTEXT watch, uint32_t seed)
{
	const char *a = getenv("CONTRACT_SLOT"), *b = getenv("CONTRACT_OTHER_SLOT");
	struct walk w = { .random = seed * 2654435761u + 1,
		.endpoints = { a ? a : "127.0.0.1:35963", b ? b : "127.0.0.1:35964" },
		.watch = watch,
		.slot_of = { -1, -1, -1, -1, -1 },
		.holder = { -1, -1 } };

	alarm(30);
	printf("walk %u\n", seed);
	note_counters(&w);
	for (int i = 0; i < STEPS; i++)
		step(&w);
	for (int c = 0; c < CONTEXTS; c++)
		if (w.contexts[c] != 0)
			printf("end %d: %lX\n", c, SCardReleaseContext(w.contexts[c]));
	for (int i = 0; i < SLOTS; i++)
		if (w.cards[i] != NULL) {
			card_remove(w.cards[i]);
			look(&w, SCARD_STATE_EMPTY, i);
		}
}

int
main(int argc, char **argv)
{
	uint32_t first = argc > 1 ? (uint32_t)atoi(argv[1]) : 1;
	uint32_t last = argc > 2 ? (uint32_t)atoi(argv[2]) : first;

	SCARDCONTEXT watch;

	setvbuf(stdout, NULL, _IOLBF, 0);
	/* kept: without one our library forgets what pcscd remembers of an empty reader */
	if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &watch) != SCARD_S_SUCCESS)
		return 1;
	while (first <= last)
		walk(watch, first++);
	SCardReleaseContext(watch);
	return 0;
}
