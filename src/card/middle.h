/*
 * The man in the middle (--mitm): a program, a Python module of the predecessor's kind or a shared
 * object that sees each command before the card and each answer before the reader, and may change
 * or answer them. It works for every card type.
 */
#ifndef VSC_CARD_MIDDLE_H
#define VSC_CARD_MIDDLE_H

#include "card/card.h"

struct vsc_middle;

enum vsc_middle_event { VSC_MIDDLE_ON, VSC_MIDDLE_OFF, VSC_MIDDLE_RESET };

struct vsc_middle_config {
	const char *command; /* split into words as a shell does; NAME.so and NAME.py are more than
				programs, see vicc(1) */
	const char *python_helper; /* what runs the predecessor's modules */
	int timeout;               /* milliseconds for one line; 0: 10000 */
	bool restart;              /* start it again after it failed */
	const struct vsc_env *env; /* borrowed */
};

/* Starts it. VSC_E_PARAM, VSC_E_NOT_FOUND, VSC_E_IO, each with *why. */
VSC_MUST_CHECK int vsc_middle_new(
    struct vsc_middle **middle, const struct vsc_middle_config *config, struct vsc_why *why);

/* Ends it: its input is closed, it has a moment, then it is killed. NULL is fine. */
void vsc_middle_free(struct vsc_middle *middle);

/*
 * As vsc_card_transmit, through the middle. A middle that dies, stalls or writes nonsense gives
 * 6F00 and an error line; without restart it stays 6F00. May take as long as the middle does.
 */
VSC_MUST_CHECK int vsc_middle_transmit(
    struct vsc_middle *middle, struct vsc_card *card, struct vsc_span raw, struct vsc_out *out);

/* Tell it; nothing comes back. */
void vsc_middle_tell(struct vsc_middle *middle, enum vsc_middle_event event);

/*
 * What a shared object exports, both of this form: `in` is what came, *out (empty, room for the
 * largest frame) takes what goes on. vsc_middle_command: 0 forwards out to the card, 1 answers with
 * it; vsc_middle_answer: 0 sends out. < 0: failed.
 */
typedef int vsc_middle_fn(struct vsc_span in, struct vsc_out *out);

#endif
