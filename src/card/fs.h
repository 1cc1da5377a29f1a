/*
 * The files of a card (ISO/IEC 7816-4:2020 clause 7): a tree of DFs and EFs below the MF. Found by
 * identifier, short identifier and name without scanning. What changes is marked for the card's
 * store.
 */
#ifndef VSC_CARD_FS_H
#define VSC_CARD_FS_H

#include "card/card.h"
#include "card/index.h"

#define VSC_CODING_DEFAULT \
	0xC1u /* what our ATR's card capabilities say: write is OR, units of one byte */
#define VSC_FID_MF      0x3F00u
#define VSC_FID_CURRENT 0x3FFFu /* in a path: the current DF */
#define VSC_SFI_MAX     30u
#define VSC_SFI_NONE    0xFFu      /* in a spec: this EF has no short identifier */
#define VSC_FS_MAX      0x4000000u /* in all EFs of a card together */
#define VSC_FILE_MAX    0x1000000u /* bytes in one EF that the card will allocate */

/* File descriptor byte (7.4.5, tag 82). Bit 7 (shareable) is kept and not looked at. */
enum vsc_descriptor {
	VSC_FILE_TRANSPARENT = 0x01,
	VSC_FILE_LINEAR_FIXED = 0x02,
	VSC_FILE_LINEAR_FIXED_TLV = 0x03,
	VSC_FILE_LINEAR_VARIABLE = 0x04,
	VSC_FILE_LINEAR_VARIABLE_TLV = 0x05,
	VSC_FILE_CYCLIC = 0x06,
	VSC_FILE_CYCLIC_TLV = 0x07,
	VSC_FILE_INTERNAL = 0x08, /* flag: data that the card itself interprets */
	VSC_FILE_DF = 0x38,
	VSC_FILE_BER_TLV = 0x39,
	VSC_FILE_SIMPLE_TLV = 0x3A,
	VSC_FILE_SHAREABLE = 0x40, /* flag */
};

/* Life cycle status byte (7.4.10, tag 8A); 04 to 07 and 0C to 0F each mean one state. */
enum vsc_life {
	VSC_LIFE_CREATION = 0x01,
	VSC_LIFE_INITIALISATION = 0x03,
	VSC_LIFE_DEACTIVATED = 0x04,
	VSC_LIFE_ACTIVATED = 0x05,
	VSC_LIFE_TERMINATED = 0x0C,
};

enum vsc_dirty {
	VSC_DIRTY_HEADER = 1 << 0,
	VSC_DIRTY_CONTENT = 1 << 1,
};

/*
 * content is what tag 80 counts, in one piece: a transparent EF's data; records one after the other
 * (of fixed length, newest first in a cyclic EF; of variable length each after its two-byte
 * length); data objects one after the other (TLV structure EFs and DFs).
 */
struct vsc_file {
	uint32_t id;           /* never given twice on one card; the image's key */
	uint16_t fid;          /* tag 83 */
	uint8_t descriptor;    /* tag 82, first byte */
	uint8_t coding;        /* data coding byte: tag 82, second byte, or the card's default */
	uint8_t sfi;           /* 1 to 30; 0: none */
	uint8_t life;          /* tag 8A */
	uint8_t channel;       /* channel security attributes (8E), its own and those above it */
	uint8_t dirty;         /* enum vsc_dirty */
	uint16_t record_size;  /* largest record; 0: no records */
	uint16_t record_max;   /* most records there may be; 0: as many as fit */
	size_t size;           /* tag 80: room for content */
	struct vsc_blob names; /* of a DF: its tag 84 objects, one after the other */
	struct vsc_blob
	    security; /* security attributes as given: objects 8B, 8C, 8E, 9C, A0, A1, AB */
	struct vsc_blob extra; /* further control parameters as given: 85, A5, 86, 87, 8D, ... */
	struct vsc_blob fmd;   /* file management data: objects for template 64 */
	struct vsc_blob content;
	struct vsc_blob inactive; /* numbers of deactivated records, ascending, a byte each */
	uint32_t *records; /* variable length: where each record's length field is; kept by fs.c */
	uint32_t nrecords;
	struct vsc_file *parent; /* NULL: the MF */
	struct vsc_file *children, *last_child, *next, *previous;
	struct vsc_file *dirty_next, *dirty_previous;
	void *aux; /* for the store */
};

/* A file to be made. All spans are copied. Zeros are good defaults. */
struct vsc_file_spec {
	uint16_t fid; /* 0 for a DF that has a name only; an EF may be called 0000 */
	uint8_t descriptor;
	uint8_t coding;
	uint8_t sfi;  /* 0: the low five bits of fid, if those are free; VSC_SFI_NONE: none */
	uint8_t life; /* 0: activated */
	uint16_t record_size, record_max;
	size_t size;           /* at least content.len is taken */
	struct vsc_span name;  /* of a DF, bare; or */
	struct vsc_span names; /* tag 84 objects */
	struct vsc_span security, extra, fmd;
	struct vsc_span content;
	uint32_t id; /* 0: the next free one; for the store's load only */
};

/* A DF's name in the sorted list of all names. */
struct vsc_name {
	struct vsc_span name; /* borrows from file->names */
	struct vsc_file *file;
};

struct vsc_fs {
	struct vsc_file *mf;
	struct vsc_index index;
	struct vsc_name *names;
	size_t nnames, names_room;
	uint32_t next_id;
	struct vsc_file *dirty; /* list through dirty_next */
	uint32_t *deleted;      /* ids of files that are gone, for the store */
	size_t ndeleted, deleted_room;
	size_t allocated; /* sum of all files' sizes */
	bool *changed;    /* set with every mark */
};

/* What a logical channel has selected. */
struct vsc_position {
	struct vsc_file *df;
	struct vsc_file *ef; /* NULL: none */
	uint32_t record;     /* number of the current record; 0: not defined */
	uint32_t object;     /* tag of the data object last read in df or ef; 0: none */
	uint32_t occurrence; /* which one with this tag, from 0 */
	bool selected;       /* by SELECT DATA: GET, PUT DATA and their like mean that one */
};

/* One to come back to: its files may be gone by then, or have been made anew (undo.h). */
struct vsc_kept_position {
	struct vsc_position position;
	uint32_t df, ef; /* their ids; 0: none */
};

struct vsc_fs *vsc_card_fs(struct vsc_card *card);
/* The MF's life cycle status; operational if there is no MF. */
uint8_t vsc_card_life(const struct vsc_card *card);
/* Of the channel of the command under way. */
struct vsc_position *vsc_card_position(struct vsc_card *card);
/* Inline: for each command of a saved card. */
static inline void
vsc_position_keep(struct vsc_kept_position *kept, const struct vsc_position *position)
{
	kept->position = *position;
	kept->df = position->df == NULL ? 0 : position->df->id;
	kept->ef = position->ef == NULL ? 0 : position->ef->id;
}

/* Without its DF it is the MF. */
struct vsc_position vsc_position_resume(
    const struct vsc_fs *fs, const struct vsc_kept_position *kept);
/* Make a file current. A DF loses the current EF, every EF starts without a current record. */
void vsc_card_enter(struct vsc_card *card, struct vsc_file *file);

void vsc_fs_free(struct vsc_fs *fs);

/*
 * parent NULL makes the MF. *file (may be NULL) lends. VSC_E_EXISTS: identifier or short identifier
 * is taken in this DF; VSC_E_BUSY: the name is taken on the card; VSC_E_PARAM: descriptor, sizes or
 * parent make no sense; VSC_E_SPACE: larger than VSC_FILE_MAX, or the card is full (VSC_FS_MAX).
 */
VSC_MUST_CHECK int vsc_fs_add(struct vsc_fs *fs, struct vsc_file *parent,
    const struct vsc_file_spec *spec, struct vsc_file **file);
/* With everything below it. The caller takes care of positions (vsc_card_delete_file does). */
VSC_MUST_CHECK int vsc_fs_delete(struct vsc_fs *fs, struct vsc_file *file);
/* Also moves channels that are inside up to the parent DF. */
VSC_MUST_CHECK int vsc_card_delete_file(struct vsc_card *card, struct vsc_file *file);

/* Each NULL if there is none. 3F00 is found from everywhere. */
struct vsc_file *vsc_fs_by_fid(const struct vsc_fs *fs, const struct vsc_file *df, uint16_t fid);
struct vsc_file *vsc_fs_by_sfi(const struct vsc_fs *fs, const struct vsc_file *df, uint8_t sfi);
struct vsc_file *vsc_fs_by_id(const struct vsc_fs *fs, uint32_t id);
struct vsc_file *vsc_fs_by_name(const struct vsc_fs *fs, struct vsc_span name);
/* Identifiers of two bytes each, from df down; the last may be an EF. */
struct vsc_file *vsc_fs_by_path(const struct vsc_fs *fs, struct vsc_file *df, struct vsc_span path);

/* Occurrence among the DFs whose name begins with prefix, in the order of names. */
enum vsc_occurrence { VSC_FIRST = 0, VSC_LAST = 1, VSC_NEXT = 2, VSC_PREVIOUS = 3 };
struct vsc_file *vsc_fs_by_prefix(const struct vsc_fs *fs, struct vsc_span prefix,
    enum vsc_occurrence which, const struct vsc_file *current);

static inline bool
vsc_file_is_df(const struct vsc_file *file)
{
	return (file->descriptor & 0xBF) == VSC_FILE_DF;
}

/* TRANSPARENT to CYCLIC_TLV without flags, BER_TLV, SIMPLE_TLV or DF. */
static inline uint8_t
vsc_file_structure(const struct vsc_file *file)
{
	uint8_t descriptor = file->descriptor & 0x3F;

	return descriptor >= VSC_FILE_DF ? descriptor : descriptor & 0x07;
}

bool vsc_file_is_within(const struct vsc_file *file, const struct vsc_file *df);

static inline bool
vsc_life_is(const struct vsc_file *file, enum vsc_life life)
{
	if (life == VSC_LIFE_TERMINATED)
		return (file->life & 0xFC) == VSC_LIFE_TERMINATED;
	if (life == VSC_LIFE_ACTIVATED || life == VSC_LIFE_DEACTIVATED)
		return (file->life & 0xFD) == life;
	return file->life == life;
}

/* The first name; empty if there is none. */
struct vsc_span vsc_file_name(const struct vsc_file *file);

static inline struct vsc_span
vsc_file_content(const struct vsc_file *file)
{
	return vsc_blob_span(&file->content);
}

/* Changes, marked for the store. write: VSC_E_SPACE past the end. replace: any length, up to size.
 */
VSC_MUST_CHECK int vsc_file_write(
    struct vsc_fs *fs, struct vsc_file *file, size_t at, struct vsc_span data);
VSC_MUST_CHECK int vsc_file_replace(
    struct vsc_fs *fs, struct vsc_file *file, struct vsc_span content);
void vsc_file_set_life(struct vsc_fs *fs, struct vsc_file *file, uint8_t life);
void vsc_file_mark(struct vsc_fs *fs, struct vsc_file *file, enum vsc_dirty what);

/* For the store, after it has written everything. */
void vsc_fs_clean(struct vsc_fs *fs);

#endif
