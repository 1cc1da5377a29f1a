/*
 * Plays a transcript to a card (--init), line by line, and stops at the first answer that is not
 * the expected one.
 */
#include "card/script.h"

#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/hex.h"

struct player {
	struct vsc_card *card;
	size_t number; /* of the line */
	/* line of a command or `! atr` whose answer was not compared yet; 0: none */
	size_t pending;
	bool is_atr;
	/* a command goes out when the next line that is not `@` comes: what the card draws for it
	 * may stand between it and its answer */
	struct vsc_blob command;
	bool unsent;
	struct vsc_out answer;
	struct vsc_span text; /* of the line under way */
	struct vsc_script_world *world;
	bool begun; /* the first lines are over; what they said has been heard already */
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

/* What the script expects, as it is written there. */
static void
expected_text(const struct player *p, char *text, size_t cap)
{
	const struct vsc_span blanks = vsc_span_str("< \t\r");
	struct vsc_span line =
	    vsc_span_slice(p->text, 0, vsc_span_find(p->text, vsc_span_str("#"), 0));
	struct vsc_out out = vsc_out_from(text, cap - 1);

	while (line.len > 0 && vsc_span_find(blanks, vsc_span_slice(line, 0, 1), 0) != SIZE_MAX)
		line = vsc_span_slice(line, 1, line.len);
	while (line.len > 0 &&
	       vsc_span_find(blanks, vsc_span_slice(line, line.len - 1, 1), 0) != SIZE_MAX)
		line = vsc_span_slice(line, 0, line.len - 1);
	vsc_out_put(&out, vsc_span_slice(line, 0, cap - 1));
	text[out.len] = '\0';
}

/* An answer is worth nothing when the card drew more than the script gave it. */
static int
send_command(struct player *p)
{
	if (!p->unsent)
		return 0;
	p->unsent = false;
	if (vsc_card_transmit(p->card, vsc_blob_span(&p->command), &p->answer) < 0)
		return vsc_why_set(
		    p->why, VSC_E_CLOSED, "line %zu: there is no card to answer", p->pending);
	if (p->world != NULL && p->world->ran_out)
		return vsc_why_set(p->why, VSC_E_VERIFY,
		    "line %zu: the card draws more random bytes than @ random gave it", p->pending);
	return 0;
}

/* A command without an answer line has to end with 9000. */
static int
settle(struct player *p)
{
	const size_t line = p->pending;
	int err = send_command(p);

	if (err < 0)
		return err;
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
	p->unsent = true;
	return vsc_blob_set(&p->command, vsc_blob_span(&line->bytes));
}

static int
on_answer(struct player *p, const struct vsc_line *line)
{
	char expected[120];
	int err;

	if (p->pending == 0)
		return vsc_why_set(
		    p->why, VSC_E_FORMAT, "line %zu: an answer without a command", p->number);
	if ((err = send_command(p)) < 0)
		return err;
	p->pending = 0;
	if (vsc_line_matches(line, vsc_out_span(&p->answer)))
		return 0;
	expected_text(p, expected, sizeof(expected));
	return mismatch(p, p->number, expected);
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

/* The type, unless it is that of a plugin, which has a file name. */
static int
check_type(const struct player *p, const char *name)
{
	const char *type = vsc_card_type(p->card)->name;

	if (strchr(name, '/') != NULL || strcasecmp(name, type) == 0)
		return 0;
	return vsc_why_set(p->why, VSC_E_FORMAT,
	    "line %zu: for a card of the type %s, this one is %s", p->number, name, type);
}

static int
on_setting(struct player *p, const struct vsc_line *line)
{
	const bool makes = line->setting == VSC_SETTING_TYPE || line->setting == VSC_SETTING_OPTION;

	if (makes && p->begun)
		return vsc_why_set(p->why, VSC_E_FORMAT,
		    "line %zu: @ type and @ option come before everything else", p->number);
	if (line->setting == VSC_SETTING_TYPE)
		return check_type(p, vsc_line_text(line));
	if (makes)
		return 0;
	if (p->world == NULL)
		return vsc_why_set(p->why, VSC_E_FORMAT,
		    "line %zu: randomness and time are not set here", p->number);
	if (!p->begun)
		return 0;
	if (line->setting == VSC_SETTING_RANDOM)
		return vsc_blob_append(&p->world->random, vsc_blob_span(&line->bytes));
	p->world->has_time = true;
	p->world->time = line->time;
	return 0;
}

/* Does an @ random line come anywhere? */
static bool
has_random(struct vsc_span text)
{
	struct vsc_line line = { .kind = VSC_LINE_EMPTY };
	struct vsc_in in = vsc_in_from(text);
	struct vsc_span bytes;
	bool found = false;

	while (!found && vsc_line_next(&in, &bytes) > 0)
		found = vsc_line_parse(&line, bytes, NULL) == 0 && line.kind == VSC_LINE_SETTING &&
			line.setting == VSC_SETTING_RANDOM;
	vsc_line_free(&line);
	return found;
}

static int
on_line(struct player *p, const struct vsc_line *line)
{
	if (line->kind != VSC_LINE_EMPTY && line->kind != VSC_LINE_SETTING)
		p->begun = true;
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
		p->text = bytes;
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
vsc_script_run(struct vsc_card *card, struct vsc_span text, struct vsc_script_world *world,
    struct vsc_why *why)
{
	VSC_AUTO_BLOB room = { NULL, 0 };
	struct player p = { .card = card, .world = world, .why = why };
	int err;

	if (vsc_blob_alloc(&room, VSC_RESPONSE_MAX) < 0)
		return VSC_E_NOMEM;
	p.answer = vsc_out_from(room.ptr, room.len);
	if (world != NULL)
		world->fed = world->fed || has_random(text);
	vsc_card_reset(card, VSC_RESET_ON);
	err = play(&p, text);
	vsc_blob_free(&p.command);
	vsc_card_reset(card, VSC_RESET_OFF);
	return err;
}
