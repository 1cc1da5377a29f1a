/* An APDU's way through a card, from raw bytes to raw bytes (docs/architecture.md draws it). */
#include "base/auto.h"
#include "card/engine.h"
#include "card/sm_controls.h"
#include "card/undo.h"

#define CLA_CHAINED  0x10u
#define BROKEN_CHAIN "command chain broken off or too long"

/*
 * 5.6: when a command was aborted there is no response data field. 7.3.2: the EF that a short
 * identifier names becomes current when the command is completed, and stays what it was else.
 */
static vsc_sw
run(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *body)
{
	const struct vsc_position before = vsc_card_current(card)->position;
	const size_t deleted = card->fs.ndeleted;
	vsc_sw sw = VSC_SW_OK;

	if ((card->row->flags & VSC_CMD_NO_DATA) != 0 && cmd->data.len > 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_LENGTH, "no data field expected");
	if (card->fs.mf != NULL && (card->row->flags & VSC_CMD_ANY_LIFE) == 0 &&
	    vsc_life_is(card->fs.mf, VSC_LIFE_TERMINATED))
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "the card is terminated");
	card->cmd = cmd;
	if (card->ops.before != NULL)
		sw = card->ops.before(card, cmd, card->row);
	if (sw == VSC_SW_OK)
		sw = card->row->run(card, cmd, body);
	if (card->ops.after != NULL)
		sw = card->ops.after(card, cmd, body, sw);
	card->cmd = NULL;
	if (body->full) {
		vsc_card_log(card, VSC_LOG_ERROR, "%s: the answer does not fit", card->row->name);
		sw = VSC_SW_INTERNAL;
	}
	if (vsc_sw_is_processed(sw))
		return sw;
	vsc_out_truncate(body, 0);
	/* if its files are all still there */
	if (card->fs.ndeleted == deleted)
		vsc_card_current(card)->position = before;
	return sw;
}

/* Reassemble a chain, run the command, keep what does not fit. */
static vsc_sw
run_whole(struct vsc_card *card, struct vsc_apdu *cmd, struct vsc_out *body)
{
	struct vsc_channel *channel = vsc_card_current(card);
	bool more = (cmd->cla & (0x80 | CLA_CHAINED)) == CLA_CHAINED;
	vsc_sw sw;

	if ((card->row->flags & VSC_CMD_CHAINED) != 0)
		return run(card, cmd, body);
	sw = vsc_chain_take(&channel->chain, cmd, more);
	if (sw == VSC_SW_MORE)
		return VSC_SW_OK;
	if (sw != VSC_SW_OK)
		return vsc_card_refuse(card, sw, BROKEN_CHAIN);
	sw = run(card, cmd, body);
	if (channel->chain.active)
		vsc_chain_reset(&channel->chain);
	return sw;
}

/* The class byte: is it valid, is its channel open? */
static vsc_sw
admit(struct vsc_card *card, uint8_t byte)
{
	bool coded = (card->ops.flags & VSC_TYPE_CLASS_80) != 0 && (byte & 0xF0) == 0x80;
	struct vsc_cla cla = vsc_cla_decode(coded ? byte & 0x0F : byte);

	if (cla.invalid)
		return vsc_card_refuse(card, VSC_SW_CLA, "reserved class byte");
	card->channel = cla.proprietary ? 0 : cla.channel;
	card->sm_kind = cla.proprietary ? VSC_SM_NONE : cla.sm;
	if (!vsc_channel_is_open(card, card->channel))
		return vsc_card_refuse(
		    card, VSC_SW_NO_CHANNEL, "channel %u is not open", card->channel);
	return VSC_SW_OK;
}

struct vsc_sm *
vsc_card_sm(struct vsc_card *card)
{
	return &vsc_card_current(card)->sm;
}

void
vsc_card_sm_lost(struct vsc_card *card)
{
	vsc_rights_sm_lost(card);
	for (size_t i = 0; i < card->depth; i++)
		if (card->types[i]->sm_lost != NULL)
			card->types[i]->sm_lost(card);
}

static void
sm_lost(struct vsc_card *card, const char *why)
{
	vsc_card_log(card, VSC_LOG_DEBUG, "%s", why);
	vsc_card_sm_lost(card);
}

/* The command inside: errors of it, an unknown instruction too, keep the session. */
static vsc_sw
run_unwrapped(struct vsc_card *card, struct vsc_apdu *cmd, struct vsc_out *body, vsc_sw no_row)
{
	if (card->row == NULL) {
		vsc_chain_reset(&vsc_card_current(card)->chain);
		return vsc_card_refuse(card, no_row,
		    "CLA %02X INS %02X is not a command of this card", cmd->cla, cmd->ins);
	}
	if ((card->row->flags & VSC_CMD_NO_SM) != 0)
		return vsc_card_refuse(card, VSC_SW_NO_SM, "not possible under secure messaging");
	return run_whole(card, cmd, body);
}

/* The answer in body under secure messaging, with the status word to go outside; as it is, if the
 * handler has ended the session. Short ones are put aside on the stack: most READ BINARYs of a
 * passport. */
static int
protect(struct vsc_channel *channel, vsc_sw *sw, struct vsc_out *body)
{
	bool inner = vsc_sm_has(&channel->sm, VSC_SM_INNER_SW);
	VSC_AUTO_BLOB large = { NULL, 0 };
	uint8_t small[256];
	struct vsc_span plain = vsc_span_from(small, body->len);
	int rc;

	if (!vsc_sm_active(&channel->sm))
		return 0;
	if (body->len <= sizeof(small)) {
		rc = vsc_copy(small, sizeof(small), vsc_out_span(body));
	} else {
		rc = vsc_blob_set(&large, vsc_out_span(body));
		plain = vsc_blob_span(&large);
	}
	vsc_out_truncate(body, 0);
	if (rc == 0)
		rc = vsc_sm_wrap(&channel->sm, plain, *sw, body);
	if (plain.ptr == small)
		vsc_wipe(small, plain.len);
	if (inner)
		*sw = VSC_SW_OK;
	return rc;
}

/* A chain that is protected as a whole: part by part into *whole, which cmd borrows in the end.
 * VSC_SW_MORE: more is to come. */
static vsc_sw
join(struct vsc_chain *chain, struct vsc_apdu *cmd, struct vsc_blob *whole)
{
	vsc_sw sw = vsc_chain_take(chain, cmd, (cmd->cla & CLA_CHAINED) != 0);

	if (sw == VSC_SW_OK && chain->active) {
		*whole = chain->data;
		chain->data = (struct vsc_blob){ NULL, 0 };
		vsc_chain_reset(chain);
	}
	return sw;
}

/* What the command changed is saved before it is answered; if it cannot be, or something of it
 * could not be meanwhile, that is the answer. */
static vsc_sw
committed(struct vsc_card *card, struct vsc_out *body, vsc_sw sw)
{
	if (!card->refused && (!card->changed || vsc_card_commit(card) == 0))
		return sw;
	vsc_out_truncate(body, 0);
	return VSC_SW_MEMORY_FAILURE;
}

/* ISO/IEC 7816-4:2020 10: each part of a chain is protected by itself (TR-03110-3 F), unless the
 * session says otherwise. */
static vsc_sw
process_protected(struct vsc_card *card, struct vsc_apdu *cmd, struct vsc_out *body, vsc_sw no_row)
{
	struct vsc_channel *channel = vsc_card_current(card);
	bool was_active = vsc_sm_active(&channel->sm);
	VSC_AUTO_BLOB store = { NULL, 0 }, whole = { NULL, 0 };
	struct vsc_apdu plain;
	vsc_sw sw;

	if (vsc_sm_has(&channel->sm, VSC_SM_WHOLE_CHAIN) &&
	    (sw = join(&channel->chain, cmd, &whole)) != VSC_SW_OK)
		return sw == VSC_SW_MORE ? VSC_SW_OK : vsc_card_refuse(card, sw, BROKEN_CHAIN);
	sw = vsc_sm_unwrap(&channel->sm, cmd, &store, &plain);
	if (sw == VSC_SW_OK && channel->sm.controlled)
		sw = vsc_sm_controls_check(card, cmd->data);
	if (sw != VSC_SW_OK) {
		vsc_chain_reset(&channel->chain);
		if (was_active)
			sm_lost(card, "a wrong secure messaging command ends the session");
		return vsc_card_refuse(card, sw, "secure messaging: %s", vsc_sw_name(sw));
	}
	sw = committed(card, body, run_unwrapped(card, &plain, body, no_row));
	if (protect(channel, &sw, body) < 0)
		return VSC_SW_INTERNAL;
	return vsc_pending_cut(
	    &channel->pending, body, cmd->ne == 0 ? VSC_NE_SHORT_MAX : cmd->ne, sw);
}

/* How much of the answer goes out at once. */
static uint32_t
expected(const struct vsc_card *card, const struct vsc_apdu *cmd)
{
	if (cmd->has_le || (card->ops.flags & VSC_TYPE_ANSWERS) == 0)
		return cmd->ne;
	return cmd->extended ? VSC_NE_EXTENDED_MAX : VSC_NE_SHORT_MAX;
}

/* Another command, though more envelopes were to come: a chain is broken off (5.3.3). */
static vsc_sw
leave_envelope(struct vsc_card *card)
{
	struct vsc_chain *chain = &vsc_card_current(card)->envelope;
	bool loose = chain->loose;

	vsc_chain_reset(chain);
	if (loose)
		return VSC_SW_OK;
	return vsc_card_refuse(card, VSC_SW_LAST_EXPECTED, "a chain of envelopes broken off");
}

/* Channel, row, secure messaging, command. */
vsc_sw
vsc_card_process(struct vsc_card *card, struct vsc_apdu *cmd, struct vsc_out *body)
{
	struct vsc_channel *channel;
	vsc_sw sw, after;

	if ((sw = admit(card, cmd->cla)) != VSC_SW_OK)
		return sw;
	channel = vsc_card_current(card);
	card->row = vsc_dispatch_find(&card->dispatch, cmd->cla, cmd->ins, 0, &sw);
	if (card->row != NULL && (card->row->flags & VSC_CMD_TRANSPORT) != 0)
		return run(card, cmd, body);
	if (channel->pending.data.len > 0)
		vsc_pending_reset(&channel->pending);
	if (channel->envelope.active && (after = leave_envelope(card)) != VSC_SW_OK)
		return after;
	if (card->sm_kind != VSC_SM_NONE)
		return process_protected(card, cmd, body, sw);
	if (vsc_sm_active(&channel->sm) && !vsc_sm_has(&channel->sm, VSC_SM_PLAIN_TOO)) {
		vsc_sm_end(&channel->sm);
		sm_lost(card, "a plain command ends the secure messaging session");
	}
	if (card->row == NULL) {
		vsc_chain_reset(&channel->chain);
		return vsc_card_refuse(card, sw, "CLA %02X INS %02X is not a command of this card",
		    cmd->cla, cmd->ins);
	}
	sw = run_whole(card, cmd, body);
	return vsc_pending_cut(&channel->pending, body, expected(card, cmd), sw);
}

/* A command that could not be saved has not happened. Its answer is a protected one, if it was. */
static vsc_sw
save(struct vsc_card *card, const struct vsc_undo *undo, struct vsc_out *body, vsc_sw sw)
{
	int rc;

	if (!card->refused && !card->changed)
		return sw;
	if (card->sm_kind == VSC_SM_NONE || !card->refused)
		sw = committed(card, body, sw);
	if (!card->refused)
		return sw;
	card->refused = false;
	if (card->sm_kind == VSC_SM_NONE && vsc_channel_is_open(card, card->channel))
		vsc_pending_reset(&vsc_card_current(card)->pending);
	rc = vsc_undo_possible(card) ? vsc_undo_run(undo, card) : VSC_E_UNSUPPORTED;
	vsc_card_log(card, VSC_LOG_ERROR, "the command could not be saved, and %s",
	    rc == 0 ? "has not happened" : "is saved with the next one");
	return sw;
}

static vsc_sw
answer(struct vsc_card *card, struct vsc_span raw, struct vsc_out *body)
{
	struct vsc_apdu cmd = { .cla = 0 };
	struct vsc_undo undo;
	vsc_sw sw;

	card->row = NULL;
	card->channel = 0;
	card->sm_kind = VSC_SM_NONE;
	if (!card->powered)
		return vsc_card_refuse(card, VSC_SW_NOT_ALLOWED, "the card has no power");
	if (vsc_apdu_parse(&cmd, raw) < 0)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_LENGTH, "%zu bytes are not a command APDU", raw.len);
	if (vsc_undo_possible(card))
		vsc_undo_note(&undo, card);
	sw = save(card, &undo, body, vsc_card_process(card, &cmd, body));
	if (vsc_env_logs(card->env, VSC_LOG_DEBUG))
		vsc_card_log_command(card, &cmd, body->len, sw);
	return sw;
}

/* What is no answer to any reader is the card's own failure. */
static int
transmit_raw(struct vsc_card *card, struct vsc_span raw, struct vsc_out *out)
{
	struct vsc_out answer = vsc_out_from(out->buf + out->len, out->cap - out->len);
	int rc = card->ops.transmit(card, raw, &answer);

	if (rc < 0)
		return rc;
	if (!answer.full && answer.len >= 2) {
		out->len += answer.len;
		return 0;
	}
	vsc_card_log(card, VSC_LOG_ERROR, "its answer is %s; the reader gets 6F00",
	    answer.full ? "longer than there is room for" : "shorter than a status word");
	vsc_out_u16(out, VSC_SW_INTERNAL);
	return out->full ? VSC_E_SPACE : 0;
}

int
vsc_card_transmit(struct vsc_card *card, struct vsc_span raw, struct vsc_out *out)
{
	struct vsc_out body;
	vsc_sw sw;

	if (card->ops.transmit != NULL)
		return transmit_raw(card, raw, out);
	if (out->cap - out->len < VSC_RESPONSE_MAX)
		return VSC_E_SPACE;
	body = vsc_out_from(out->buf + out->len, VSC_RESPONSE_MAX - 2);
	sw = answer(card, raw, &body);
	out->len += body.len;
	vsc_out_u16(out, sw);
	card->channel = 0;
	return 0;
}

bool
vsc_card_is_slow(const struct vsc_card *card, struct vsc_span raw)
{
	unsigned slow = VSC_CMD_SLOW;
	const struct vsc_cmd *row;
	vsc_sw sw;

	if ((card->ops.flags & VSC_TYPE_BLOCKS) != 0)
		return true;
	if (raw.len < 4 || card->ops.transmit != NULL)
		return false;
	if (card->store.commit != NULL)
		slow |= VSC_CMD_CHANGES;
	row = vsc_dispatch_find(&card->dispatch, raw.ptr[0], raw.ptr[1], 0, &sw);
	return row != NULL && (row->flags & slow) != 0;
}

vsc_sw
vsc_card_base_command(struct vsc_card *card, const struct vsc_card_type *above,
    const struct vsc_apdu *cmd, struct vsc_out *out)
{
	const struct vsc_cmd *row = NULL;
	vsc_sw sw = VSC_SW_INS;

	for (unsigned i = 0; i < card->depth; i++)
		if (card->types[i] == above)
			row = vsc_dispatch_find(&card->dispatch, cmd->cla, cmd->ins, i + 1, &sw);
	return row == NULL ? sw : row->run(card, cmd, out);
}

void
vsc_card_log_command(
    const struct vsc_card *card, const struct vsc_apdu *cmd, size_t body, vsc_sw sw)
{
	const char *name = card->row != NULL ? card->row->name : vsc_ins_name(cmd->ins);

	vsc_card_log(card, VSC_LOG_DEBUG,
	    "%s (%02X %02X %02X %02X, %zu bytes, Ne %u): %zu bytes, %04X %s",
	    name == NULL ? "unknown command" : name, cmd->cla, cmd->ins, cmd->p1, cmd->p2,
	    cmd->data.len, cmd->ne, body, sw, vsc_sw_name(sw));
}
