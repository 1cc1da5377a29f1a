/*
 * Tag lists (5C), header lists (5D) and extended header lists (4D) of ISO/IEC 7816-4:2020 8.4: how
 * a terminal says which objects it wants, and how much of them.
 */
#ifndef VSC_CARD_HEADER_LIST_H
#define VSC_CARD_HEADER_LIST_H

#include "base/bytes.h"

/* The next tag field; false: there is none, or it is malformed. */
bool vsc_tag_next(struct vsc_in *in, uint32_t *tag);
bool vsc_tag_listed(struct vsc_span list, uint32_t wanted);

/*
 * Appends what the list, of which the tag has been read, asks for of the object with this tag;
 * whole is empty if that is not here. Length 00, and 80 for a constructed object, ask for all of
 * it, any other for so many bytes of the value at most; in an extended list the length of a
 * constructed object is that of a list of objects inside. False: the list is malformed.
 */
bool vsc_header_put(struct vsc_out *out, struct vsc_in *list, bool extended, uint32_t tag,
    struct vsc_span whole, struct vsc_span value);

#endif
