/* Status words (ISO/IEC 7816-4:2020 5.6) and their names for people. */
#ifndef VSC_ISO_SW_H
#define VSC_ISO_SW_H

#include <stdint.h>

typedef uint16_t vsc_sw;

enum {
	VSC_SW_OK = 0x9000,
	VSC_SW_WARNING = 0x6200,        /* state unchanged, no information */
	VSC_SW_CORRUPTED = 0x6281,      /* part of returned data may be corrupted */
	VSC_SW_END_OF_FILE = 0x6282,    /* end of file, record or data reached before Ne bytes */
	VSC_SW_DEACTIVATED = 0x6283,    /* selected file deactivated */
	VSC_SW_BAD_FCI = 0x6284,        /* control information not formatted as asked */
	VSC_SW_TERMINATED = 0x6285,     /* selected file in termination state */
	VSC_SW_INACTIVE = 0x6287,       /* a record that is meant is deactivated */
	VSC_SW_AUTH_FAILED = 0x6300,    /* verification or authentication failed, no counter */
	VSC_SW_COMPARE_FAILED = 0x6340, /* comparison failed */
	VSC_SW_FILLED_UP = 0x6381,      /* file filled up by the last write */
	VSC_SW_TRIES = 0x63C0,          /* plus the number of tries left */
	VSC_SW_EXEC_ERROR = 0x6400,     /* execution error, state unchanged */
	VSC_SW_NOT_SHARED = 0x6481,     /* logical channel shared access denied */
	VSC_SW_CHANNEL_DENIED = 0x6482, /* logical channel opening denied */
	VSC_SW_MEMORY_FAILURE = 0x6581, /* state changed; the memory failed */
	VSC_SW_WRONG_LENGTH = 0x6700,
	VSC_SW_NO_CHANNEL = 0x6881,         /* logical channel not supported */
	VSC_SW_NO_SM = 0x6882,              /* secure messaging not supported */
	VSC_SW_LAST_EXPECTED = 0x6883,      /* last command of the chain expected */
	VSC_SW_NO_CHAINING = 0x6884,        /* command chaining not supported */
	VSC_SW_NOT_ALLOWED = 0x6900,        /* command not allowed, no information */
	VSC_SW_INCOMPATIBLE_FILE = 0x6981,  /* command incompatible with file structure */
	VSC_SW_SECURITY = 0x6982,           /* security status not satisfied */
	VSC_SW_AUTH_BLOCKED = 0x6983,       /* authentication method blocked */
	VSC_SW_REFERENCE_UNUSABLE = 0x6984, /* reference data not usable */
	VSC_SW_CONDITIONS = 0x6985,         /* conditions of use not satisfied */
	VSC_SW_NO_EF = 0x6986,              /* no current EF */
	VSC_SW_SM_MISSING = 0x6987,         /* expected secure messaging objects missing */
	VSC_SW_SM_INCORRECT = 0x6988,       /* incorrect secure messaging objects */
	VSC_SW_WRONG_P1P2_NO_INFO = 0x6A00,
	VSC_SW_WRONG_DATA = 0x6A80, /* incorrect parameters in the data field */
	VSC_SW_FUNCTION = 0x6A81,   /* function not supported */
	VSC_SW_FILE_NOT_FOUND = 0x6A82,
	VSC_SW_RECORD_NOT_FOUND = 0x6A83,
	VSC_SW_NO_SPACE = 0x6A84, /* not enough memory in the file */
	VSC_SW_NC_TLV = 0x6A85,   /* Nc inconsistent with TLV structure */
	VSC_SW_WRONG_P1P2 = 0x6A86,
	VSC_SW_NC_P1P2 = 0x6A87,             /* Nc inconsistent with P1-P2 */
	VSC_SW_REFERENCE_NOT_FOUND = 0x6A88, /* referenced data or reference data not found */
	VSC_SW_FILE_EXISTS = 0x6A89,
	VSC_SW_NAME_EXISTS = 0x6A8A, /* DF name already exists */
	VSC_SW_OFFSET = 0x6B00,      /* wrong parameters P1-P2, offset outside the EF */
	VSC_SW_WRONG_LE = 0x6C00,    /* plus the exact length */
	VSC_SW_INS = 0x6D00,
	VSC_SW_CLA = 0x6E00,
	VSC_SW_INTERNAL = 0x6F00, /* no precise diagnosis */
	VSC_SW_MORE = 0x6100,     /* plus the number of bytes GET RESPONSE can fetch */
};

/* 63CX; 15 stands for 15 or more. */
#define VSC_SW_TRIES_LEFT(n) ((vsc_sw)(VSC_SW_TRIES | ((n) > 15 ? 15 : (n))))

/* English, never NULL: "file not found". The variable part of 61XX, 63CX and 6CXX is not in it. */
const char *vsc_sw_name(vsc_sw sw);

/* 5.6: 9000, 61XX, 62XX and 63XX report a processed command (normal or with a warning); 64XX and up
 * an aborted one. */
static inline int
vsc_sw_is_processed(vsc_sw sw)
{
	return sw == VSC_SW_OK || (sw >= 0x6100 && sw <= 0x63FF);
}

#endif
