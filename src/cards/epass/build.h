/* From options to the files of an ePass, and out again: personalisation and exports. */
#ifndef VSC_CARDS_EPASS_BUILD_H
#define VSC_CARDS_EPASS_BUILD_H

#include "card/fs.h"
#include "cards/epass/chip.h"
#include "crypto/trust.h"

#define VSC_EPASS_FID_DG      0x0100u /* + number */
#define VSC_EPASS_FID_SOD     0x011Du
#define VSC_EPASS_FID_COM     0x011Eu
#define VSC_EPASS_FID_CVCA    0x011Cu /* in the application */
#define VSC_EPASS_FID_ACCESS  0x011Cu /* under the MF */
#define VSC_EPASS_FID_SECURED 0x011Du /* EF.CardSecurity, under the MF */

/*
 * In the historical bytes and EF.ATR/INFO (ISO/IEC 7816-4:2020 12.1.1). Card service data: DFs by
 * full name, objects in EF.DIR and EF.ATR, READ BINARY, there is an MF. Capabilities: DFs by full
 * name and identifier, short identifiers; data units of a byte; chaining, extended length as EF.ATR
 * says.
 */
#define VSC_EPASS_SERVICE_DATA 0xB8
#define VSC_EPASS_CAPABILITIES 0x94, 0x01, 0xE0

/* A0000002471001, LDS1 */
extern const struct vsc_span vsc_epass_aid;

/* What the chip has to know goes to chip and trust, the rest into the card's files. *why names the
 * option. */
VSC_MUST_CHECK int vsc_epass_build(struct vsc_card *card, const struct vsc_params *params,
    struct vsc_epass_chip *chip, struct vsc_trust *trust, struct vsc_why *why);

/* EF.CVCA: 36 bytes, { 42 reference } of the present and the previous key, filled up. */
void vsc_epass_put_cvca(struct vsc_out *out, const struct vsc_trust *trust);

/* --export-csca, --export-ds, --export-lds: names of what was written are printed. */
VSC_MUST_CHECK int vsc_epass_export(struct vsc_card *card, const struct vsc_params *params,
    const struct vsc_epass_chip *chip, struct vsc_why *why);

#endif
