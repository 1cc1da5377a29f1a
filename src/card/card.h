/*
 * A virtual smart card: made from a type (src/cards/, or a plugin), fed command APDUs, asked for
 * responses. This header is the interface for those who embed a card and for those who write a
 * type; docs/writing-a-card.md is the tour.
 *
 * A card is used by one thread at a time. It never looks at a socket, a clock or a file by itself:
 * see base/env.h and card/image.h.
 */
#ifndef VSC_CARD_CARD_H
#define VSC_CARD_CARD_H

#include "base/bytes.h"
#include "base/env.h"
#include "iso/apdu.h"
#include "iso/atr.h"
#include "iso/sw.h"

/* Grows when something below changes its layout or meaning; a plugin of another number is refused.
 */
#define VSC_CARD_ABI 1u

#define VSC_CHANNELS     20    /* logical channels 0 to 19 */
#define VSC_RESPONSE_MAX 65535 /* body and status word: what a frame carries */

/* The library's version: "1.0.0". */
const char *vsc_version(void);

struct vsc_card;
struct vsc_file;
struct vsc_position;
struct vsc_image;

/* --- Options and parameters --- */

enum vsc_option_kind {
	VSC_OPTION_FLAG,
	VSC_OPTION_VALUE,
	VSC_OPTION_FILE, /* that is read */
	VSC_OPTION_NUMBER,
	VSC_OPTION_OUTPUT, /* a file or folder that is written: each of --count cards has its own */
};

struct vsc_option {
	const char *name; /* long name without dashes */
	char letter;      /* one-letter form, or 0 */
	enum vsc_option_kind kind;
	bool repeatable;
	const char *argument; /* shown in --help: FILE, PIN; NULL for a flag */
	const char *help;     /* one line */
};

/* Parsed options of one card, in the order given. Values are borrowed and outlive the card's init
 * and personalise calls. */
struct vsc_param {
	const char *name, *value; /* value "" for a flag */
};
struct vsc_params {
	const struct vsc_param *items;
	size_t count;
};

/* The last value given; NULL if the option was not. params may be NULL. */
const char *vsc_params_get(const struct vsc_params *params, const char *name);
/* The n-th value of a repeatable option (from 0); NULL past the last. */
const char *vsc_params_nth(const struct vsc_params *params, const char *name, size_t n);
bool vsc_params_has(const struct vsc_params *params, const char *name);
/* A card that exists already: warn of options given that only count while one is made: those of
 * `options` that are not in `later`. what: "passport" */
void vsc_params_warn_late(struct vsc_card *card, const struct vsc_params *params,
    const struct vsc_option *options, size_t count, const char *const *later, size_t nlater,
    const char *what);

/* --- Card types --- */

enum vsc_reset {
	VSC_RESET_OFF,  /* power removed: volatile state is gone, no commands until VSC_RESET_ON */
	VSC_RESET_ON,   /* power given: cold reset */
	VSC_RESET_WARM, /* reset with power on */
};

/*
 * Handles one command: data in cmd, answer to out, status word returned. cmd is already reassembled
 * from a chain and unwrapped from secure messaging; out has room for the largest answer.
 */
typedef vsc_sw vsc_cmd_fn(struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out);

enum vsc_cmd_flags {
	VSC_CMD_SLOW = 1 << 0,     /* runs on a worker (key generation) */
	VSC_CMD_NO_DATA = 1 << 1,  /* a command data field is 6700 */
	VSC_CMD_CHAINED = 1 << 2,  /* handler wants each part of a chain by itself (cla has bit 5 as
				      sent), not the sum */
	VSC_CMD_SECRET = 1 << 3,   /* data field is a secret: logs show its length only */
	VSC_CMD_NO_SM = 1 << 4,    /* refused under secure messaging with 6882 */
	VSC_CMD_CHANGES = 1 << 5,  /* may change what is saved: with an image it runs on a worker */
	VSC_CMD_ANY_LIFE = 1 << 6, /* allowed when the card is terminated (GET DATA, SELECT) */
	VSC_CMD_TRANSPORT = 1 << 7, /* moves an answer (GET RESPONSE): leaves what is under way and
				       secure messaging as they are */
};

/* A row matches when (CLA & cla_mask) == cla and INS is equal; the first match counts, the type's
 * table before its base's. An interindustry class is compared as 00, whatever its channel, chaining
 * and SM bits. */
struct vsc_cmd {
	uint8_t cla, cla_mask, ins;
	unsigned flags;
	const char *name; /* as in the standard: "READ BINARY" */
	vsc_cmd_fn *run;  /* NULL: this type does not have the command (6D00) though its base has */
};

enum vsc_access {
	VSC_ACCESS_SELECT,
	VSC_ACCESS_READ,
	VSC_ACCESS_UPDATE,
	VSC_ACCESS_WRITE,
	VSC_ACCESS_ERASE,
	VSC_ACCESS_APPEND,
	VSC_ACCESS_CREATE_EF, /* in a DF */
	VSC_ACCESS_CREATE_DF,
	VSC_ACCESS_DELETE_CHILD,
	VSC_ACCESS_DELETE, /* the file itself */
	VSC_ACCESS_ACTIVATE,
	VSC_ACCESS_DEACTIVATE,
	VSC_ACCESS_TERMINATE,
};

enum vsc_type_flags {
	VSC_TYPE_BLOCKS = 1 << 0,  /* transmit may wait for something outside: always on a worker */
	VSC_TYPE_HIDDEN = 1 << 1,  /* not listed in --help */
	VSC_TYPE_ANSWERS = 1 << 3, /* answers without Le as with Le 00: what T=1 cards do, and some
				      clients rely on */
	/* class bytes 80 to 8F have the bits of the first interindustry class (ISO/IEC 7816-4 5.4.1
	 * leaves them to the card): secure messaging in 4-3, channel in 2-1; rows: mask F0 */
	VSC_TYPE_CLASS_80 = 1 << 2,
};

/*
 * What a type does not set, the nearest type along `base` that sets it supplies. A type that sets
 * `transmit` takes raw bytes and needs no base.
 */
struct vsc_card_type {
	unsigned abi; /* VSC_CARD_ABI */
	const char *name, *summary;
	const struct vsc_card_type *base;
	const struct vsc_option *options;
	size_t noptions;
	const struct vsc_cmd *cmds;
	size_t ncmds;
	unsigned flags;    /* enum vsc_type_flags; inherited */
	size_t state_size; /* the type's private state, zeroed before init, wiped after release */

	/* For every card: set up what is not saved. Called base first. 0, or < 0 after logging an
	 * error; VSC_E_PARAM for an option's value that is wrong on any machine. */
	int (*init)(struct vsc_card *card, const struct vsc_params *params);
	/* For a new card only, after init: files, keys, PINs. The nearest only; it may call its
	 * base's. */
	int (*personalise)(struct vsc_card *card, const struct vsc_params *params);
	/* For a card that was opened from a file, after init and after files, PINs, keys and
	 * attributes are there. */
	int (*load)(struct vsc_card *card, const struct vsc_params *params);
	/* Called most derived first. */
	void (*release)(struct vsc_card *card);
	/* Called base first: forget volatile state. */
	void (*reset)(struct vsc_card *card, enum vsc_reset how);
	void (*atr)(const struct vsc_card *card, struct vsc_out *out);
	/* May this be done to this file now? VSC_SW_OK, or the refusal. */
	vsc_sw (*allows)(
	    struct vsc_card *card, const struct vsc_file *file, enum vsc_access access);
	/* After a secure messaging session ended with an error, or was dropped by a plain command.
	 * Every one in the chain, most derived first. */
	void (*sm_lost)(struct vsc_card *card);
	/* Before a command's handler: refuse what is not allowed in this state. VSC_SW_OK goes on.
	 */
	vsc_sw (*before)(
	    struct vsc_card *card, const struct vsc_apdu *cmd, const struct vsc_cmd *row);
	/* After a command, its status word given; may change body and status word (answer formats
	 * of older cards). */
	vsc_sw (*after)(
	    struct vsc_card *card, const struct vsc_apdu *cmd, struct vsc_out *out, vsc_sw sw);
	/* A person's description (--show) after the engine's own lines; NULL is fine. */
	void (*show)(struct vsc_card *card, struct vsc_out *text);
	/* Raw types: bytes in, bytes out. 0 or < 0 (then the card counts as removed). */
	int (*transmit)(struct vsc_card *card, struct vsc_span raw, struct vsc_out *out);
	/* Raw types that have a card behind them: has it left (false) or is it there (true)? One
	 * that left and is back is false once. NULL: always there. */
	bool (*present)(struct vsc_card *card);
	/* Raw types: the reader behind, as the endpoint of a reader of ours ("listen:35963");
	 * nothing if it is another kind. So that a card is not put into the reader it comes from.
	 */
	void (*source)(struct vsc_card *card, struct vsc_out *endpoint);
	/* A command could not be saved: files, PINs, keys and attributes have been made anew as
	 * they were before it. What the state has of them is to be read again. Every one in the
	 * chain, base first. */
	void (*undone)(struct vsc_card *card);
};

/*
 * A type's definition at the end of src/cards/NAME.c. Compiled in, it is `vsc_card_NAME`; compiled
 * as a plugin (-DVSC_PLUGIN), the symbol that vicc -t ./NAME.so looks for. VSC_CARD_TYPE_NAME is
 * which of them it is, for functions before it: extern const struct vsc_card_type
 * VSC_CARD_TYPE_NAME(mycard);
 */
#ifdef VSC_PLUGIN
#define VSC_CARD_TYPE_NAME(id) vsc_plugin_card_type
#define VSC_CARD_TYPE(id)                                       \
	extern const struct vsc_card_type vsc_plugin_card_type; \
	__attribute__((visibility("default"))) const struct vsc_card_type vsc_plugin_card_type
#else
#define VSC_CARD_TYPE_NAME(id) vsc_card_##id
#define VSC_CARD_TYPE(id)      const struct vsc_card_type vsc_card_##id
#endif

/* The base of most types. */
extern const struct vsc_card_type vsc_card_iso7816;

/* A built-in type by name, not case-sensitive; NULL if there is none. */
const struct vsc_card_type *vsc_card_type_find(const char *name);
/* The n-th built-in type; NULL past the last. */
const struct vsc_card_type *vsc_card_type_nth(size_t n);

/* --- A card's life --- */

/* A new card, powered off. env may be NULL and must outlive the card otherwise; VSC_E_PARAM and
 * others after logging why. */
VSC_MUST_CHECK int vsc_card_new(struct vsc_card **card, const struct vsc_card_type *type,
    const struct vsc_params *params, const struct vsc_env *env);
void vsc_card_free(struct vsc_card *card);

/* Completes a new card before anybody sees it, and before it is saved for the first time; not for a
 * card that was saved already. < 0: the card cannot be made. */
struct vsc_card_setup {
	int (*run)(void *ctx, struct vsc_card *card);
	void *ctx;
};
VSC_MUST_CHECK int vsc_card_new_with(struct vsc_card **card, const struct vsc_card_type *type,
    const struct vsc_params *params, const struct vsc_env *env, const struct vsc_card_setup *setup);

void vsc_card_reset(struct vsc_card *card, enum vsc_reset how);
/* The ATR of the card as it is; at most VSC_ATR_MAX bytes. */
void vsc_card_atr(const struct vsc_card *card, struct vsc_out *out);
bool vsc_card_present(struct vsc_card *card);
void vsc_card_source(struct vsc_card *card, struct vsc_out *endpoint);

/* Who serves the card is told when vsc_card_present may have another answer: fn is called on any
 * thread and must not call the card. fn NULL: nobody; no call is under way when this returns. */
typedef void vsc_presence_fn(void *ctx);
void vsc_card_on_presence(struct vsc_card *card, vsc_presence_fn *fn, void *ctx);
/* For the type, on any thread. */
void vsc_card_presence_changed(struct vsc_card *card);

/*
 * One command APDU, one response APDU of 2 to 65535 bytes in out, which needs that much room
 * (VSC_E_SPACE). Every failure of the card is a status word; < 0 only if there is no card to answer
 * (a raw type's card was removed). Everything the command changed is on disk when this returns, if
 * the card has an image.
 */
VSC_MUST_CHECK int vsc_card_transmit(
    struct vsc_card *card, struct vsc_span raw, struct vsc_out *out);

/* May this command take long (slow command, blocking type, saved card that changes)? Then give it
 * to a worker. */
bool vsc_card_is_slow(const struct vsc_card *card, struct vsc_span raw);

/* --- For the types' code --- */

/* The private state of `type`, which is the card's type or one of its bases. */
void *vsc_card_state(const struct vsc_card *card, const struct vsc_card_type *type);
const struct vsc_card_type *vsc_card_type(const struct vsc_card *card);
const struct vsc_env *vsc_card_env(const struct vsc_card *card);
/* For a type that changes what the card may ask of the world (reproducible randomness): env lies in
 * the type's state. */
void vsc_card_env_set(struct vsc_card *card, const struct vsc_env *env);

/* The logical channel of the command under way, 0 outside of one. */
unsigned vsc_card_channel(const struct vsc_card *card);
/* How the command under way came, and what its row in the table was. */
enum vsc_sm_kind vsc_card_sm_kind(const struct vsc_card *card);

/* Log under the card's name. */
void vsc_card_log(const struct vsc_card *card, enum vsc_log_level level, const char *format, ...)
    VSC_PRINTF(3, 4);
/* Say why something is refused (shown with -vv), and return the status word: return
 * vsc_card_refuse(card, SW, "why"). */
vsc_sw vsc_card_refuse(const struct vsc_card *card, vsc_sw sw, const char *format, ...)
    VSC_PRINTF(3, 4);
#ifdef __clang_analyzer__ /* tell it what the function's name says: the status word comes back */
#define vsc_card_refuse(card, sw, ...) ((void)vsc_card_refuse(card, sw, __VA_ARGS__), (vsc_sw)(sw))
#endif

/* What GET CHALLENGE gave last on this channel, empty if nothing or used. Borrows until forgotten.
 */
struct vsc_span vsc_card_challenge(const struct vsc_card *card);
void vsc_card_challenge_forget(struct vsc_card *card);

/* Run the base's row for this command: "override, then call what was there". */
vsc_sw vsc_card_base_command(struct vsc_card *card, const struct vsc_card_type *above,
    const struct vsc_apdu *cmd, struct vsc_out *out);

/* Named values that are saved with the card (chip date, trust points). VSC_E_NOT_FOUND; value
 * borrows until changed. */
VSC_MUST_CHECK int vsc_card_attr_get(
    const struct vsc_card *card, const char *name, struct vsc_span *value);
VSC_MUST_CHECK int vsc_card_attr_set(
    struct vsc_card *card, const char *name, struct vsc_span value);
VSC_MUST_CHECK int vsc_card_attr_delete(struct vsc_card *card, const char *name);

/* Write everything changed so far to the image now (a try that is spent, before it is judged). 0
 * without an image. */
VSC_MUST_CHECK int vsc_card_commit(struct vsc_card *card);

#endif
