/* Calls and results written to and read from a socket, every length checked. */
#include "pcsc/message.h"

#include <errno.h>
#include <fcntl.h>

#include "wire/socket.h"

int
vsc_message_socket(int fd)
{
	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);

	if (flags >= 0 && fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0)
		return fd;
	vsc_socket_close(fd);
	return -1;
}

static size_t
begin(struct vsc_out *out)
{
	size_t start = out->len;

	vsc_out_u32(out, 0);
	return start;
}

static void
end(struct vsc_out *out, size_t start)
{
	struct vsc_out header = vsc_out_from(out->buf + start, VSC_MESSAGE_HEADER);

	if (!out->full)
		vsc_out_u32(&header, (uint32_t)(out->len - start - VSC_MESSAGE_HEADER));
}

void
vsc_message_put_call(struct vsc_out *out, const struct vsc_rm_call *call)
{
	size_t start = begin(out);

	vsc_out_u8(out, (uint8_t)call->op);
	vsc_out_u8(out, call->no_block);
	vsc_out_u32(out, call->id);
	for (size_t i = 0; i < VSC_COUNT(call->arg); i++)
		vsc_out_u32(out, call->arg[i]);
	vsc_out_put(out, call->in);
	end(out, start);
}

int
vsc_message_get_call(struct vsc_span body, struct vsc_rm_call *call)
{
	struct vsc_in in = vsc_in_from(body);
	uint8_t op, no_block;

	if (vsc_in_u8(&in, &op) < 0 || op >= VSC_RM_OPS || vsc_in_u8(&in, &no_block) < 0 ||
	    vsc_in_u32(&in, &call->id) < 0)
		return VSC_E_FORMAT;
	for (size_t i = 0; i < VSC_COUNT(call->arg); i++)
		if (vsc_in_u32(&in, &call->arg[i]) < 0)
			return VSC_E_FORMAT;
	call->op = (enum vsc_rm_op)op;
	call->no_block = no_block != 0;
	call->in = vsc_in_rest(&in);
	return 0;
}

void
vsc_message_put_result(struct vsc_out *out, LONG rv, const struct vsc_rm_call *call)
{
	size_t start = begin(out);

	vsc_out_u32(out, (uint32_t)rv);
	for (size_t i = 0; i < VSC_COUNT(call->ret); i++)
		vsc_out_u32(out, call->ret[i]);
	if (rv == SCARD_S_SUCCESS && call->out != NULL)
		vsc_out_put(out, vsc_out_span(call->out));
	end(out, start);
}

int
vsc_message_get_result(struct vsc_span body, LONG *rv, struct vsc_rm_call *call)
{
	struct vsc_in in = vsc_in_from(body);
	struct vsc_span rest;
	uint32_t result;

	if (vsc_in_u32(&in, &result) < 0)
		return VSC_E_FORMAT;
	for (size_t i = 0; i < VSC_COUNT(call->ret); i++)
		if (vsc_in_u32(&in, &call->ret[i]) < 0)
			return VSC_E_FORMAT;
	*rv = (LONG)result;
	rest = vsc_in_rest(&in);
	if (call->out != NULL)
		vsc_out_put(call->out, rest);
	return call->out != NULL && call->out->full ? VSC_E_SPACE : 0;
}

int
vsc_message_send(int fd, struct vsc_span message)
{
	while (message.len > 0) {
		ssize_t n = send(fd, message.ptr, message.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EPIPE || errno == ECONNRESET ? VSC_E_CLOSED : VSC_E_IO;
		message = vsc_span_slice(message, (size_t)n, message.len);
	}
	return 0;
}

/* At least `want` bytes. */
static int
fill(int fd, uint8_t *buf, size_t *have, size_t want)
{
	while (*have < want) {
		ssize_t n = recv(fd, buf + *have, VSC_MESSAGE_MAX - *have, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 || errno == ECONNRESET ? VSC_E_CLOSED : VSC_E_IO;
		*have += (size_t)n;
	}
	return 0;
}

int
vsc_message_recv(int fd, uint8_t *buf, struct vsc_span *body)
{
	size_t have = 0;
	struct vsc_in in;
	uint32_t len;
	int err;

	if ((err = fill(fd, buf, &have, VSC_MESSAGE_HEADER)) < 0)
		return err;
	in = vsc_in_from(vsc_span_from(buf, have));
	if (vsc_in_u32(&in, &len) < 0 || len > VSC_MESSAGE_MAX - VSC_MESSAGE_HEADER)
		return VSC_E_FORMAT;
	if ((err = fill(fd, buf, &have, VSC_MESSAGE_HEADER + len)) < 0)
		return err;
	if (have != VSC_MESSAGE_HEADER + len)
		return VSC_E_FORMAT;
	*body = vsc_span_from(buf + VSC_MESSAGE_HEADER, len);
	return 0;
}
