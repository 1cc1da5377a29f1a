/* A card in a PC/SC reader. The library is loaded at run time, so that one program plays through
 * pcscd's client library and through ours. */
#include "port.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <winscard.h>

#define WAIT_MS     10000
#define READERS_MAX 8192
#define RETRIES     40
#define RETRY_MS    50

struct pcsc {
	void *library;
	SCARDCONTEXT context;
	SCARDHANDLE card;
	DWORD protocol;
	bool connected;
	char reader[MAX_READERNAME + 1];
	LONG (*establish)(DWORD, LPCVOID, LPCVOID, LPSCARDCONTEXT);
	LONG (*release)(SCARDCONTEXT);
	LONG (*list)(SCARDCONTEXT, LPCSTR, LPSTR, LPDWORD);
	LONG (*wait)(SCARDCONTEXT, DWORD, SCARD_READERSTATE *, DWORD);
	LONG (*connect)(SCARDCONTEXT, LPCSTR, DWORD, DWORD, LPSCARDHANDLE, LPDWORD);
	LONG (*reconnect)(SCARDHANDLE, DWORD, DWORD, DWORD, LPDWORD);
	LONG (*disconnect)(SCARDHANDLE, DWORD);
	LONG (*status)(SCARDHANDLE, LPSTR, LPDWORD, LPDWORD, LPDWORD, LPBYTE, LPDWORD);
	LONG(*transmit)
	(SCARDHANDLE, const SCARD_IO_REQUEST *, LPCBYTE, DWORD, SCARD_IO_REQUEST *, LPBYTE,
	    LPDWORD);
};

static int
failed(const char *what, LONG rv)
{
	printf("# %s: 0x%08lX\n", what, (unsigned long)rv & 0xFFFFFFFFul);
	return VSC_E_IO;
}

static int
load(struct pcsc *p, const char *library)
{
	const struct {
		const char *name;
		void *function; /* the member to fill */
	} functions[] = {
		{ "SCardEstablishContext", &p->establish },
		{ "SCardReleaseContext", &p->release },
		{ "SCardListReaders", &p->list },
		{ "SCardGetStatusChange", &p->wait },
		{ "SCardConnect", &p->connect },
		{ "SCardReconnect", &p->reconnect },
		{ "SCardDisconnect", &p->disconnect },
		{ "SCardStatus", &p->status },
		{ "SCardTransmit", &p->transmit },
	};

	p->library = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	if (p->library == NULL) {
		printf("# %s\n", dlerror());
		return VSC_E_NOT_FOUND;
	}
	for (size_t i = 0; i < VSC_COUNT(functions); i++) {
		void *symbol = dlsym(p->library, functions[i].name);

		/* POSIX: an object pointer from dlsym holds the function's address */
		if (symbol == NULL || vsc_copy(functions[i].function, sizeof(symbol),
					  vsc_span_from(&symbol, sizeof(symbol))) < 0) {
			printf("# %s: no %s\n", library, functions[i].name);
			return VSC_E_NOT_FOUND;
		}
	}
	return 0;
}

static int
find_reader(struct pcsc *p, const char *part)
{
	char names[READERS_MAX];
	DWORD len = sizeof(names);
	LONG rv = p->list(p->context, NULL, names, &len);

	if (rv != SCARD_S_SUCCESS)
		return failed("SCardListReaders", rv);
	for (const char *name = names; *name != '\0'; name += strlen(name) + 1) {
		if (strstr(name, part) == NULL)
			continue;
		snprintf(p->reader, sizeof(p->reader), "%.*s", MAX_READERNAME, name);
		return 0;
	}
	printf("# no reader with \"%s\" in its name\n", part);
	return VSC_E_NOT_FOUND;
}

static int
wait_for_card(struct pcsc *p)
{
	SCARD_READERSTATE state = { .szReader = p->reader, .dwCurrentState = SCARD_STATE_UNAWARE };

	for (int i = 0; i < 100; i++) {
		LONG rv = p->wait(p->context, WAIT_MS, &state, 1);

		if (rv != SCARD_S_SUCCESS)
			return failed("SCardGetStatusChange", rv);
		if ((state.dwEventState & SCARD_STATE_PRESENT) != 0)
			return 0;
		state.dwCurrentState = state.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
	}
	return VSC_E_TIMEOUT;
}

/* The card of the transcript before this one may just be leaving: try again. */
static int
connect_card(struct pcsc *p)
{
	LONG rv = SCARD_S_SUCCESS;

	for (int i = 0; i < RETRIES; i++) {
		if (wait_for_card(p) < 0)
			return VSC_E_TIMEOUT;
		rv = p->connect(p->context, p->reader, SCARD_SHARE_EXCLUSIVE,
		    SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &p->card, &p->protocol);
		if (rv == SCARD_S_SUCCESS) {
			p->connected = true;
			return 0;
		}
		usleep(RETRY_MS * 1000);
	}
	return failed("SCardConnect", rv);
}

/* PC/SC has no power switch: off and on are one step, taken at on. */
static int
event(struct port *port, enum vsc_line_event event)
{
	struct pcsc *p = port->ctx;
	LONG rv;

	if (event == VSC_EVENT_OFF)
		return 0;
	rv = p->reconnect(p->card, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
	    event == VSC_EVENT_ON ? SCARD_UNPOWER_CARD : SCARD_RESET_CARD, &p->protocol);
	return rv == SCARD_S_SUCCESS ? 0 : failed("SCardReconnect", rv);
}

static int
atr(struct port *port, struct vsc_blob *atr)
{
	struct pcsc *p = port->ctx;
	BYTE buf[MAX_ATR_SIZE];
	DWORD len = sizeof(buf), name = 0, state, protocol;
	LONG rv = p->status(p->card, NULL, &name, &state, &protocol, buf, &len);

	if (rv != SCARD_S_SUCCESS)
		return failed("SCardStatus", rv);
	return vsc_blob_set(atr, vsc_span_from(buf, len));
}

static int
transmit(struct port *port, struct vsc_span command, struct vsc_blob *answer)
{
	static BYTE buf[VSC_RESPONSE_MAX];
	struct pcsc *p = port->ctx;
	SCARD_IO_REQUEST pci = { p->protocol, sizeof(pci) };
	DWORD len = sizeof(buf);
	LONG rv = p->transmit(p->card, &pci, command.ptr, command.len, NULL, buf, &len);

	if (rv != SCARD_S_SUCCESS)
		return failed("SCardTransmit", rv);
	return vsc_blob_set(answer, vsc_span_from(buf, len));
}

static void
close_port(struct port *port)
{
	struct pcsc *p = port->ctx;

	if (p->connected)
		p->disconnect(p->card, SCARD_UNPOWER_CARD);
	if (p->context != 0)
		p->release(p->context);
	/* the library may have threads of its own: it stays loaded */
	free(p);
}

int
port_pcsc(struct port *port, const char *library, const char *reader)
{
	static const struct port_ops ops = { event, atr, transmit, close_port };
	struct pcsc *p = calloc(1, sizeof(*p));
	LONG rv;
	int r;

	if (p == NULL)
		return VSC_E_NOMEM;
	*port = (struct port){ &ops, p };
	r = load(p, library != NULL ? library : "libpcsclite.so.1");
	if (r == 0) {
		rv = p->establish(SCARD_SCOPE_SYSTEM, NULL, NULL, &p->context);
		r = rv == SCARD_S_SUCCESS ? 0 : failed("SCardEstablishContext", rv);
	}
	if (r < 0 || (r = find_reader(p, reader)) < 0 || (r = connect_card(p)) < 0)
		close_port(port);
	return r;
}
