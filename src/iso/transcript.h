/*
 * The transcript notation: one item a line, for tests, traces, --init scripts and --mitm programs.
 *     > 00 A4 00 00       a command            ! reset              on, off, reset, atr
 *     < 6F * 90 00        its answer           @ type iso7816       type, option, random, time
 * After # comes a comment. This file knows lines only, neither files nor cards.
 */
#ifndef VSC_ISO_TRANSCRIPT_H
#define VSC_ISO_TRANSCRIPT_H

#include "base/bytes.h"

/* Room for the longest line that a frame can make, its newline included. */
#define VSC_LINE_MAX (2 + 3 * 65535 + 1)

enum vsc_line_kind {
	VSC_LINE_EMPTY,   /* blank, or a comment */
	VSC_LINE_COMMAND, /* > */
	VSC_LINE_ANSWER,  /* < */
	VSC_LINE_EVENT,   /* ! */
	VSC_LINE_SETTING, /* @ */
};

enum vsc_line_event { VSC_EVENT_ON, VSC_EVENT_OFF, VSC_EVENT_RESET, VSC_EVENT_ATR };

enum vsc_line_setting {
	VSC_SETTING_TYPE,   /* text: the card type's name */
	VSC_SETTING_OPTION, /* text: --name or --name=value */
	VSC_SETTING_RANDOM, /* bytes: what the card draws next */
	VSC_SETTING_TIME,   /* time: the card's clock */
};

/* What stands at one place of a pattern. */
enum vsc_wildcard { VSC_WILD_NONE, VSC_WILD_BYTE, VSC_WILD_ANY };

/* One line. {0} is empty; parsing another line into it releases what it held. */
struct vsc_line {
	enum vsc_line_kind kind;
	enum vsc_line_event event;
	enum vsc_line_setting setting;
	struct vsc_blob bytes; /* COMMAND, ANSWER, random; 00 where a wildcard stands */
	struct vsc_blob wild;  /* ANSWER: an enum vsc_wildcard for each of bytes; empty if none */
	struct vsc_blob text;  /* type, option: with a terminating NUL */
	int64_t time;          /* seconds since 1970 */
};

/* The next line of a whole text, without its newline. 1, 0 at the end. */
int vsc_line_next(struct vsc_in *in, struct vsc_span *text);

/* text: one line, with or without its newline. VSC_E_FORMAT and, in *why (static text; may be
 * NULL), what is wrong; VSC_E_NOMEM. */
VSC_MUST_CHECK int vsc_line_parse(struct vsc_line *line, struct vsc_span text, const char **why);

void vsc_line_free(struct vsc_line *line);

/* The text of a type or option line; "" for others. Borrowed. */
const char *vsc_line_text(const struct vsc_line *line);

/* Is `got` what the ANSWER line expects? */
bool vsc_line_matches(const struct vsc_line *line, struct vsc_span got);

/* Write a line and its newline, in the form that people like best. Check out->full. */
void vsc_line_put(struct vsc_out *out, const struct vsc_line *line);
void vsc_line_put_command(struct vsc_out *out, struct vsc_span bytes);
void vsc_line_put_answer(struct vsc_out *out, struct vsc_span bytes);
void vsc_line_put_event(struct vsc_out *out, enum vsc_line_event event);
void vsc_line_put_random(struct vsc_out *out, struct vsc_span bytes);
void vsc_line_put_time(struct vsc_out *out, int64_t time);
/* @ type or @ option */
void vsc_line_put_text(struct vsc_out *out, enum vsc_line_setting setting, const char *text);

#endif
