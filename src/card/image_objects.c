/*
 * PINs, keys and security environments to and from their tables: for each a list of columns and the
 * members of the struct that they hold.
 */
#include "card/image_objects.h"

#include <stddef.h>

#include <sqlite3.h>

#include "base/auto.h"
#include "card/auth.h"
#include "card/engine.h"
#include "card/image_row.h"
#include "card/keystore.h"
#include "card/se.h"

enum kind { U8, U16, U32, U64, BOOL, BLOB };

/* A column and the struct's member that it holds, in the order of the table. */
struct field {
	enum kind kind;
	size_t offset;
};

#define FIELD(kind, type, member)                   \
	{                                           \
		kind, offsetof(struct type, member) \
	}

static const struct field pin_fields[] = {
	FIELD(U32, vsc_pin, id),
	FIELD(U32, vsc_pin, df),
	FIELD(U8, vsc_pin, ref),
	FIELD(U8, vsc_pin, format),
	FIELD(U8, vsc_pin, flags),
	FIELD(U8, vsc_pin, pad),
	FIELD(U8, vsc_pin, min_len),
	FIELD(U8, vsc_pin, max_len),
	FIELD(U8, vsc_pin, tries),
	FIELD(U8, vsc_pin, max_tries),
	FIELD(U8, vsc_pin, unblock_tries),
	FIELD(U8, vsc_pin, unblock_max),
	FIELD(U8, vsc_pin, admin_pin),
	FIELD(U8, vsc_pin, admin_key),
	FIELD(U32, vsc_pin, uses),
	FIELD(BLOB, vsc_pin, value),
	FIELD(BLOB, vsc_pin, unblock),
};

/* Behind them: kind, private, bytes. */
static const struct field slot_fields[] = {
	FIELD(U32, vsc_slot, id),
	FIELD(U32, vsc_slot, df),
	FIELD(U8, vsc_slot, ref),
	FIELD(U8, vsc_slot, makes),
	FIELD(U8, vsc_slot, alg),
	FIELD(U8, vsc_slot, policy),
	FIELD(U8, vsc_slot, pin),
	FIELD(U8, vsc_slot, touch),
	FIELD(U8, vsc_slot, tries),
	FIELD(U8, vsc_slot, max_tries),
	FIELD(BOOL, vsc_slot, generated),
	FIELD(U16, vsc_slot, usage),
	FIELD(U32, vsc_slot, uses),
	FIELD(U64, vsc_slot, counter),
	FIELD(BLOB, vsc_slot, name),
	FIELD(BLOB, vsc_slot, extra),
};

static const struct field environment_fields[] = {
	FIELD(U32, vsc_saved_se, id),
	FIELD(U32, vsc_saved_se, df),
	FIELD(U8, vsc_saved_se, number),
	FIELD(BLOB, vsc_saved_se, crts),
};

/* --- Fields --- */

static const void *
member(const void *object, const struct field *field)
{
	return (const char *)object + field->offset;
}

static int64_t
get_number(const void *object, const struct field *field)
{
	const void *at = member(object, field);

	switch (field->kind) {
	case U8:
		return *(const uint8_t *)at;
	case U16:
		return *(const uint16_t *)at;
	case U32:
		return *(const uint32_t *)at;
	case U64:
		return (int64_t) * (const uint64_t *)at;
	case BOOL:
		return *(const bool *)at;
	case BLOB:
		break;
	}
	return 0;
}

static void
set_number(void *object, const struct field *field, int64_t value)
{
	void *at = (char *)object + field->offset;

	switch (field->kind) {
	case U8:
		*(uint8_t *)at = (uint8_t)value;
		break;
	case U16:
		*(uint16_t *)at = (uint16_t)value;
		break;
	case U32:
		*(uint32_t *)at = (uint32_t)value;
		break;
	case U64:
		*(uint64_t *)at = (uint64_t)value;
		break;
	case BOOL:
		*(bool *)at = value != 0;
		break;
	case BLOB:
		break;
	}
}

static void
bind_fields(sqlite3_stmt *query, const void *object, const struct field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (fields[i].kind == BLOB)
			vsc_row_bind(query, (int)i + 1,
			    vsc_blob_span((const struct vsc_blob *)member(object, &fields[i])));
		else
			sqlite3_bind_int64(query, (int)i + 1, get_number(object, &fields[i]));
	}
}

/* Blobs are copies: the caller frees them, also after VSC_E_CORRUPT. */
static int
read_fields(sqlite3_stmt *query, void *object, const struct field *fields, size_t count)
{
	static const int64_t max[] = { [U8] = UINT8_MAX,
		[U16] = UINT16_MAX,
		[U32] = UINT32_MAX,
		[U64] = INT64_MAX,
		[BOOL] = 1 };

	for (size_t i = 0; i < count; i++) {
		void *at = (char *)object + fields[i].offset;
		int64_t number;

		if (fields[i].kind == BLOB) {
			if (vsc_blob_set(at, vsc_row_span(query, (int)i)) < 0)
				return VSC_E_NOMEM;
			continue;
		}
		if (!vsc_row_number(query, (int)i, max[fields[i].kind], &number))
			return VSC_E_CORRUPT;
		set_number(object, &fields[i], number);
	}
	return 0;
}

/* What refers to a file refers to a DF that is there. */
static bool
df_exists(struct vsc_card *card, uint32_t df)
{
	const struct vsc_file *file = vsc_fs_by_id(&card->fs, df);

	return df == 0 || (file != NULL && vsc_file_is_df(file));
}

/* --- Loading --- */

static int
load_pin(sqlite3_stmt *query, struct vsc_card *card)
{
	struct vsc_pin spec = { .id = 0 };
	int err = read_fields(query, &spec, pin_fields, VSC_COUNT(pin_fields));

	if (err == 0 &&
	    (spec.id == 0 || !df_exists(card, spec.df) || spec.format > VSC_PIN_FORMAT2 ||
		(spec.max_tries > 0 && spec.tries > spec.max_tries) ||
		spec.unblock_tries > spec.unblock_max))
		err = VSC_E_CORRUPT;
	if (err == 0)
		err = vsc_pin_add(card, &spec, NULL);
	vsc_blob_free(&spec.value);
	vsc_blob_free(&spec.unblock);
	return err;
}

/* The columns kind, private, bytes. */
static int
load_key(sqlite3_stmt *query, struct vsc_key **key)
{
	const int column = VSC_COUNT(slot_fields);
	int64_t kind, private;

	*key = NULL;
	if (sqlite3_column_type(query, column) == SQLITE_NULL)
		return 0;
	if (!vsc_row_number(query, column, VSC_KEY_AES, &kind) ||
	    !vsc_row_number(query, column + 1, 1, &private))
		return VSC_E_CORRUPT;
	return vsc_key_load(
	    key, (enum vsc_key_kind)kind, private != 0, vsc_row_span(query, column + 2));
}

static int
load_slot(sqlite3_stmt *query, struct vsc_card *card)
{
	struct vsc_slot spec = { .id = 0 };
	int err = read_fields(query, &spec, slot_fields, VSC_COUNT(slot_fields));

	if (err == 0 &&
	    (spec.id == 0 || !df_exists(card, spec.df) || spec.policy > VSC_PIN_ALWAYS ||
		(spec.max_tries > 0 && spec.tries > spec.max_tries)))
		err = VSC_E_CORRUPT;
	if (err == 0)
		err = load_key(query, &spec.key);
	if (err == 0)
		err = vsc_slot_add(card, &spec, NULL);
	vsc_blob_free(&spec.name);
	vsc_blob_free(&spec.extra);
	return err;
}

static int
load_environment(sqlite3_stmt *query, struct vsc_card *card)
{
	struct vsc_saved_se spec = { .id = 0 };
	int err = read_fields(query, &spec, environment_fields, VSC_COUNT(environment_fields));

	if (err == 0 && (spec.id == 0 || !df_exists(card, spec.df)))
		err = VSC_E_CORRUPT;
	if (err == 0)
		err = vsc_saved_se_add(card, &spec);
	vsc_blob_free(&spec.crts);
	return err;
}

int
vsc_image_objects_load(struct vsc_image_rows *rows, struct vsc_card *card)
{
	static const struct {
		enum vsc_image_query query;
		const char *name;
		int (*load)(sqlite3_stmt *, struct vsc_card *);
	} tables[] = {
		{ VSC_QUERY_PINS, "PIN", load_pin },
		{ VSC_QUERY_KEYS, "key", load_slot },
		{ VSC_QUERY_ENVIRONMENTS, "security environment", load_environment },
	};
	int err = 0;

	for (size_t i = 0; i < VSC_COUNT(tables) && err == 0; i++) {
		sqlite3_stmt *query = rows->queries[tables[i].query];
		int state;

		while (err == 0 && (state = sqlite3_step(query)) != SQLITE_DONE)
			err = state == SQLITE_ROW ? tables[i].load(query, card) : VSC_E_CORRUPT;
		if (err < 0)
			vsc_card_log(card, VSC_LOG_ERROR,
			    "saved card: %s %lld cannot be as it is saved", tables[i].name,
			    (long long)sqlite3_column_int64(query, 0));
		sqlite3_reset(query);
	}
	return err;
}

/* --- Saving --- */

static int
delete_row(struct vsc_image_rows *rows, enum vsc_image_query query, uint32_t id)
{
	sqlite3_bind_int64(rows->queries[query], 1, id);
	return vsc_image_rows_delete(rows, query);
}

/* Identifiers are never given twice: one above the last that is saved is a new row's. */
static int
write_row(struct vsc_image_rows *rows, enum vsc_image_query query, uint32_t id)
{
	if (id > rows->last_object)
		rows->counted++;
	return vsc_row_run(rows->queries[query]);
}

static int
save_pin(struct vsc_image_rows *rows, const struct vsc_pin *pin)
{
	sqlite3_stmt *query = rows->queries[VSC_QUERY_PIN_SET];

	if (pin->deleted)
		return delete_row(rows, VSC_QUERY_PIN_DELETE, pin->id);
	bind_fields(query, pin, pin_fields, VSC_COUNT(pin_fields));
	return write_row(rows, VSC_QUERY_PIN_SET, pin->id);
}

static int
save_slot(struct vsc_image_rows *rows, const struct vsc_slot *slot)
{
	const int column = VSC_COUNT(slot_fields) + 1;
	sqlite3_stmt *query = rows->queries[VSC_QUERY_KEY_SET];
	VSC_AUTO_BLOB bytes = { NULL, 0 };

	if (slot->deleted)
		return delete_row(rows, VSC_QUERY_KEY_DELETE, slot->id);
	bind_fields(query, slot, slot_fields, VSC_COUNT(slot_fields));
	if (slot->key != NULL) {
		if (vsc_key_save(slot->key, &bytes) < 0)
			return VSC_E_IO;
		sqlite3_bind_int64(query, column, vsc_key_kind(slot->key));
		sqlite3_bind_int64(query, column + 1, vsc_key_is_private(slot->key));
		vsc_row_bind(query, column + 2, vsc_blob_span(&bytes));
	}
	return write_row(rows, VSC_QUERY_KEY_SET, slot->id);
}

static int
save_environment(struct vsc_image_rows *rows, const struct vsc_saved_se *se)
{
	sqlite3_stmt *query = rows->queries[VSC_QUERY_ENVIRONMENT_SET];

	if (se->deleted)
		return delete_row(rows, VSC_QUERY_ENVIRONMENT_DELETE, se->id);
	bind_fields(query, se, environment_fields, VSC_COUNT(environment_fields));
	return write_row(rows, VSC_QUERY_ENVIRONMENT_SET, se->id);
}

int
vsc_image_objects_save(struct vsc_image_rows *rows, struct vsc_card *card)
{
	for (const struct vsc_pin *pin = card->pins; pin != NULL; pin = pin->next)
		if ((pin->dirty || pin->deleted) && save_pin(rows, pin) < 0)
			return VSC_E_IO;
	for (const struct vsc_slot *slot = card->slots; slot != NULL; slot = slot->next)
		if ((slot->dirty || slot->deleted) && save_slot(rows, slot) < 0)
			return VSC_E_IO;
	for (const struct vsc_saved_se *se = card->ses; se != NULL; se = se->next)
		if ((se->dirty || se->deleted) && save_environment(rows, se) < 0)
			return VSC_E_IO;
	return 0;
}
