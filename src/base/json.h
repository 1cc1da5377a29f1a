/* JSON text (RFC 8259), as far as our programs write it. */
#ifndef VSC_BASE_JSON_H
#define VSC_BASE_JSON_H

#include <stdio.h>

#include "base/bytes.h"

/* With its quotes; control characters, quotes and backslashes escaped. The text is UTF-8 already.
 */
void vsc_json_string(struct vsc_out *out, const char *text);
void vsc_json_print(FILE *to, const char *text);

#endif
