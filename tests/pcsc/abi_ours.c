#include "pcsc/include/PCSC/winscard.h"
#include "pcsc/include/PCSC/reader.h"

#include "abi.h"
#include "abi_rows.h"

const struct abi_row abi_ours[] = { ABI_ROWS };
const unsigned long abi_ours_count = sizeof(abi_ours) / sizeof(abi_ours[0]);
