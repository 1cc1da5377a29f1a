/* Plays a transcript through a port and compares the answers. */
#ifndef VSC_REPLAY_PLAYER_H
#define VSC_REPLAY_PLAYER_H

#include "port.h"
#include "script.h"
#include "world.h"

/*
 * The lines from `first` on. world is NULL if the card is not ours. Whether it went as the file
 * says; if not, the first difference is printed with file, line, what came and what was expected.
 */
bool play(const struct script *script, size_t first, struct port *port, struct world *world);

/* Gives the card what @ random and @ time say. */
VSC_MUST_CHECK int play_setting(struct world *world, const struct vsc_line *line);

#endif
