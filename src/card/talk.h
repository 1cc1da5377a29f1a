/* Another program, spoken to in lines over its standard input and output. */
#ifndef VSC_CARD_TALK_H
#define VSC_CARD_TALK_H

#include <sys/types.h>

#include "base/bytes.h"
#include "base/err.h"

struct vsc_talk {
	pid_t pid;           /* 0: not running */
	int status;          /* as it ended; -1: it had to be killed */
	int to, from;        /* -1 when closed */
	int timeout;         /* milliseconds for one line */
	struct vsc_blob buf; /* a line under way */
	size_t have;         /* bytes in it */
	size_t used;         /* of those, the line that was handed out */
};

/* line_max: of what it may write. Freed also after a failure. */
VSC_MUST_CHECK int vsc_talk_init(struct vsc_talk *t, size_t line_max, int timeout);
void vsc_talk_free(struct vsc_talk *t);

/* words: NULL-terminated. 0, or an errno. */
VSC_MUST_CHECK int vsc_talk_start(struct vsc_talk *t, char *const words[]);
/* Its input ends; what does not end with that is killed with all its children. */
void vsc_talk_stop(struct vsc_talk *t);

/* VSC_E_CLOSED: it has ended; VSC_E_TIMEOUT; VSC_E_IO. */
VSC_MUST_CHECK int vsc_talk_write(struct vsc_talk *t, struct vsc_span line);
/* The next line, borrowed until the next call; VSC_E_SPACE: longer than line_max, else as above. */
VSC_MUST_CHECK int vsc_talk_read(struct vsc_talk *t, struct vsc_span *line);
/* Has it written something that was not read? */
bool vsc_talk_pending(const struct vsc_talk *t);

#endif
