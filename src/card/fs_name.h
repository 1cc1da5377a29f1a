/* The names of all DFs of a card in one sorted list: exact and partial selection by bisection. */
#ifndef VSC_CARD_FS_NAME_H
#define VSC_CARD_FS_NAME_H

#include "card/fs.h"

/* All names of a DF. VSC_E_BUSY: one is taken; VSC_E_PARAM: not tag 84 objects of 1 to 16 bytes. */
VSC_MUST_CHECK int vsc_names_add(struct vsc_fs *fs, struct vsc_file *file);
void vsc_names_remove(struct vsc_fs *fs, const struct vsc_file *file);

#endif
