/*
 * Secure messaging (ISO/IEC 7816-4:2020 clause 10): one session per logical channel, for the ISO
 * card's own keys and for the sessions of BAC, PACE and chip authentication alike. A MAC is
 * demanded and given, unless the flags say otherwise; it is checked before anything is deciphered.
 */
#ifndef VSC_CARD_SM_H
#define VSC_CARD_SM_H

#include "crypto/suite.h"
#include "iso/apdu.h"
#include "iso/sw.h"

enum vsc_sm_flags {
	VSC_SM_ENCRYPT_COMMAND = 1 << 0,  /* command data must be enciphered: 81, B1, B3 are 6987 */
	VSC_SM_ENCRYPT_RESPONSE = 1 << 1, /* response data comes as 87 or 85, else as 81 or B3 */
	VSC_SM_HEADER_FREE = 1 << 2, /* the header need not be authenticated (by class or DO'89') */
	VSC_SM_SHORTEN = 1 << 3, /* a short command gets as much as fits its protected answer; else
				    the rest comes through 61XX (FORMATS.md, EPASS.md) */
	VSC_SM_MCV = 1 << 4,     /* MACs are chained: each covers the whole one before instead of a
				    counter; the counter makes IVs only (SP 800-73-4 part 2, 4.2) */
	VSC_SM_WHOLE_CHAIN = 1 << 5,  /* what is protected is the sum of a command chain */
	VSC_SM_PLAIN_TOO = 1 << 6,    /* plain commands in between leave the session as it is */
	VSC_SM_INNER_SW = 1 << 7,     /* 99 has the status word; outside, every protected answer is
					 9000 */
	VSC_SM_BARE_COMMAND = 1 << 8, /* commands need no MAC: they prove nothing */
	VSC_SM_BARE_ANSWER = 1 << 9,  /* answers have none: plain, or 87 (85) and 99 */
	VSC_SM_CONTROLS = 1 << 10,    /* commands may say how they are protected: 95, B5, B9, BB
					 (sm_controls.h) */
	VSC_SM_PADDED = 1 << 11,      /* the padding-content indicator of 87 is 01, nothing else */
	/* Doc 9303-11 and TR-03110: everything enciphered and padded, header authenticated */
	VSC_SM_EMRTD = VSC_SM_ENCRYPT_COMMAND | VSC_SM_ENCRYPT_RESPONSE | VSC_SM_PADDED,
	VSC_SM_PIV =
	    VSC_SM_EMRTD | VSC_SM_MCV | VSC_SM_WHOLE_CHAIN | VSC_SM_PLAIN_TOO | VSC_SM_INNER_SW,
};

enum vsc_sm_direction { VSC_SM_COMMAND, VSC_SM_ANSWER };

struct vsc_sm_keys {
	struct vsc_cipher *cipher;  /* NULL: no session */
	struct vsc_cipher *answers; /* MCV: has the MAC key of answers; else NULL */
	uint8_t ssc[VSC_SUITE_BLOCK_MAX];
	uint8_t mcv[2][VSC_SUITE_BLOCK_MAX]; /* MCV: the last whole MAC of each direction */
	unsigned flags;
};

/* {0} is "no session". */
struct vsc_sm {
	struct vsc_sm_keys now;
	struct vsc_sm_keys next;   /* takes over after the answer to the command under way */
	struct vsc_sm_keys *aside; /* then takes what next replaces; NULL: it is forgotten */
	bool busy;                 /* between unwrap and wrap */
	bool controlled;           /* the command under way says how it is protected */
	bool odd_ins;              /* of the command under way: its answer is BER-TLV data */
	vsc_sw absent;             /* to a protected command without a session; 0: 6882 */
};

/*
 * Start a session: keys are set up here, ssc empty is zero. Called while a protected command is
 * under way, its answer still goes out under the old session (TR-03110-3, chip authentication).
 * Either key may be empty only if flags ask for no encryption.
 */
VSC_MUST_CHECK int vsc_sm_start(struct vsc_sm *sm, const struct vsc_suite *suite,
    struct vsc_span enc_key, struct vsc_span mac_key, struct vsc_span ssc, unsigned flags);

/*
 * Several sessions that a terminal changes between (TR-03110-3 F.2), both called while a protected
 * command is under way: its answer is the last under the session that is left. _keep: what that
 * session then is goes to *aside, which must outlive it and is forgotten first. _resume: what was
 * kept, and is taken from *keys, takes over. VSC_E_STATE: no command under way, or nothing in keys.
 */
VSC_MUST_CHECK int vsc_sm_keep(struct vsc_sm *sm, struct vsc_sm_keys *aside);
VSC_MUST_CHECK int vsc_sm_resume(struct vsc_sm *sm, struct vsc_sm_keys *keys);
void vsc_sm_keys_free(struct vsc_sm_keys *keys);

/* A session with VSC_SM_MCV: commands and answers are authenticated with keys of their own. */
VSC_MUST_CHECK int vsc_sm_start_mcv(struct vsc_sm *sm, const struct vsc_suite *suite,
    struct vsc_span enc_key, struct vsc_span mac_key, struct vsc_span answer_mac_key,
    unsigned flags);

/* Forget the session. Called for a plain command inside a session, a failed one, a reset. */
void vsc_sm_end(struct vsc_sm *sm);

static inline bool
vsc_sm_active(const struct vsc_sm *sm)
{
	return sm->now.cipher != NULL;
}

/* Is there a session of this kind? */
/* Does it show that a command comes from who has the keys? */
static inline bool
vsc_sm_proves(const struct vsc_sm *sm)
{
	return vsc_sm_active(sm) && (sm->now.flags & VSC_SM_BARE_COMMAND) == 0;
}

static inline bool
vsc_sm_has(const struct vsc_sm *sm, enum vsc_sm_flags flag)
{
	return vsc_sm_active(sm) && (sm->now.flags & flag) != 0;
}

/*
 * Check and open a protected command. VSC_SW_OK: plain is the command inside, with the class byte
 * freed of its SM bits; its data lies in store or borrows from cmd. Otherwise 6987 or 6988: the
 * session has ended, answer in plain. Without a session: 6882, or what `absent` says.
 */
vsc_sw vsc_sm_unwrap(
    struct vsc_sm *sm, const struct vsc_apdu *cmd, struct vsc_blob *store, struct vsc_apdu *plain);

/* Protect an answer, appended to out without its status word. body must not lie in out. < 0: the
 * session has ended, answer 6F00 in plain. */
VSC_MUST_CHECK int vsc_sm_wrap(
    struct vsc_sm *sm, struct vsc_span body, vsc_sw sw, struct vsc_out *out);

struct vsc_card;

/* The session of the channel of the command under way. */
struct vsc_sm *vsc_card_sm(struct vsc_card *card);

#endif
