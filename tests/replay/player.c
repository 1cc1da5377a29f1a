/* Line by line through a transcript. */
#include "player.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/hex.h"

/* A command, or a read of the ATR, is carried out when the line after it is known: its answer, or
 * something else. @ random and @ time between the two still reach the card in time. */
struct player {
	const struct script *script;
	struct port *port;
	struct world *world;
	size_t at;                    /* index of the line being played */
	const struct vsc_line *asked; /* the pending > or ! atr line */
	size_t asked_at;
	bool powered; /* the transcript said how the card is powered, or we did */
};

static void
print_bytes(const char *label, struct vsc_span bytes)
{
	size_t cap = 3 * bytes.len + 1;
	char *text = malloc(cap);

	if (text != NULL)
		printf("#   %s %s\n", label, vsc_hex_text(text, cap, bytes, ' '));
	free(text);
}

static void
print_line(const char *label, const struct vsc_line *line)
{
	size_t cap = 4 * line->bytes.len + 16;
	char *text = malloc(cap);
	struct vsc_out out = vsc_out_from(text, text == NULL ? 0 : cap);

	vsc_line_put(&out, line);
	printf("#   %s %.*s", label, (int)out.len, text);
	free(text);
}

static void
print_message(struct player *p)
{
	char text[1024];

	if (p->world == NULL)
		return;
	world_take_message(p->world, text, sizeof(text));
	if (text[0] != '\0')
		printf("#   the card said: %s\n", text);
}

static bool
fail_at(struct player *p, size_t at, const char *what)
{
	printf("# %s:%zu: %s\n", p->script->path, at + 1, what);
	print_message(p);
	return false;
}

/* Without a < line, a command has to succeed and an ATR may be anything. */
static bool
is_expected(const struct player *p, const struct vsc_line *want, struct vsc_span got)
{
	vsc_sw sw;

	if (want != NULL)
		return vsc_line_matches(want, got);
	if (p->asked->kind == VSC_LINE_EVENT)
		return true;
	return vsc_response_split(got, NULL, &sw) == 0 && sw == VSC_SW_OK;
}

static bool
carry_out(struct player *p, struct vsc_blob *got, const struct vsc_line *want)
{
	char earlier[1024];
	int r;

	if (p->world != NULL)
		world_take_message(p->world, earlier, sizeof(earlier));
	if (p->asked->kind == VSC_LINE_COMMAND)
		r = p->port->ops->transmit(p->port, vsc_blob_span(&p->asked->bytes), got);
	else
		r = p->port->ops->atr(p->port, got);
	if (p->world != NULL && world_ran_out(p->world))
		return fail_at(p, p->asked_at, "the card draws more than @ random gave it");
	/* an empty answer stands for a card that went away */
	if (r < 0 && (want == NULL || want->bytes.len > 0))
		return fail_at(p, p->asked_at, "no answer");
	return true;
}

/* want: the < line that follows, or NULL. */
static bool
settle(struct player *p, const struct vsc_line *want)
{
	VSC_AUTO_BLOB got = { NULL, 0 };
	bool ok;

	if (p->asked == NULL)
		return want == NULL || fail_at(p, p->at, "an answer to nothing");
	if (!carry_out(p, &got, want))
		return false;
	ok = is_expected(p, want, vsc_blob_span(&got));
	if (!ok) {
		fail_at(p, want != NULL ? p->at : p->asked_at, "another answer");
		print_line("asked   ", p->asked);
		print_bytes("came     <", vsc_blob_span(&got));
		if (want != NULL)
			print_line("expected", want);
		else
			printf("#   expected < * 90 00\n");
	}
	p->asked = NULL;
	return ok;
}

static bool
power(struct player *p, enum vsc_line_event event)
{
	p->powered = true;
	return p->port->ops->event(p->port, event) == 0 || fail_at(p, p->at, "it did not work");
}

static bool
ask(struct player *p, const struct vsc_line *line)
{
	if (!settle(p, NULL) || (!p->powered && !power(p, VSC_EVENT_ON)))
		return false;
	p->asked = line;
	p->asked_at = p->at;
	return true;
}

static bool
play_event(struct player *p, const struct vsc_line *line)
{
	if (line->event == VSC_EVENT_ATR)
		return ask(p, line);
	return settle(p, NULL) && power(p, line->event);
}

int
play_setting(struct world *world, const struct vsc_line *line)
{
	if (world == NULL)
		return 0;
	if (line->setting == VSC_SETTING_TIME)
		world_set_time(world, line->time);
	if (line->setting == VSC_SETTING_RANDOM)
		return world_give_random(world, vsc_blob_span(&line->bytes));
	return 0;
}

static bool
play_line(struct player *p, const struct vsc_line *line)
{
	switch (line->kind) {
	case VSC_LINE_COMMAND:
		return ask(p, line);
	case VSC_LINE_ANSWER:
		return settle(p, line);
	case VSC_LINE_EVENT:
		return play_event(p, line);
	case VSC_LINE_SETTING:
		return play_setting(p->world, line) == 0 || fail_at(p, p->at, "out of memory");
	case VSC_LINE_EMPTY:
		break;
	}
	return true;
}

bool
play(const struct script *script, size_t first, struct port *port, struct world *world)
{
	struct player p = { .script = script, .port = port, .world = world };

	for (p.at = first; p.at < script->count; p.at++)
		if (!play_line(&p, &script->lines[p.at]))
			return false;
	return settle(&p, NULL);
}
