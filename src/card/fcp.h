/* File control parameters (ISO/IEC 7816-4:2020 7.4): what SELECT answers, and what CREATE FILE is
 * given. */
#ifndef VSC_CARD_FCP_H
#define VSC_CARD_FCP_H

#include "card/fs.h"

enum vsc_fci { VSC_FCI = 0x6F, VSC_FCP = 0x62, VSC_FMD = 0x64 };

/* The template with this tag. FCI holds the objects of both. */
void vsc_fcp_put(struct vsc_out *out, const struct vsc_file *file, enum vsc_fci which);

/*
 * The objects inside a template 62 or 6F; descriptor, unless it is 0, where there is no 82. spec
 * borrows from fcp; scratch holds what has to be put together and must live as long as spec is
 * used. VSC_E_FORMAT: malformed, or a value that 7.4 does not allow; VSC_E_UNSUPPORTED: allowed,
 * but not on this card.
 */
VSC_MUST_CHECK int vsc_fcp_parse(
    struct vsc_file_spec *spec, uint8_t descriptor, struct vsc_span fcp, struct vsc_out *scratch);

#endif
