/* A program linked to libpcsclite.a with our headers, as where there is no pcscd. */
#include <stdio.h>
#include <string.h>

#include <winscard.h>

int
main(void)
{
	char readers[200];
	DWORD len = sizeof(readers);
	SCARDCONTEXT context;
	LONG rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);

	if (rv == SCARD_S_SUCCESS)
		rv = SCardListReaders(context, NULL, readers, &len);
	printf("%s\n", pcsc_stringify_error(rv));
	return rv != SCARD_S_SUCCESS || strcmp(readers, "Virtual PCD 00 00") != 0 ||
	       SCardReleaseContext(context) != SCARD_S_SUCCESS;
}
