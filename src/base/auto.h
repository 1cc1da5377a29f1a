/*
 * Release on leaving the block, for what a function only borrows: VSC_AUTO_BLOB key = { NULL, 0 };
 * The OpenSSL flavours are in crypto/auto.h.
 */
#ifndef VSC_BASE_AUTO_H
#define VSC_BASE_AUTO_H

#include "base/bytes.h"

#define VSC_CLEANUP(function) __attribute__((cleanup(function)))

/* A static inline function `NAME` that releases *ptr with `release` unless it is NULL. */
#define VSC_DEFINE_CLEANUP(NAME, type, release)                                                   \
	/* NOLINTNEXTLINE(bugprone-macro-parentheses): a type cannot stand in parentheses here */ \
	static inline void NAME(type **ptr)                                                       \
	{                                                                                         \
		if (*ptr != NULL)                                                                 \
			release(*ptr);                                                            \
	}

#define VSC_AUTO_BLOB VSC_CLEANUP(vsc_blob_free) struct vsc_blob

#endif
