/*
 * Personalisation is APDUs (--init): a transcript is played to a new card, each answer checked.
 * Its first lines may say which card to make, `@ type` and `@ option`, and what that card draws and
 * when it lives, `@ random` and `@ time`.
 */
#ifndef VSC_CARD_SCRIPT_H
#define VSC_CARD_SCRIPT_H

#include "card/card.h"
#include "iso/transcript.h"

/*
 * Randomness and clock of a card that a script makes. Without an `@ random` line the card draws as
 * others do; with one, what the lines give and nothing else: from the moment it is made if the line
 * is among the first ones, else from the first command on. {0} before it is opened.
 */
struct vsc_script_world {
	const struct vsc_env *base; /* what answers else; may be NULL */
	struct vsc_blob random;
	size_t drawn;
	bool fed, ran_out, has_time;
	int64_t time;
};

/* From the script's first lines. Close in any case. Wrong lines are said when it is run. */
VSC_MUST_CHECK int vsc_script_world_open(
    struct vsc_script_world *world, struct vsc_span text, const struct vsc_env *base);
void vsc_script_world_close(struct vsc_script_world *world);
/* For the members of a vsc_env. Random: VSC_E_STATE when more is drawn than was given. */
VSC_MUST_CHECK int vsc_script_world_random(
    struct vsc_script_world *world, uint8_t *buf, size_t len);
int64_t vsc_script_world_now(const struct vsc_script_world *world);

/* The next `@` line among the first ones: before anything is done to the card. 1, 0 after the last;
 * < 0: a line is wrong. line is {0} before the first call; free it. */
VSC_MUST_CHECK int vsc_script_head_next(struct vsc_in *text, struct vsc_line *line);

/*
 * VSC_E_FORMAT: not a script, VSC_E_VERIFY: the card answered something else; *why: "line 7: ...".
 * The card is left without power. world: what the card draws from; NULL: a script that fixes
 * randomness or time is refused.
 */
VSC_MUST_CHECK int vsc_script_run(struct vsc_card *card, struct vsc_span text,
    struct vsc_script_world *world, struct vsc_why *why);

#endif
