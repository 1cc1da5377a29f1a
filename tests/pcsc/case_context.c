/* Contexts, the list of readers, memory. */
#include <stdio.h>
#include <string.h>

#include "cases.h"

#define LIST_MAX 4096

void
case_context_distinct(struct world *w)
{
	SCARDCONTEXT a = establish(), b = establish();

	CHECK(a != 0 && b != 0 && a != b && a != w->context);
	EXPECT_OK(SCardIsValidContext(a));
	EXPECT_OK(SCardReleaseContext(a));
	EXPECT(SCARD_E_INVALID_HANDLE, SCardIsValidContext(a));
	EXPECT(SCARD_E_INVALID_HANDLE, SCardReleaseContext(a));
	EXPECT_OK(SCardIsValidContext(b));
	EXPECT_OK(SCardReleaseContext(b));
}

void
case_context_many(struct world *w)
{
	SCARDCONTEXT contexts[100];

	(void)w;
	for (size_t i = 0; i < VSC_COUNT(contexts); i++)
		contexts[i] = establish();
	for (size_t i = 0; i < VSC_COUNT(contexts); i++)
		EXPECT_OK(SCardReleaseContext(contexts[i]));
}

void
case_context_arguments(struct world *w)
{
	static const DWORD bad[] = { 4, 5, 0x1234, 0xFFFFFFFF };
	SCARDCONTEXT context;
	int something;

	(void)w;
	EXPECT(
	    SCARD_E_INVALID_PARAMETER, SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, NULL));
	for (size_t i = 0; i < VSC_COUNT(bad); i++) {
		context = 4711;
		EXPECT(SCARD_E_INVALID_VALUE, SCardEstablishContext(bad[i], NULL, NULL, &context));
		CHECK_NUM(0, (unsigned long)context);
	}
	for (DWORD scope = SCARD_SCOPE_USER; scope <= SCARD_SCOPE_GLOBAL; scope++) {
		EXPECT_OK(SCardEstablishContext(scope, &something, &something, &context));
		EXPECT_OK(SCardReleaseContext(context));
	}
}

static void
all_refuse(const struct world *w, SCARDCONTEXT context)
{
	SCARD_READERSTATE state = { .szReader = w->reader };
	char buf[LIST_MAX];
	DWORD len = sizeof(buf), protocol;
	SCARDHANDLE card = 4711;

	EXPECT(SCARD_E_INVALID_HANDLE, SCardIsValidContext(context));
	EXPECT(SCARD_E_INVALID_HANDLE, SCardReleaseContext(context));
	EXPECT(SCARD_E_INVALID_HANDLE, SCardListReaders(context, NULL, buf, &len));
	EXPECT(SCARD_E_INVALID_HANDLE, SCardListReaderGroups(context, buf, &len));
	EXPECT(SCARD_E_INVALID_HANDLE, SCardGetStatusChange(context, 0, &state, 1));
	EXPECT(SCARD_E_INVALID_HANDLE, SCardCancel(context));
	EXPECT(SCARD_E_INVALID_HANDLE, SCardFreeMemory(context, NULL));
	EXPECT(SCARD_E_INVALID_HANDLE, SCardConnect(context, w->reader, SCARD_SHARE_SHARED,
					   SCARD_PROTOCOL_ANY, &card, &protocol));
	CHECK_NUM(0, (unsigned long)card);
}

void
case_context_foreign(struct world *w)
{
	SCARDCONTEXT released = establish();

	EXPECT_OK(SCardReleaseContext(released));
	all_refuse(w, released);
	all_refuse(w, 0);
	all_refuse(w, 1);
	all_refuse(w, 0x7FFFFFFF);
	all_refuse(w, -1);
}

void
case_context_frees_handles(struct world *w)
{
	SCARDCONTEXT other = establish();
	SCARDHANDLE mine = 0, theirs;
	DWORD protocol;

	EXPECT_OK(SCardConnect(
	    other, w->reader, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_ANY, &theirs, &protocol));
	EXPECT_OK(SCardReleaseContext(other));
	EXPECT(SCARD_E_INVALID_HANDLE, status_of(theirs));
	EXPECT(SCARD_E_INVALID_HANDLE, SCardDisconnect(theirs, SCARD_LEAVE_CARD));
	EXPECT_OK(SCardConnect(
	    w->context, w->reader, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_ANY, &mine, &protocol));
	EXPECT_OK(SCardDisconnect(mine, SCARD_LEAVE_CARD));
}

/* A multi-string's length: strings, each with its zero, and one zero more. */
static size_t
multi_length(const char *list)
{
	const char *p = list;

	while (*p != '\0')
		p += strlen(p) + 1;
	return (size_t)(p - list) + 1;
}

static bool
in_list(const char *list, const char *name)
{
	for (; *list != '\0'; list += strlen(list) + 1)
		if (strcmp(list, name) == 0)
			return true;
	return false;
}

void
case_readers_list(struct world *w)
{
	char buf[LIST_MAX];
	DWORD len = 0, exact;
	size_t count = 0;

	EXPECT_OK(SCardListReaders(w->context, NULL, NULL, &exact));
	len = sizeof(buf);
	EXPECT_OK(SCardListReaders(w->context, NULL, buf, &len));
	CHECK_NUM(exact, len);
	CHECK_NUM(multi_length(buf), len);
	CHECK(in_list(buf, w->reader) && in_list(buf, w->other));
	for (const char *p = buf; *p != '\0'; p += strlen(p) + 1)
		count++;
	CHECK_NUM(2, count);
	len = exact;
	EXPECT_OK(SCardListReaders(w->context, "any group", buf, &len));
	CHECK_NUM(exact, len);
	len = exact - 1;
	buf[0] = '#';
	EXPECT(SCARD_E_INSUFFICIENT_BUFFER, SCardListReaders(w->context, NULL, buf, &len));
	CHECK_NUM(exact, len);
	CHECK(buf[0] == '#');
	len = 0;
	EXPECT(SCARD_E_INSUFFICIENT_BUFFER, SCardListReaders(w->context, NULL, buf, &len));
	CHECK_NUM(exact, len);
}

void
case_readers_arguments(struct world *w)
{
	DWORD len = SCARD_AUTOALLOCATE;

	EXPECT(SCARD_E_INVALID_PARAMETER, SCardListReaders(w->context, NULL, NULL, NULL));
	EXPECT(SCARD_E_INVALID_PARAMETER, SCardListReaders(w->context, NULL, NULL, &len));
}

void
case_readers_autoallocate(struct world *w)
{
	char *list = NULL;
	DWORD len = SCARD_AUTOALLOCATE;

	if (!EXPECT_OK(SCardListReaders(w->context, NULL, (LPSTR)(void *)&list, &len)))
		return;
	CHECK(list != NULL && in_list(list, w->reader));
	CHECK_NUM(multi_length(list), len);
	EXPECT_OK(SCardFreeMemory(w->context, list));
	EXPECT_OK(SCardFreeMemory(w->context, NULL));
}

void
case_readers_groups(struct world *w)
{
	static const char want[] = "SCard$DefaultReaders\0";
	char buf[100], *list = NULL;
	DWORD len = 0;

	EXPECT_OK(SCardListReaderGroups(w->context, NULL, &len));
	CHECK_NUM(sizeof(want), len);
	EXPECT_OK(SCardListReaderGroups(w->context, buf, &len));
	CHECK(memcmp(buf, want, sizeof(want)) == 0);
	len = sizeof(want) - 1;
	EXPECT(SCARD_E_INSUFFICIENT_BUFFER, SCardListReaderGroups(w->context, buf, &len));
	CHECK_NUM(sizeof(want), len);
	len = SCARD_AUTOALLOCATE;
	EXPECT_OK(SCardListReaderGroups(w->context, (LPSTR)(void *)&list, &len));
	CHECK(list != NULL && memcmp(list, want, sizeof(want)) == 0);
	EXPECT_OK(SCardFreeMemory(w->context, list));
	len = SCARD_AUTOALLOCATE;
	EXPECT(SCARD_E_INVALID_PARAMETER, SCardListReaderGroups(w->context, NULL, &len));
}

/* The texts are part of what programs print and compare. */
void
case_error_texts(struct world *w)
{
	static const struct {
		LONG error;
		const char *text;
	} rows[] = {
		{ SCARD_S_SUCCESS, "Command successful." },
		{ SCARD_E_NO_SMARTCARD, "No smart card inserted." },
		{ SCARD_E_UNSUPPORTED_FEATURE, "Feature not supported." },
		{ SCARD_W_REMOVED_CARD, "Card was removed." },
		{ SCARD_E_NO_READERS_AVAILABLE, "Cannot find a smart card reader." },
		{ SCARD_W_SECURITY_VIOLATION, "Access denied." },
		{ 0x12345678, "Unknown error: 0x12345678" },
	};

	(void)w;
	for (size_t i = 0; i < VSC_COUNT(rows); i++)
		if (strcmp(pcsc_stringify_error(rows[i].error), rows[i].text) != 0)
			check(false, rows[i].text, __FILE__, __LINE__);
}
