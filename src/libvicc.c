/* libvicc.so is made of the static libraries of base/ to cards/; this file is the one of its own.
 */
#include "card/card.h"

const char *
vsc_version(void)
{
	return VSC_VERSION;
}
