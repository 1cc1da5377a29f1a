/*
 * What libpcsclite.so.1 is from pcsc-lite 2.1 on: a library that loads another, which
 * LIBPCSCLITE_DELEGATE names, with the first context, and leads every call to it. So that the
 * contract can be run through it where an older pcsc-lite is installed.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <winscard.h>

/* name, parameters, arguments */
#define FUNCTIONS(F)                                                                              \
	F(SCardEstablishContext, (DWORD s, LPCVOID a, LPCVOID b, LPSCARDCONTEXT c), (s, a, b, c)) \
	F(SCardReleaseContext, (SCARDCONTEXT c), (c))                                             \
	F(SCardIsValidContext, (SCARDCONTEXT c), (c))                                             \
	F(SCardConnect, (SCARDCONTEXT c, LPCSTR r, DWORD s, DWORD p, LPSCARDHANDLE h, LPDWORD a), \
	    (c, r, s, p, h, a))                                                                   \
	F(SCardReconnect, (SCARDHANDLE h, DWORD s, DWORD p, DWORD i, LPDWORD a), (h, s, p, i, a)) \
	F(SCardDisconnect, (SCARDHANDLE h, DWORD d), (h, d))                                      \
	F(SCardBeginTransaction, (SCARDHANDLE h), (h))                                            \
	F(SCardEndTransaction, (SCARDHANDLE h, DWORD d), (h, d))                                  \
	F(SCardStatus,                                                                            \
	    (SCARDHANDLE h, LPSTR r, LPDWORD n, LPDWORD s, LPDWORD p, LPBYTE a, LPDWORD l),       \
	    (h, r, n, s, p, a, l))                                                                \
	F(SCardGetStatusChange, (SCARDCONTEXT c, DWORD t, SCARD_READERSTATE * s, DWORD n),        \
	    (c, t, s, n))                                                                         \
	F(SCardControl,                                                                           \
	    (SCARDHANDLE h, DWORD o, LPCVOID i, DWORD n, LPVOID b, DWORD m, LPDWORD l),           \
	    (h, o, i, n, b, m, l))                                                                \
	F(SCardTransmit,                                                                          \
	    (SCARDHANDLE h, const SCARD_IO_REQUEST *s, LPCBYTE i, DWORD n, SCARD_IO_REQUEST *r,   \
		LPBYTE b, LPDWORD l),                                                             \
	    (h, s, i, n, r, b, l))                                                                \
	F(SCardListReaderGroups, (SCARDCONTEXT c, LPSTR g, LPDWORD n), (c, g, n))                 \
	F(SCardListReaders, (SCARDCONTEXT c, LPCSTR g, LPSTR r, LPDWORD n), (c, g, r, n))         \
	F(SCardFreeMemory, (SCARDCONTEXT c, LPCVOID m), (c, m))                                   \
	F(SCardCancel, (SCARDCONTEXT c), (c))                                                     \
	F(SCardGetAttrib, (SCARDHANDLE h, DWORD a, LPBYTE b, LPDWORD n), (h, a, b, n))            \
	F(SCardSetAttrib, (SCARDHANDLE h, DWORD a, LPCBYTE b, DWORD n), (h, a, b, n))

#define EXPORT __attribute__((visibility("default")))

const EXPORT SCARD_IO_REQUEST g_rgSCardT0Pci = { SCARD_PROTOCOL_T0, sizeof(SCARD_IO_REQUEST) };
const EXPORT SCARD_IO_REQUEST g_rgSCardT1Pci = { SCARD_PROTOCOL_T1, sizeof(SCARD_IO_REQUEST) };
const EXPORT SCARD_IO_REQUEST g_rgSCardRawPci = { SCARD_PROTOCOL_RAW, sizeof(SCARD_IO_REQUEST) };

static void *
symbol(const char *name)
{
	static void *library; /* the interface has no argument for it */

	if (library == NULL)
		library = dlopen(getenv("LIBPCSCLITE_DELEGATE"), RTLD_LAZY);
	return library == NULL ? NULL : dlsym(library, name);
}

#define FORWARD(name, params, args)                           \
	EXPORT LONG name params                               \
	{                                                     \
		union {                                       \
			void *object;                         \
			LONG(*function) params;               \
		} to = { symbol(#name) };                     \
                                                              \
		if (to.object == NULL || to.function == name) \
			return SCARD_F_INTERNAL_ERROR;        \
		return to.function args;                      \
	}
FUNCTIONS(FORWARD)

EXPORT const char *
pcsc_stringify_error(const LONG error)
{
	union {
		void *object;
		const char *(*function)(const LONG error);
	} to = { symbol("pcsc_stringify_error") };

	return to.object == NULL ? strerror(0) : to.function(error);
}
