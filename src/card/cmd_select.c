/* SELECT (ISO/IEC 7816-4:2020 11.2.2): every way to make a file current. */
#include "card/cmd.h"
#include "card/ef.h"
#include "card/engine.h"
#include "card/fcp.h"

struct request {
	struct vsc_position *position;
	struct vsc_span data;
	enum vsc_occurrence occurrence;
};

typedef struct vsc_file *find_fn(const struct vsc_fs *fs, const struct request *request);

static uint16_t
fid_of(struct vsc_span data)
{
	return (uint16_t)(data.ptr[0] << 8 | data.ptr[1]);
}

/*
 * P1 00: no data is the MF; an identifier is looked for as 7.3.2 lets one: the MF, a child of the
 * current DF, the parent, another child of the parent.
 */
static struct vsc_file *
by_identifier(const struct vsc_fs *fs, const struct request *request)
{
	struct vsc_file *df = request->position->df, *file;
	uint16_t fid;

	if (request->data.len == 0)
		return fs->mf;
	fid = fid_of(request->data);
	if (fid == VSC_FID_CURRENT)
		return df;
	if ((file = vsc_fs_by_fid(fs, df, fid)) != NULL || df == NULL)
		return file;
	if (df->fid == fid)
		return df;
	if (df->parent == NULL)
		return NULL;
	if (df->parent->fid == fid)
		return df->parent;
	file = vsc_fs_by_fid(fs, df->parent, fid);
	return file != NULL && vsc_file_is_df(file) ? file : NULL;
}

/* P1 01 */
static struct vsc_file *
child_df(const struct vsc_fs *fs, const struct request *request)
{
	struct vsc_file *file = vsc_fs_by_fid(fs, request->position->df, fid_of(request->data));

	return file != NULL && file != fs->mf && vsc_file_is_df(file) ? file : NULL;
}

/* P1 02 */
static struct vsc_file *
ef_under_df(const struct vsc_fs *fs, const struct request *request)
{
	struct vsc_file *file = vsc_fs_by_fid(fs, request->position->df, fid_of(request->data));

	return file != NULL && !vsc_file_is_df(file) ? file : NULL;
}

/* P1 03 */
static struct vsc_file *
parent_df(const struct vsc_fs *fs, const struct request *request)
{
	(void)fs;
	return request->position->df == NULL ? NULL : request->position->df->parent;
}

/* P1 04: a name that begins like this. The name itself comes first in the order of names. */
static struct vsc_file *
by_name(const struct vsc_fs *fs, const struct request *request)
{
	return vsc_fs_by_prefix(fs, request->data, request->occurrence, request->position->df);
}

/* P1 08: from the MF, whose own identifier is left out; a path that begins with it is understood.
 */
static struct vsc_file *
path_from_mf(const struct vsc_fs *fs, const struct request *request)
{
	struct vsc_span path = request->data;

	if (path.len >= 2 && fid_of(path) == VSC_FID_MF)
		path = vsc_span_slice(path, 2, path.len);
	return path.len == 0 ? fs->mf : vsc_fs_by_path(fs, fs->mf, path);
}

/* P1 09 */
static struct vsc_file *
path_from_df(const struct vsc_fs *fs, const struct request *request)
{
	return vsc_fs_by_path(fs, request->position->df, request->data);
}

/* Table 39: what P1 asks for, and which lengths its data field may have. */
static const struct method {
	uint8_t p1, min, max, step;
	find_fn *find;
} methods[] = {
	{ 0x00, 0, 2, 2, by_identifier },
	{ 0x01, 2, 2, 2, child_df },
	{ 0x02, 2, 2, 2, ef_under_df },
	{ 0x03, 0, 0, 1, parent_df },
	{ 0x04, 0, 16, 1, by_name },
	{ 0x08, 2, 0xFE, 2, path_from_mf },
	{ 0x09, 2, 0xFE, 2, path_from_df },
};

static const struct method *
method_for(uint8_t p1)
{
	for (size_t i = 0; i < VSC_COUNT(methods); i++)
		if (methods[i].p1 == p1)
			return &methods[i];
	return NULL;
}

/* Table 40: bits 4-3 of P2. */
static void
put_answer(struct vsc_out *out, const struct vsc_file *file, uint8_t p2)
{
	static const enum vsc_fci templates[] = { VSC_FCI, VSC_FCP, VSC_FMD };
	unsigned which = p2 >> 2 & 0x03;

	if (which < VSC_COUNT(templates))
		vsc_fcp_put(out, file, templates[which]);
}

/* A file that is not in use can be selected; the status word tells. */
static vsc_sw
life_sw(const struct vsc_file *file)
{
	if (vsc_life_is(file, VSC_LIFE_TERMINATED))
		return VSC_SW_TERMINATED;
	if (vsc_life_is(file, VSC_LIFE_DEACTIVATED))
		return VSC_SW_DEACTIVATED;
	return VSC_SW_OK;
}

vsc_sw
vsc_select_find(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_file **file)
{
	const struct method *method = method_for(cmd->p1);
	struct request request = { vsc_card_position(card), cmd->data,
		(enum vsc_occurrence)(cmd->p2 & 0x03) };

	if (method == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_P1P2, "no selection method %02X", cmd->p1);
	if ((cmd->p2 & 0xF0) != 0 || (request.occurrence != VSC_FIRST && cmd->p1 != 0x04))
		return vsc_card_refuse(
		    card, VSC_SW_WRONG_P1P2, "P2 %02X with P1 %02X", cmd->p2, cmd->p1);
	if (cmd->data.len < method->min || cmd->data.len > method->max ||
	    cmd->data.len % method->step != 0)
		return vsc_card_refuse(
		    card, VSC_SW_NC_P1P2, "%zu bytes do not fit P1 %02X", cmd->data.len, cmd->p1);
	if ((*file = method->find(&card->fs, &request)) == NULL)
		return vsc_card_refuse(card, VSC_SW_FILE_NOT_FOUND, "no such file from here");
	return VSC_SW_OK;
}

vsc_sw
vsc_cmd_select(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out)
{
	struct vsc_file *file;
	vsc_sw sw;

	if ((sw = vsc_select_find(card, cmd, &file)) != VSC_SW_OK ||
	    (sw = vsc_card_allows(card, file, VSC_ACCESS_SELECT)) != VSC_SW_OK)
		return sw;
	vsc_card_enter(card, file);
	put_answer(out, file, cmd->p2);
	return life_sw(file);
}
