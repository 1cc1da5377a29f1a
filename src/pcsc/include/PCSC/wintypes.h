/*
 * The integer and pointer types that PC/SC borrowed from Windows, as wide as pcsc-lite has them:
 * DWORD and LONG are long except on macOS, where they are 32 bits.
 */
#ifndef VPCD_WINTYPES_H
#define VPCD_WINTYPES_H
/* the name pcsc-lite's header guards itself with: only one of the two may declare these types */
#define __wintypes_h__

#include <stdint.h>

#ifdef __APPLE__
typedef uint16_t WORD;
typedef uint16_t USHORT;
typedef uint32_t ULONG;
typedef uint32_t DWORD;
typedef int32_t LONG;
typedef int16_t BOOL;
#else
typedef unsigned short WORD;
typedef unsigned short USHORT;
typedef unsigned long ULONG;
typedef unsigned long DWORD;
typedef long LONG;
typedef short BOOL;
#endif

#ifndef BYTE
typedef unsigned char BYTE;
#endif
typedef unsigned char UCHAR;

typedef void *LPVOID;
typedef const void *LPCVOID;
typedef BYTE *LPBYTE;
typedef const BYTE *LPCBYTE;
typedef UCHAR *PUCHAR;
typedef ULONG *PULONG;
typedef DWORD *PDWORD, *LPDWORD;
typedef char *LPSTR, *LPTSTR;
typedef const char *LPCSTR, *LPCTSTR;

#endif
