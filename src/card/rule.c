/* Compact (8C), expanded (AB) and referenced (8B) security attributes: see rule.h. */
#include "card/rule.h"

#include "card/engine.h"
#include "card/record.h"
#include "iso/tlv.h"

#define FID_ARR                                                                               \
	0x2F06u      /* EF.ARR where the attribute does not say (ETSI TS 102 221 uses it too) \
		      */
#define DEPTH_MAX 8u /* nested AND, OR, NOT */

/* In this order: of several rules the strongest word counts. */
enum verdict { SILENT, REFUSED, ALLOWED };

struct context {
	struct vsc_card *card;
	const struct vsc_file *file;
	uint8_t mode; /* bit of the access mode byte; 0: no bit stands for it */
	unsigned depth;
};

/* Tables 17 and 18. */
static const uint8_t df_modes[] = {
	[VSC_ACCESS_CREATE_EF] = 0x02,
	[VSC_ACCESS_CREATE_DF] = 0x04,
	[VSC_ACCESS_DELETE_CHILD] = 0x01,
	[VSC_ACCESS_DELETE] = 0x40,
	[VSC_ACCESS_ACTIVATE] = 0x10,
	[VSC_ACCESS_DEACTIVATE] = 0x08,
	[VSC_ACCESS_TERMINATE] = 0x20,
	/* PUT DATA makes something new in the DF, as CREATE FILE does */
	[VSC_ACCESS_UPDATE] = 0x02,
};
static const uint8_t ef_modes[] = {
	[VSC_ACCESS_READ] = 0x01,
	[VSC_ACCESS_UPDATE] = 0x02,
	[VSC_ACCESS_ERASE] = 0x02,
	[VSC_ACCESS_WRITE] = 0x04,
	[VSC_ACCESS_APPEND] = 0x04,
	[VSC_ACCESS_DELETE] = 0x40,
	[VSC_ACCESS_ACTIVATE] = 0x10,
	[VSC_ACCESS_DEACTIVATE] = 0x08,
	[VSC_ACCESS_TERMINATE] = 0x20,
};

static uint8_t
mode_of(const struct vsc_file *file, enum vsc_access access)
{
	if (vsc_file_is_df(file))
		return access < VSC_COUNT(df_modes) ? df_modes[access] : 0;
	return access < VSC_COUNT(ef_modes) ? ef_modes[access] : 0;
}

static bool
condition_byte(const struct context *ctx, uint8_t byte)
{
	const struct vsc_conditions *conditions = ctx->card->conditions;

	if (byte == 0x00)
		return true;
	if (byte == 0xFF || conditions == NULL || conditions->byte == NULL)
		return false;
	return conditions->byte(ctx->card, ctx->file, byte);
}

/* 9.3.3.2: an access mode byte, then a condition byte for each of its bits 7 to 1 that is set. */
static enum verdict
compact(const struct context *ctx, struct vsc_span rule)
{
	struct vsc_in in = vsc_in_from(rule);
	enum verdict verdict = SILENT;
	uint8_t modes, byte;

	while (vsc_in_u8(&in, &modes) == 0) {
		for (uint8_t bit = 0x40; bit != 0; bit >>= 1) {
			if ((modes & bit) == 0)
				continue;
			if (vsc_in_u8(&in, &byte) < 0)
				return REFUSED;
			/* bit 8: the meaning of bits 7 to 4 is proprietary */
			if (bit != ctx->mode || ((modes & 0x80) != 0 && bit > 0x04))
				continue;
			if (condition_byte(ctx, byte))
				return ALLOWED;
			verdict = REFUSED;
		}
	}
	return verdict;
}

static bool condition(struct context *ctx, const struct vsc_tlv *tlv);

/* The conditions inside A0 (OR), AF (AND) and A7 (NOT). */
static bool
combination(struct context *ctx, const struct vsc_tlv *tlv)
{
	struct vsc_in in = vsc_in_from(tlv->value);
	bool any = false, all = true, met;
	struct vsc_tlv inner;
	int rc;

	if (ctx->depth == DEPTH_MAX)
		return false;
	ctx->depth++;
	while ((rc = vsc_tlv_next(&in, &inner)) > 0) {
		met = condition(ctx, &inner);
		any = any || met;
		all = all && met;
	}
	ctx->depth--;
	if (rc < 0 || tlv->value.len == 0)
		return false;
	return tlv->tag == 0xA0 ? any : tlv->tag == 0xAF ? all : !any;
}

static bool
always(struct context *ctx, const struct vsc_tlv *tlv)
{
	(void)ctx;
	(void)tlv;
	return true;
}

static bool
by_byte(struct context *ctx, const struct vsc_tlv *tlv)
{
	return tlv->value.len == 1 && condition_byte(ctx, tlv->value.ptr[0]);
}

static bool
by_crt(struct context *ctx, const struct vsc_tlv *tlv)
{
	const struct vsc_conditions *conditions = ctx->card->conditions;

	return conditions != NULL && conditions->crt != NULL &&
	       conditions->crt(ctx->card, ctx->file, tlv->tag, tlv->value);
}

/* Table 23: security condition data objects. What is not known is not met, 97 (never) too. */
static bool
condition(struct context *ctx, const struct vsc_tlv *tlv)
{
	static const struct {
		uint32_t tag;
		bool (*met)(struct context *ctx, const struct vsc_tlv *tlv);
	} kinds[] = {
		{ 0x90, always },
		{ 0x9E, by_byte },
		{ 0xA0, combination },
		{ 0xA4, by_crt },
		{ 0xA7, combination },
		{ 0xAF, combination },
		{ 0xB4, by_crt },
		{ 0xB6, by_crt },
		{ 0xB8, by_crt },
	};

	for (size_t i = 0; i < VSC_COUNT(kinds); i++)
		if (kinds[i].tag == tlv->tag)
			return kinds[i].met(ctx, tlv);
	return false;
}

/* 5.4.1: a rule for class 00 is one for the interindustry class, whatever its channel, chaining
 * and secure messaging; one for another class means just that. */
static bool
class_matches(uint8_t rule, uint8_t cla)
{
	return rule == cla || (rule == 0x00 && (cla & 0x80) == 0);
}

/* Table 22, tags 81 to 8F: bits 4 to 1 of the tag say which of CLA, INS, P1, P2 follow, over and
 * over. */
static bool
header_matches(const struct context *ctx, const struct vsc_tlv *tlv)
{
	const struct vsc_apdu *cmd = ctx->card->cmd;
	struct vsc_in in = vsc_in_from(tlv->value);
	uint8_t byte;

	if (cmd == NULL)
		return false;
	while (vsc_in_left(&in) > 0) {
		const uint8_t header[] = { cmd->cla, cmd->ins, cmd->p1, cmd->p2 };
		bool same = true;

		for (unsigned i = 0; i < 4; i++) {
			if ((tlv->tag >> (3 - i) & 1) == 0)
				continue;
			if (vsc_in_u8(&in, &byte) < 0)
				return false;
			same = same && (i == 0 ? class_matches(byte, cmd->cla) : byte == header[i]);
		}
		if (same)
			return true;
	}
	return false;
}

static bool
mode_matches(const struct context *ctx, const struct vsc_tlv *tlv)
{
	if (tlv->tag == 0x9C)
		return false;
	if (tlv->tag == 0x80)
		return tlv->value.len == 1 && (tlv->value.ptr[0] & ctx->mode) != 0;
	return header_matches(ctx, tlv);
}

/* 9C is a state machine of the card's own, which this one does not have. */
static bool
is_mode(const struct vsc_tlv *tlv)
{
	return (tlv->tag >= 0x80 && tlv->tag <= 0x8F) || tlv->tag == 0x9C;
}

/* 9.3.3.3: an access mode object, then conditions of which one must be met; and again. */
static enum verdict
expanded(struct context *ctx, struct vsc_span rule)
{
	struct vsc_in in = vsc_in_from(rule);
	enum verdict verdict = SILENT;
	bool ours = false, in_modes = false;
	struct vsc_tlv tlv;
	int rc;

	while ((rc = vsc_tlv_next(&in, &tlv)) > 0) {
		if (is_mode(&tlv)) {
			/* several modes in a row share the conditions that follow */
			ours = (in_modes && ours) || mode_matches(ctx, &tlv);
			in_modes = true;
			continue;
		}
		in_modes = false;
		if (!ours)
			continue;
		if (condition(ctx, &tlv))
			return ALLOWED;
		verdict = REFUSED;
	}
	return rc < 0 ? REFUSED : verdict;
}

/* EF.ARR: with this identifier in the file's DF, or in one above. */
static const struct vsc_file *
find_arr(const struct vsc_fs *fs, const struct vsc_file *file, uint16_t fid)
{
	const struct vsc_file *ef;

	for (const struct vsc_file *df = file; df != NULL; df = df->parent) {
		if (!vsc_file_is_df(df))
			continue;
		ef = vsc_fs_by_fid(fs, df, fid);
		if (ef != NULL && !vsc_file_is_df(ef))
			return ef;
	}
	return NULL;
}

/* 9.3.4 */
void
vsc_rule_reference_open(struct vsc_rule_reference *reference, const struct vsc_fs *fs,
    const struct vsc_file *file, struct vsc_span value)
{
	*reference = (struct vsc_rule_reference){ .fid = FID_ARR, .rest = vsc_in_from(value) };
	if (value.len >= 3 && vsc_in_u16(&reference->rest, &reference->fid) < 0)
		return;
	reference->pairs = vsc_in_left(&reference->rest) != 1;
	reference->arr = find_arr(fs, file, reference->fid);
}

bool
vsc_rule_reference_next(struct vsc_rule_reference *reference, uint8_t *environment, uint8_t *record)
{
	*environment = 0;
	if (reference->pairs && vsc_in_u8(&reference->rest, environment) < 0)
		return false;
	return vsc_in_u8(&reference->rest, record) == 0;
}

/* The pair of the current security environment counts. */
static enum verdict
referenced(struct context *ctx, struct vsc_span rule)
{
	const struct vsc_conditions *conditions = ctx->card->conditions;
	struct vsc_rule_reference reference;
	uint8_t current = 1, environment, number;
	struct vsc_span record;

	if (conditions != NULL && conditions->environment != NULL)
		current = conditions->environment(ctx->card);
	vsc_rule_reference_open(&reference, &ctx->card->fs, ctx->file, rule);
	while (vsc_rule_reference_next(&reference, &environment, &number))
		if (environment == 0 || environment == current)
			return reference.arr != NULL &&
				       vsc_record_get_active(reference.arr, number, &record) == 0
				   ? expanded(ctx, record)
				   : REFUSED;
	return REFUSED;
}

vsc_sw
vsc_rule_judge(
    struct vsc_card *card, const struct vsc_file *file, struct vsc_span attributes, uint8_t mode)
{
	struct context ctx = { .card = card, .file = file, .mode = mode };
	struct vsc_in in = vsc_in_from(attributes);
	enum verdict verdict = SILENT, more;
	bool any = false;
	struct vsc_tlv tlv;

	while (verdict != ALLOWED && vsc_tlv_next(&in, &tlv) > 0) {
		if (tlv.tag == 0x8C)
			more = compact(&ctx, tlv.value);
		else if (tlv.tag == 0xAB)
			more = expanded(&ctx, tlv.value);
		else if (tlv.tag == 0x8B)
			more = referenced(&ctx, tlv.value);
		else
			continue;
		any = true;
		verdict = more > verdict ? more : verdict;
	}
	if (!any || verdict == ALLOWED)
		return VSC_SW_OK;
	/* what no bit of an access mode byte stands for is free unless a rule names the command */
	if (verdict == SILENT && mode == 0)
		return VSC_SW_OK;
	return vsc_card_refuse(card, VSC_SW_SECURITY, "the security attributes of file %04X %s",
	    file->fid, verdict == SILENT ? "do not mention this" : "are not satisfied");
}

vsc_sw
vsc_rule_allows(struct vsc_card *card, const struct vsc_file *file, enum vsc_access access)
{
	vsc_sw sw;

	if (file->channel != 0 && (sw = vsc_rule_channel_allows(card, file, access)) != VSC_SW_OK)
		return sw;
	if (file->security.len == 0)
		return VSC_SW_OK;
	if (vsc_life_is(file, VSC_LIFE_CREATION) || vsc_life_is(file, VSC_LIFE_INITIALISATION))
		return VSC_SW_OK;
	return vsc_rule_judge(card, file, vsc_blob_span(&file->security), mode_of(file, access));
}
