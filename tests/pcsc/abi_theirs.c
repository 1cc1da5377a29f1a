#include <winscard.h>
#include <reader.h>

#include "abi.h"
#include "abi_rows.h"

const struct abi_row abi_theirs[] = { ABI_ROWS };
const unsigned long abi_theirs_count = sizeof(abi_theirs) / sizeof(abi_theirs[0]);
