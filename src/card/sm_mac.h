/* Between sm.c and sm_mac.c: the two ways in which MACs of secure messaging follow each other. */
#ifndef VSC_CARD_SM_MAC_H
#define VSC_CARD_SM_MAC_H

#include "card/sm.h"

/* As long as a block; borrows. */
struct vsc_span vsc_sm_counter(const struct vsc_sm_keys *keys);

/* SSC, header if it is authenticated by the class byte, objects, one more padding if `extra`. */
VSC_MUST_CHECK int vsc_sm_mac_counted(struct vsc_sm_keys *keys, struct vsc_span header,
    struct vsc_span covered, bool extra, uint8_t mac[VSC_SUITE_MAC_LEN]);

/*
 * SP 800-73-4 part 2, 4.2.3 and 4.2.5: the MAC before, whole; the padded header, of a command; the
 * objects as they are, which AES-CMAC pads by itself. A wrong one is kept as well: it ends the
 * session.
 */
VSC_MUST_CHECK int vsc_sm_mac_chained(struct vsc_sm_keys *keys, enum vsc_sm_direction direction,
    struct vsc_span header, struct vsc_span covered, uint8_t mac[VSC_SUITE_MAC_LEN]);

#endif
