/* Status words and their names (ISO/IEC 7816-4:2020 5.6, tables 6 and 7; ranges after exact
 * values).
 */
#include "iso/sw.h"

#include "base/bytes.h"

struct sw_name {
	vsc_sw value, mask; /* the first row that matches counts */
	const char *name;
};

#define EXACT 0xFFFF
#define RANGE 0xFF00

static const struct sw_name names[] = {
	{ VSC_SW_OK, EXACT, "ok" },
	{ VSC_SW_MORE, RANGE, "more bytes available" },
	{ VSC_SW_WARNING, EXACT, "warning, state unchanged" },
	{ VSC_SW_CORRUPTED, EXACT, "part of returned data may be corrupted" },
	{ VSC_SW_END_OF_FILE, EXACT, "end of file or record reached" },
	{ VSC_SW_DEACTIVATED, EXACT, "selected file deactivated" },
	{ VSC_SW_BAD_FCI, EXACT, "control information not formatted as asked" },
	{ VSC_SW_TERMINATED, EXACT, "selected file in termination state" },
	{ 0x6286, EXACT, "no input data available from a sensor on the card" },
	{ VSC_SW_INACTIVE, EXACT, "at least one of the referenced records is deactivated" },
	{ 0x6200, RANGE, "warning, state unchanged" },
	{ VSC_SW_AUTH_FAILED, EXACT, "verification failed" },
	{ VSC_SW_COMPARE_FAILED, EXACT, "unsuccessful comparison" },
	{ VSC_SW_FILLED_UP, EXACT, "file filled up by the last write" },
	{ VSC_SW_TRIES, 0xFFF0, "verification failed, tries left" },
	{ 0x6300, RANGE, "warning, state changed" },
	{ VSC_SW_EXEC_ERROR, EXACT, "execution error, state unchanged" },
	{ 0x6401, EXACT, "immediate response required by the card" },
	{ VSC_SW_NOT_SHARED, EXACT, "logical channel shared access denied" },
	{ VSC_SW_CHANNEL_DENIED, EXACT, "logical channel opening denied" },
	{ 0x6400, RANGE, "execution error, state unchanged" },
	{ 0x6500, EXACT, "execution error, state changed" },
	{ VSC_SW_MEMORY_FAILURE, EXACT, "memory failure" },
	{ 0x6500, RANGE, "execution error, state changed" },
	{ 0x6600, RANGE, "security error" },
	{ VSC_SW_WRONG_LENGTH, RANGE, "wrong length" },
	{ 0x6800, EXACT, "function in CLA not supported" },
	{ VSC_SW_NO_CHANNEL, EXACT, "logical channel not supported" },
	{ VSC_SW_NO_SM, EXACT, "secure messaging not supported" },
	{ VSC_SW_LAST_EXPECTED, EXACT, "last command of the chain expected" },
	{ VSC_SW_NO_CHAINING, EXACT, "command chaining not supported" },
	{ 0x6800, RANGE, "function in CLA not supported" },
	{ VSC_SW_NOT_ALLOWED, EXACT, "command not allowed" },
	{ VSC_SW_INCOMPATIBLE_FILE, EXACT, "command incompatible with file structure" },
	{ VSC_SW_SECURITY, EXACT, "security status not satisfied" },
	{ VSC_SW_AUTH_BLOCKED, EXACT, "authentication method blocked" },
	{ VSC_SW_REFERENCE_UNUSABLE, EXACT, "reference data not usable" },
	{ VSC_SW_CONDITIONS, EXACT, "conditions of use not satisfied" },
	{ VSC_SW_NO_EF, EXACT, "no current EF" },
	{ VSC_SW_SM_MISSING, EXACT, "secure messaging objects missing" },
	{ VSC_SW_SM_INCORRECT, EXACT, "secure messaging objects incorrect" },
	{ 0x6900, RANGE, "command not allowed" },
	{ VSC_SW_WRONG_P1P2_NO_INFO, EXACT, "wrong parameters P1-P2" },
	{ VSC_SW_WRONG_DATA, EXACT, "wrong data field" },
	{ VSC_SW_FUNCTION, EXACT, "function not supported" },
	{ VSC_SW_FILE_NOT_FOUND, EXACT, "file or application not found" },
	{ VSC_SW_RECORD_NOT_FOUND, EXACT, "record not found" },
	{ VSC_SW_NO_SPACE, EXACT, "not enough memory in the file" },
	{ VSC_SW_NC_TLV, EXACT, "Nc inconsistent with TLV structure" },
	{ VSC_SW_WRONG_P1P2, EXACT, "incorrect parameters P1-P2" },
	{ VSC_SW_NC_P1P2, EXACT, "Nc inconsistent with P1-P2" },
	{ VSC_SW_REFERENCE_NOT_FOUND, EXACT, "referenced data not found" },
	{ VSC_SW_FILE_EXISTS, EXACT, "file already exists" },
	{ VSC_SW_NAME_EXISTS, EXACT, "DF name already exists" },
	{ 0x6A00, RANGE, "wrong parameters" },
	{ VSC_SW_OFFSET, RANGE, "wrong parameters P1-P2, offset outside the file" },
	{ VSC_SW_WRONG_LE, RANGE, "wrong Le, exact length given" },
	{ VSC_SW_INS, RANGE, "instruction not supported" },
	{ VSC_SW_CLA, RANGE, "class not supported" },
	{ VSC_SW_INTERNAL, RANGE, "no precise diagnosis" },
	{ 0x9000, 0xF000, "proprietary" },
};

const char *
vsc_sw_name(vsc_sw sw)
{
	for (size_t i = 0; i < VSC_COUNT(names); i++)
		if ((sw & names[i].mask) == names[i].value)
			return names[i].name;
	/* 5.6: 6XXX and 9XXX are the only values; 60XX is a procedure byte */
	return "not a status word";
}
