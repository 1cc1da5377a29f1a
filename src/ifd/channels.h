/*
 * Lun -> reader. pcscd calls from many threads and closes a channel while others are inside a call
 * on it, so each user holds a channel between get and put.
 */
#ifndef VSC_IFD_CHANNELS_H
#define VSC_IFD_CHANNELS_H

#include <pthread.h>

#include "ifd/devicename.h"
#include "reader/reader.h"

struct vsc_channel {
	struct vsc_channel *next;
	unsigned long lun;
	unsigned slots;            /* of the reader entry it belongs to */
	int64_t opening;           /* ns that vsc_reader_open took */
	struct vsc_reader *reader; /* never NULL, no member here changes */
	unsigned users;            /* under the lock of the list */

	pthread_mutex_t lock;
	/* under lock */
	uint64_t seen; /* the generation that pcscd's event thread was told last */
	int64_t hold;  /* no bad news before this moment: vsc_channel_power_done */
	bool powered;  /* by pcscd */
	bool polled;   /* it waits in vsc_channel_poll, so we know which thread it is */
	bool news_due; /* it came back from there and did not ask yet */
	pthread_t poller;
};

/* The slot is the lower half of lun. VSC_E_EXISTS: there is one; VSC_E_PARAM: no such slot; or what
 * vsc_reader_open says. */
VSC_MUST_CHECK int vsc_channels_open(unsigned long lun, const struct vsc_devicename *d);

/* NULL: none, or it is being closed. */
struct vsc_channel *vsc_channels_get(unsigned long lun);
void vsc_channels_put(struct vsc_channel *ch);

/* Gets everybody out, then frees. VSC_E_NOT_FOUND */
VSC_MUST_CHECK int vsc_channels_close(unsigned long lun);

/*
 * What pcscd believes. A card that was swapped is reported absent once to pcscd's event thread, and
 * to everybody until then: IFDPowerICC asks too, in any client's thread, and would otherwise take
 * the news away from the one who acts on it.
 */
bool vsc_channel_present(struct vsc_channel *ch);

/* The card that pcscd believes to be in: what a command is meant for. 0 would mean any, so
 * UINT64_MAX, which no card has, when there is none. */
uint64_t vsc_channel_card(struct vsc_channel *ch);

/*
 * To be told after each power action. A client's thread in pcscd, when power-up or reset failed,
 * writes down "there, but mute" without a lock; if its event thread wrote "gone" an instant before,
 * that would never be corrected. So from the question whether a card is there, which precedes the
 * action, until a little after a failure the event thread is not told that the card is gone.
 */
void vsc_channel_power_done(struct vsc_channel *ch, bool ok);

/* Remembered for SCARD_ATTR_ICC_INTERFACE_STATUS. */
void vsc_channel_set_powered(struct vsc_channel *ch, bool powered);
bool vsc_channel_powered(struct vsc_channel *ch);

/* Until something is new to the event thread, which calls this, or vsc_reader_wake. */
void vsc_channel_poll(struct vsc_channel *ch, int ms);

#endif
