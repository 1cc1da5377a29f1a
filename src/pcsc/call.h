/*
 * What the PC/SC functions ask of a resource manager, as one record: the manager in this process
 * takes it as it is (manager.h), the one of a vicc-run gets it over a socket (remote.h, server.h).
 */
#ifndef VSC_PCSC_CALL_H
#define VSC_PCSC_CALL_H

#include "base/bytes.h"
#include "pcsc/include/PCSC/winscard.h"

enum vsc_rm_op {
	/*                     id       arg                                  ret         out */
	VSC_RM_ESTABLISH,  /*           scope                                context         */
	VSC_RM_RELEASE,    /*  context                                                       */
	VSC_RM_VALID,      /*  context                                                       */
	VSC_RM_STATES,     /*  context                             sequence, cancels  states */
	VSC_RM_WAIT,       /*  context  sequence, ms (~0: no limit), cancels                 */
	VSC_RM_CANCEL,     /*  context                                                       */
	VSC_RM_CONNECT,    /*  context  share, protocols; in: name      card, protocol       */
	VSC_RM_RECONNECT,  /*  card     share, protocols, initialization     protocol        */
	VSC_RM_DISCONNECT, /*  card     disposition                                          */
	VSC_RM_BEGIN,      /*  card                                                          */
	VSC_RM_END,        /*  card     disposition                                          */
	VSC_RM_STATUS,     /*  card                                                    state */
	VSC_RM_TRANSMIT,   /*  card     protocol; in: command                         answer */
	VSC_RM_CONTROL,    /*  card     code; in                                      answer */
	VSC_RM_GET_ATTRIB, /*  card     attribute                                      value */
	VSC_RM_SET_ATTRIB, /*  card     attribute; in: value                                 */
	VSC_RM_ATTACH,     /*  context: this connection serves it too (remote only)          */
	VSC_RM_OPS,
};

struct vsc_rm_call {
	enum vsc_rm_op op;
	uint32_t id;
	uint32_t arg[3];
	bool no_block;      /* a transaction of another handle: SCARD_E_SHARING_VIOLATION */
	struct vsc_span in; /* borrowed for the call */
	uint32_t ret[2];
	struct vsc_out *out; /* VSC_RM_OUT_MAX bytes, for the calls that fill it */
};

/* The longest answer: 65535 bytes, or the states of many readers. */
#define VSC_RM_OUT_MAX 65536u
#define VSC_RM_FOREVER UINT32_MAX

/* One reader's state as SCardStatus and SCardGetStatusChange see it. */
struct vsc_rm_state {
	char name[MAX_READERNAME];
	uint32_t state;    /* SCARD_PRESENT and the like */
	uint32_t counter;  /* insertions and removals, modulo 65536 */
	uint32_t protocol; /* SCARD_PROTOCOL_UNDEFINED until one is agreed */
	int32_t sharing;   /* handles, or VSC_RM_EXCLUSIVE */
	uint8_t atr[MAX_ATR_SIZE];
	size_t atr_len;
};

#define VSC_RM_EXCLUSIVE (-1)

/* Check out->full. */
void vsc_rm_state_put(struct vsc_out *out, const struct vsc_rm_state *state);
VSC_MUST_CHECK int vsc_rm_state_get(struct vsc_in *in, struct vsc_rm_state *state);

#endif
