/* The PC/SC library, loaded: see pcsc.h. */
#include "cards/relay/pcsc.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "card/shared.h"

#ifdef __APPLE__
#define LIBRARY "/System/Library/Frameworks/PCSC.framework/PCSC"
#else
#define LIBRARY "libpcsclite.so.1"
#endif

int
vsc_pcsc_load(struct vsc_pcsc *pcsc, const char *file, struct vsc_why *why)
{
	const struct {
		const char *name;
		void *function; /* the member to fill */
	} functions[] = {
		{ "SCardEstablishContext", &pcsc->establish },
		{ "SCardReleaseContext", &pcsc->release },
		{ "SCardCancel", &pcsc->cancel },
		{ "SCardListReaders", &pcsc->list },
		{ "SCardGetStatusChange", &pcsc->wait },
		{ "SCardConnect", &pcsc->connect },
		{ "SCardReconnect", &pcsc->reconnect },
		{ "SCardDisconnect", &pcsc->disconnect },
		{ "SCardStatus", &pcsc->status },
		{ "SCardGetAttrib", &pcsc->attribute },
		{ "SCardTransmit", &pcsc->transmit },
	};

	struct vsc_why reason = { "" };

	if (file == NULL)
		file = LIBRARY;
	if (vsc_shared_open(&pcsc->library, file, &reason) < 0)
		return vsc_why_set(why, VSC_E_NOT_FOUND,
		    "the PC/SC library cannot be loaded (%s: %s); Debian: apt install libpcsclite1",
		    file, reason.text);
	for (size_t i = 0; i < VSC_COUNT(functions); i++) {
		void *symbol = dlsym(pcsc->library, functions[i].name);

		if (symbol == NULL) {
			vsc_pcsc_unload(pcsc);
			return vsc_why_set(
			    why, VSC_E_NOT_FOUND, "the PC/SC library has no %s", functions[i].name);
		}
		if (vsc_copy(functions[i].function, sizeof(symbol),
			vsc_span_from(&symbol, sizeof(symbol))) < 0)
			return VSC_E_SPACE;
	}
	return 0;
}

void
vsc_pcsc_unload(struct vsc_pcsc *pcsc)
{
	if (pcsc->library != NULL)
		(void)dlclose(pcsc->library);
	pcsc->library = NULL;
}

const char *
vsc_pcsc_text(LONG rv, char text[32])
{
	static const struct {
		LONG rv;
		const char *text;
	} known[] = {
		{ SCARD_E_NO_SERVICE, "pcscd is not running" },
		{ SCARD_E_SERVICE_STOPPED, "pcscd was stopped" },
		{ SCARD_E_NO_READERS_AVAILABLE, "there is no reader" },
		{ SCARD_E_UNKNOWN_READER, "the reader is gone" },
		{ SCARD_E_READER_UNAVAILABLE, "the reader is gone" },
		{ SCARD_E_NO_SMARTCARD, "the card was removed" },
		{ SCARD_W_REMOVED_CARD, "the card was removed" },
		{ SCARD_W_RESET_CARD, "another program has reset the card" },
		{ SCARD_W_UNRESPONSIVE_CARD, "the card does not answer" },
		{ SCARD_E_SHARING_VIOLATION, "another program has the card for itself" },
		{ SCARD_W_SECURITY_VIOLATION, "the system does not let this user at cards" },
	};

	for (size_t i = 0; i < VSC_COUNT(known); i++)
		if (known[i].rv == rv)
			return known[i].text;
	(void)snprintf(text, 32, "PC/SC error 0x%08lX", (unsigned long)rv & 0xFFFFFFFFul);
	return text;
}

LONG
vsc_pcsc_readers(const struct vsc_pcsc *pcsc, SCARDCONTEXT context, struct vsc_blob *names)
{
	DWORD len = 0;
	LONG rv = pcsc->list(context, NULL, NULL, &len);

	if (rv == SCARD_S_SUCCESS) {
		/* two more, so that the list ends whatever the library wrote */
		if (vsc_blob_alloc(names, (size_t)len + 2) < 0)
			return SCARD_E_NO_MEMORY;
		rv = pcsc->list(context, NULL, (LPSTR)names->ptr, &len);
	}
	if (rv != SCARD_S_SUCCESS)
		vsc_blob_free(names);
	return rv;
}

const char *
vsc_pcsc_next(const struct vsc_blob *names, const char *name)
{
	const char *next = name == NULL ? (const char *)names->ptr : name + strlen(name) + 1;

	return next == NULL || *next == '\0' ? NULL : next;
}
