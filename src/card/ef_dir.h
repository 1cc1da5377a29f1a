/*
 * EF.DIR (ISO/IEC 7816-4:2020 12.2.1): a template 61 with the AID (4F) of each application. The
 * card keeps it true: an application that is made in the MF is entered, unless it is there already,
 * and one that is deleted is taken out. What else the templates hold, and all that is not one, is
 * the personaliser's.
 */
#ifndef VSC_CARD_EF_DIR_H
#define VSC_CARD_EF_DIR_H

#include "card/fs.h"

/* A file was made, or is about to be deleted; does nothing for others than applications. Where
 * there is no EF.DIR in use, or no room in it, or something else is in it, it stays as it is. */
void vsc_ef_dir_enter(struct vsc_card *card, const struct vsc_file *df);
void vsc_ef_dir_leave(struct vsc_card *card, const struct vsc_file *df);

#endif
