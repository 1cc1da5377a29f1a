/*
 * Calls as bytes, between the library and the resource manager of a vicc-run: a length of four
 * bytes and that many. Both ends are of one build and on one machine; what does not parse ends the
 * connection.
 */
#ifndef VSC_PCSC_MESSAGE_H
#define VSC_PCSC_MESSAGE_H

#include "pcsc/call.h"

#define VSC_MESSAGE_HEADER 4u
/* op, no_block, id, arg[3]; or result, ret[2] */
#define VSC_MESSAGE_FIXED 18u
#define VSC_MESSAGE_MAX   (VSC_MESSAGE_HEADER + VSC_MESSAGE_FIXED + VSC_RM_OUT_MAX)

/* The request for a call, header included. Check out->full: call->in is too long. */
void vsc_message_put_call(struct vsc_out *out, const struct vsc_rm_call *call);
/* *call borrows from body; its `out` is left alone. */
VSC_MUST_CHECK int vsc_message_get_call(struct vsc_span body, struct vsc_rm_call *call);

/* The answer, header included; what call->out holds goes with it on success. */
void vsc_message_put_result(struct vsc_out *out, LONG rv, const struct vsc_rm_call *call);
VSC_MUST_CHECK int vsc_message_get_result(struct vsc_span body, LONG *rv, struct vsc_rm_call *call);

/* Of a socket from wire/socket.h, which waits for nobody, one that blocks; -1 if fd is. */
VSC_MUST_CHECK int vsc_message_socket(int fd);

/*
 * One message over a blocking stream socket. Receiving: *body borrows from buf, which holds
 * VSC_MESSAGE_MAX bytes; nothing may follow the message, as each waits for its answer. VSC_E_CLOSED
 * also when the peer went in the middle; VSC_E_IO; VSC_E_FORMAT.
 */
VSC_MUST_CHECK int vsc_message_send(int fd, struct vsc_span message);
VSC_MUST_CHECK int vsc_message_recv(int fd, uint8_t *buf, struct vsc_span *body);

#endif
