/* A transcript file: its lines, and the card that its first lines ask for. */
#ifndef VSC_REPLAY_SCRIPT_H
#define VSC_REPLAY_SCRIPT_H

#include "iso/transcript.h"

struct script {
	const char *path;
	struct vsc_line *lines; /* lines[i] is line i + 1 */
	size_t count;
	char **argv; /* the command line that makes the card, as vicc takes it: --type NAME, ... */
	int argc;
};

/* type: the card's unless the file names one. Says why it failed. Close in any case. */
VSC_MUST_CHECK int script_open(struct script *script, const char *path, const char *type);
void script_close(struct script *script);

/* Does it say what the card draws, or what time it is? Then only a card of our own can play it. */
bool script_fixes_world(const struct script *script);

#endif
