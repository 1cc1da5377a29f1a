/* The two kinds of middle behind card/middle.h. */
#ifndef VSC_CARD_MIDDLE_IMPL_H
#define VSC_CARD_MIDDLE_IMPL_H

#include "card/middle.h"

struct vsc_middle_ops {
	/* 1: out is the answer, 0: out is to be forwarded, < 0 failed */
	int (*command)(void *ctx, struct vsc_span cmd, struct vsc_out *out);
	/* 0: out is the answer */
	int (*answer)(void *ctx, struct vsc_span answer, struct vsc_out *out);
	void (*tell)(void *ctx, enum vsc_middle_event event);
	void (*close)(void *ctx);
	/* Start again what has failed; NULL: it cannot fail for good */
	int (*start)(void *ctx, struct vsc_why *why);
};

/* *ctx is owned by the middle, which calls ops->close for it. */
VSC_MUST_CHECK int vsc_middle_object_new(
    void **ctx, const struct vsc_middle_ops **ops, const char *path, struct vsc_why *why);

/* A program and its arguments. */
struct vsc_middle_command {
	char **words;    /* NULL-terminated */
	bool introduced; /* it writes "# ready" first, or "# " and why it is not */
};

/* The words are the program's from here on, also on failure. */
VSC_MUST_CHECK int vsc_middle_program_new(void **ctx, const struct vsc_middle_ops **ops,
    const struct vsc_middle_command *command, const struct vsc_middle_config *config,
    struct vsc_why *why);

/* A command line as words; quotes, backslashes; no variables, no globs. VSC_E_FORMAT: a quote is
 * not closed, or there is no word. Free with vsc_words_free. */
VSC_MUST_CHECK int vsc_words_split(char ***words, const char *text);
void vsc_words_free(char **words);

#endif
