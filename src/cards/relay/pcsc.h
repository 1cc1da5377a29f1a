/*
 * The PC/SC library, loaded when a relayed card asks for it: vicc does not depend on it, and which
 * one it is (pcscd's client or our own) is decided when it runs.
 */
#ifndef VSC_CARDS_RELAY_PCSC_H
#define VSC_CARDS_RELAY_PCSC_H

#include <winscard.h>

#include "base/bytes.h"

struct vsc_pcsc {
	void *library;
	LONG (*establish)(DWORD, LPCVOID, LPCVOID, LPSCARDCONTEXT);
	LONG (*release)(SCARDCONTEXT);
	LONG (*cancel)(SCARDCONTEXT);
	LONG (*list)(SCARDCONTEXT, LPCSTR, LPSTR, LPDWORD);
	LONG (*wait)(SCARDCONTEXT, DWORD, SCARD_READERSTATE *, DWORD);
	LONG (*connect)(SCARDCONTEXT, LPCSTR, DWORD, DWORD, LPSCARDHANDLE, LPDWORD);
	LONG (*reconnect)(SCARDHANDLE, DWORD, DWORD, DWORD, LPDWORD);
	LONG (*disconnect)(SCARDHANDLE, DWORD);
	LONG (*status)(SCARDHANDLE, LPSTR, LPDWORD, LPDWORD, LPDWORD, LPBYTE, LPDWORD);
	LONG (*attribute)(SCARDHANDLE, DWORD, LPBYTE, LPDWORD);
	LONG(*transmit)
	(SCARDHANDLE, const SCARD_IO_REQUEST *, LPCBYTE, DWORD, SCARD_IO_REQUEST *, LPBYTE,
	    LPDWORD);
};

/* file NULL: the system's library. VSC_E_NOT_FOUND and *why. */
VSC_MUST_CHECK int vsc_pcsc_load(struct vsc_pcsc *pcsc, const char *file, struct vsc_why *why);
void vsc_pcsc_unload(struct vsc_pcsc *pcsc);

/* What a person can do something with; others by their number, in text. */
const char *vsc_pcsc_text(LONG rv, char text[32]);

/* The readers' names one after another, each with its terminator, an empty one at the end. 0, or
 * the PC/SC error. */
VSC_MUST_CHECK LONG vsc_pcsc_readers(
    const struct vsc_pcsc *pcsc, SCARDCONTEXT context, struct vsc_blob *names);

/* The next name in such a list, from NULL on; NULL past the last. */
const char *vsc_pcsc_next(const struct vsc_blob *names, const char *name);

#endif
