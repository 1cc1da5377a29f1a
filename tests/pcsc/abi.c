/* Our PC/SC headers say the same as pcsc-lite's: a program may be built with either. */
#include "abi.h"

#include <stdio.h>
#include <string.h>

int
main(void)
{
	int failed = abi_theirs_count != abi_ours_count;

	for (unsigned long i = 0; i < abi_theirs_count && !failed; i++) {
		if (strcmp(abi_theirs[i].name, abi_ours[i].name) == 0 &&
		    abi_theirs[i].value == abi_ours[i].value)
			continue;
		printf("%s: pcsc-lite 0x%lX, ours 0x%lX\n", abi_theirs[i].name, abi_theirs[i].value,
		    abi_ours[i].value);
		failed = 1;
	}
	return failed;
}
