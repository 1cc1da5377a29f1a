/*
 * Plays a transcript to a card (--init), line by line, and stops at the first answer that is not
 * the expected one.
 */
#include "card/script.h"

#include <strings.h>

#include "base/auto.h"
#include "base/hex.h"
#include "iso/transcript.h"

struct player {
	struct vsc_card *card;
	size_t number; /* of the line */
	size_t
	    pending; /* line of a command or `! atr` whose answer was not compared yet; 0: none */
	bool is_atr;
	struct vsc_out answer;
	struct vsc_why *why;
};

static int
mismatch(const struct player *p, size_t line, const char *expected)
{
	char got[120];

	vsc_hex_text(got, sizeof(got), vsc_out_span(&p->answer), ' ');
	return vsc_why_set(p->why, VSC_E_VERIFY, "line %zu: the card answered %s%s, expected %s",
	    line, got, p->answer.len > 39 ? " ..." : "", expected);
}

/* A command without an answer line has to end with 9000. */
static int
settle(struct player *p)
{
	const size_t line = p->pending;

	p->pending = 0;
	if (line == 0 || p->is_atr)
		return 0;
	if (p->answer.len >= 2 && p->answer.buf[p->answer.len - 2] == 0x90 &&
	    p->answer.buf[p->answer.len - 1] == 0x00)
		return 0;
	return mismatch(p, line, "90 00");
}

static int
on_command(struct player *p, const struct vsc_line *line)
{
	int err = settle(p);

	if (err < 0)
		return err;
	p->answer.len = 0;
	p->pending = p->number;
	p->is_atr = false;
	if (vsc_card_transmit(p->card, vsc_blob_span(&line->bytes), &p->answer) < 0)
		return vsc_why_set(
		    p->why, VSC_E_CLOSED, "line %zu: there is no card to answer", p->number);
	return 0;
}

static int
on_answer(struct player *p, const struct vsc_line *line)
{
	char expected[120];

	if (p->pending == 0)
		return vsc_why_set(
		    p->why, VSC_E_FORMAT, "line %zu: an answer without a command", p->number);
	p->pending = 0;
	if (vsc_line_matches(line, vsc_out_span(&p->answer)))
		return 0;
	vsc_hex_text(expected, sizeof(expected), vsc_blob_span(&line->bytes), ' ');
	return mismatch(p, p->number, line->wild.len > 0 ? "what the pattern says" : expected);
}

static int
on_event(struct player *p, const struct vsc_line *line)
{
	static const enum vsc_reset resets[] = { [VSC_EVENT_ON] = VSC_RESET_ON,
		[VSC_EVENT_OFF] = VSC_RESET_OFF,
		[VSC_EVENT_RESET] = VSC_RESET_WARM };
	int err = settle(p);

	if (err < 0)
		return err;
	if (line->event != VSC_EVENT_ATR) {
		vsc_card_reset(p->card, resets[line->event]);
		return 0;
	}
	p->answer.len = 0;
	vsc_card_atr(p->card, &p->answer);
	p->pending = p->number;
	p->is_atr = true;
	return 0;
}

static int
on_setting(struct player *p, const struct vsc_line *line)
{
	const char *type = vsc_card_type(p->card)->name;

	if (line->setting == VSC_SETTING_OPTION)
		return 0;
	if (line->setting != VSC_SETTING_TYPE)
		return vsc_why_set(p->why, VSC_E_FORMAT,
		    "line %zu: randomness and time are not set while a card is made", p->number);
	if (strcasecmp(vsc_line_text(line), type) == 0)
		return 0;
	return vsc_why_set(p->why, VSC_E_FORMAT,
	    "line %zu: for a card of the type %s, this one is %s", p->number, vsc_line_text(line),
	    type);
}

static int
on_line(struct player *p, const struct vsc_line *line)
{
	switch (line->kind) {
	case VSC_LINE_COMMAND:
		return on_command(p, line);
	case VSC_LINE_ANSWER:
		return on_answer(p, line);
	case VSC_LINE_EVENT:
		return on_event(p, line);
	case VSC_LINE_SETTING:
		return on_setting(p, line);
	case VSC_LINE_EMPTY:
		break;
	}
	return 0;
}

static int
play(struct player *p, struct vsc_span text)
{
	struct vsc_line line = { .kind = VSC_LINE_EMPTY };
	struct vsc_in in = vsc_in_from(text);
	const char *reason = NULL;
	struct vsc_span bytes;
	int err = 0;

	for (p->number = 1; err == 0 && vsc_line_next(&in, &bytes) > 0; p->number++) {
		err = vsc_line_parse(&line, bytes, &reason);
		if (err == VSC_E_FORMAT)
			vsc_why_set(p->why, err, "line %zu: %s", p->number, reason);
		if (err == 0)
			err = on_line(p, &line);
	}
	vsc_line_free(&line);
	return err == 0 ? settle(p) : err;
}

int
vsc_script_run(struct vsc_card *card, struct vsc_span text, struct vsc_why *why)
{
	VSC_AUTO_BLOB room = { NULL, 0 };
	struct player p = { .card = card, .why = why };
	int err;

	if (vsc_blob_alloc(&room, VSC_RESPONSE_MAX) < 0)
		return VSC_E_NOMEM;
	p.answer = vsc_out_from(room.ptr, room.len);
	vsc_card_reset(card, VSC_RESET_ON);
	err = play(&p, text);
	vsc_card_reset(card, VSC_RESET_OFF);
	return err;
}
