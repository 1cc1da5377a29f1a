/* What is done with the card in the other reader: power, commands, taking power in passing. */
#include <string.h>

#include "cards/relay/source_impl.h"

#define PROTOCOLS (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)
#define SERIAL_NO 0x00010103u /* SCARD_ATTR_VENDOR_IFD_SERIAL_NO */

/* --- Work on the card; s->working is held --- */

void
vsc_source_drop_card(struct vsc_source *s, DWORD disposition)
{
	if (s->connected)
		(void)s->pcsc.disconnect(s->handle, disposition);
	s->connected = false;
}

void
vsc_source_drop_context(struct vsc_source *s)
{
	vsc_source_drop_card(s, SCARD_LEAVE_CARD);
	if (s->has_context)
		(void)s->pcsc.release(s->context);
	s->has_context = false;
}

LONG
vsc_source_need_context(struct vsc_source *s)
{
	LONG rv = SCARD_S_SUCCESS;

	if (!s->has_context)
		rv = s->pcsc.establish(SCARD_SCOPE_SYSTEM, NULL, NULL, &s->context);
	s->has_context = rv == SCARD_S_SUCCESS;
	return rv;
}

static void
learn_atr(struct vsc_source *s)
{
	uint8_t atr[MAX_ATR_SIZE];
	DWORD len = sizeof(atr), name_len = 0, state, protocol;

	if (s->pcsc.status(s->handle, NULL, &name_len, &state, &protocol, atr, &len) ==
		SCARD_S_SUCCESS &&
	    len > 0)
		vsc_source_set_atr(s, vsc_span_from(atr, len));
}

/* For us alone, as a card in a reader is; together with others where they had it first. */
static LONG
connect_once(struct vsc_source *s)
{
	LONG rv = vsc_source_need_context(s);

	if (rv != SCARD_S_SUCCESS)
		return rv;
	s->share = SCARD_SHARE_EXCLUSIVE;
	rv = s->pcsc.connect(s->context, s->reader, s->share, PROTOCOLS, &s->handle, &s->protocol);
	if (rv == (LONG)SCARD_E_SHARING_VIOLATION) {
		s->share = SCARD_SHARE_SHARED;
		rv = s->pcsc.connect(
		    s->context, s->reader, s->share, PROTOCOLS, &s->handle, &s->protocol);
	}
	s->connected = rv == SCARD_S_SUCCESS;
	return rv;
}

/* A context does not survive its service: once more with a new one. */
static LONG
connect_card(struct vsc_source *s)
{
	LONG rv = connect_once(s);

	if (rv == (LONG)SCARD_E_NO_SERVICE || rv == (LONG)SCARD_E_INVALID_HANDLE ||
	    rv == (LONG)SCARD_F_COMM_ERROR || rv == (LONG)SCARD_E_SERVICE_STOPPED) {
		vsc_source_drop_context(s);
		rv = connect_once(s);
	}
	if (rv == SCARD_S_SUCCESS)
		learn_atr(s);
	else
		vsc_source_complain(s, "connecting", rv);
	return rv;
}

/* Commands of any length; what the protocol makes of them is the reader's business. */
static LONG
exchange(struct vsc_source *s, struct vsc_span raw, struct vsc_out *out)
{
	SCARD_IO_REQUEST pci = { s->protocol, sizeof(pci) };
	DWORD len = (DWORD)(out->cap - out->len);
	LONG rv = s->pcsc.transmit(
	    s->handle, &pci, raw.ptr, (DWORD)raw.len, NULL, out->buf + out->len, &len);

	if (rv == SCARD_S_SUCCESS)
		out->len += len;
	return rv;
}

static void
power(struct vsc_source *s, DWORD how)
{
	LONG rv = SCARD_E_INVALID_HANDLE;

	if (s->connected)
		rv = s->pcsc.reconnect(s->handle, s->share, PROTOCOLS, how, &s->protocol);
	if (rv == SCARD_S_SUCCESS) {
		learn_atr(s);
		return;
	}
	vsc_source_drop_card(s, SCARD_RESET_CARD);
	/* what cannot be reached will not answer the next command either, and leaves then */
	if (connect_card(s) != SCARD_S_SUCCESS)
		s->connected = false;
}

void
vsc_source_on(struct vsc_source *s, bool warm)
{
	pthread_mutex_lock(&s->working);
	pthread_mutex_lock(&s->lock);
	s->off = false;
	pthread_mutex_unlock(&s->lock);
	power(s, warm ? SCARD_RESET_CARD : SCARD_UNPOWER_CARD);
	pthread_mutex_unlock(&s->working);
}

int
vsc_source_transmit(struct vsc_source *s, struct vsc_span raw, struct vsc_out *out)
{
	LONG rv = SCARD_S_SUCCESS;

	pthread_mutex_lock(&s->working);
	if (!s->connected)
		rv = connect_card(s);
	if (rv == SCARD_S_SUCCESS && (rv = exchange(s, raw, out)) != SCARD_S_SUCCESS) {
		vsc_source_complain(s, "a command", rv);
		vsc_source_drop_card(s, SCARD_RESET_CARD);
	}
	pthread_mutex_unlock(&s->working);
	return rv == SCARD_S_SUCCESS ? 0 : VSC_E_NOT_FOUND;
}

/* A direct connection needs no card; it may be refused while another program has the card. */
void
vsc_source_serial(struct vsc_source *s, struct vsc_out *out)
{
	uint8_t text[MAX_BUFFER_SIZE]; /* pcsc-lite refuses more */
	DWORD len = sizeof(text), protocol;
	SCARDHANDLE handle;

	pthread_mutex_lock(&s->working);
	if (vsc_source_need_context(s) == SCARD_S_SUCCESS &&
	    s->pcsc.connect(s->context, s->reader, SCARD_SHARE_DIRECT, 0, &handle, &protocol) ==
		SCARD_S_SUCCESS) {
		if (s->pcsc.attribute(handle, SERIAL_NO, text, &len) == SCARD_S_SUCCESS)
			vsc_out_put(out, vsc_span_from(text, strnlen((const char *)text, len)));
		(void)s->pcsc.disconnect(handle, SCARD_LEAVE_CARD);
	}
	pthread_mutex_unlock(&s->working);
}

/* --- The hand --- */

static void
take_power(struct vsc_source *s)
{
	bool off;

	pthread_mutex_lock(&s->working);
	pthread_mutex_lock(&s->lock);
	off = s->off;
	s->off = false;
	pthread_mutex_unlock(&s->lock);
	if (off)
		vsc_source_drop_card(s, SCARD_UNPOWER_CARD);
	pthread_mutex_unlock(&s->working);
}

void *
vsc_source_hand(void *ctx)
{
	struct vsc_source *s = ctx;

	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		if (!s->off) {
			pthread_cond_wait(&s->changed, &s->lock);
			continue;
		}
		pthread_mutex_unlock(&s->lock);
		take_power(s);
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

void
vsc_source_off(struct vsc_source *s)
{
	pthread_mutex_lock(&s->lock);
	s->off = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}
