/*
 * The cases of PCSC-Lite's reader driver tester, and what pcscd relies on besides: the built
 * libifdvpcd.so is loaded as pcscd loads it, and each IFDH function is called directly. The card is
 * a small one of its own with the commands of the `handler_test` card type, or whichever connects
 * within 5 s to the port given.
 *
 *   ifd_driver DRIVER [PORT]
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <PCSC/ifdhandler.h>
#include <PCSC/pcsclite.h>
#include <PCSC/reader.h>

#define BUFFER 65548 /* pcscd's */

static int failures, checks;

#define CHECK(condition)                                                                \
	do {                                                                            \
		checks++;                                                               \
		if (!(condition)) {                                                     \
			failures++;                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
		}                                                                       \
	} while (0)

/* --- a card ---------------------------------------------------------------------------------- */

static const uint8_t card_atr[] = { 0x3B, 0xD6, 0x18, 0x00, 0x80, 0xB1, 0x80, 0x6D, 0x1F, 0x03,
	0x80, 0x51, 0x00, 0x61, 0x10, 0x30, 0x9E };

struct card {
	int fd;
	uint8_t in[65535], out[65535];
	size_t out_len, waiting;
	pthread_t thread;
};

static bool
read_all(int fd, uint8_t *to, size_t len)
{
	while (len > 0) {
		ssize_t n = read(fd, to, len);

		if (n <= 0)
			return false;
		to += n;
		len -= (size_t)n;
	}
	return true;
}

static void
answer(struct card *c, const uint8_t *data, size_t len)
{
	uint8_t header[2] = { (uint8_t)(len >> 8), (uint8_t)len };

	(void)send(c->fd, header, 2, MSG_NOSIGNAL | MSG_MORE);
	(void)send(c->fd, data, len, MSG_NOSIGNAL);
}

static void
pattern(struct card *c, size_t len, int fixed)
{
	for (size_t i = 0; i < len; i++)
		c->out[i] = fixed >= 0 ? (uint8_t)fixed : (uint8_t)i;
	c->out_len = len;
}

/* Case 4 without Le is its TPDU form: the data waits for GET RESPONSE. */
static bool
tpdu(struct card *c, size_t len)
{
	if (len >= 5 && c->in[1] == 0x36 && len == 5u + c->in[4]) {
		c->waiting = (size_t)c->in[2] << 8 | c->in[3];
		answer(c, (uint8_t[]){ 0x61, c->waiting > 255 ? 0 : (uint8_t)c->waiting }, 2);
		return true;
	}
	if (len == 5 && c->in[1] == 0xC0) {
		pattern(c, c->waiting, -1);
		c->out[c->out_len++] = 0x90;
		c->out[c->out_len++] = 0x00;
		answer(c, c->out, c->out_len);
		return true;
	}
	return false;
}

/* Time request, case 2 and 4 of one length byte, case 2 extended, and 9000 to all else. */
static void
command(struct card *c, size_t len)
{
	c->out_len = 0;
	if (tpdu(c, len))
		return;
	if (len >= 4 && c->in[0] == 0x80 && c->in[1] == 0x38)
		sleep(c->in[3]);
	else if (len >= 4 && c->in[0] == 0x80 && (c->in[1] == 0x34 || c->in[1] == 0x36))
		pattern(c, (size_t)c->in[2] << 8 | c->in[3], -1);
	else if (len == 7 && c->in[0] == 0x80 && c->in[1] == 0x00 && c->in[2] == 0x04)
		pattern(c, (size_t)c->in[5] << 8 | c->in[6], 0x42);
	c->out[c->out_len++] = 0x90;
	c->out[c->out_len++] = 0x00;
	answer(c, c->out, c->out_len);
}

static void *
card_main(void *arg)
{
	struct card *c = arg;
	uint8_t header[2];

	while (read_all(c->fd, header, 2)) {
		size_t len = (size_t)header[0] << 8 | header[1];

		if (!read_all(c->fd, c->in, len))
			break;
		if (len == 1 && c->in[0] == 4)
			answer(c, card_atr, sizeof(card_atr));
		else if (len > 1)
			command(c, len);
	}
	close(c->fd);
	return NULL;
}

static int
dial(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("ifd_driver: connect");
		exit(1);
	}
	return fd;
}

static struct card *
insert(uint16_t port)
{
	struct card *c = calloc(1, sizeof(*c));

	if (c == NULL)
		exit(1);
	c->fd = dial(port);
	pthread_create(&c->thread, NULL, card_main, c);
	return c;
}

static void
take_out(struct card *c)
{
	if (c == NULL)
		return;
	shutdown(c->fd, SHUT_RDWR);
	pthread_join(c->thread, NULL);
	free(c);
}

/* --- the driver ------------------------------------------------------------------------------ */

static struct {
	RESPONSECODE (*create_by_name)(DWORD, LPSTR);
	RESPONSECODE (*create)(DWORD, DWORD);
	RESPONSECODE (*close)(DWORD);
	RESPONSECODE (*get)(DWORD, DWORD, PDWORD, PUCHAR);
	RESPONSECODE (*set)(DWORD, DWORD, DWORD, PUCHAR);
	RESPONSECODE (*protocol)(DWORD, DWORD, UCHAR, UCHAR, UCHAR, UCHAR);
	RESPONSECODE (*power)(DWORD, DWORD, PUCHAR, PDWORD);
	RESPONSECODE(*transmit)
	(DWORD, SCARD_IO_HEADER, PUCHAR, DWORD, PUCHAR, PDWORD, PSCARD_IO_HEADER);
	RESPONSECODE (*presence)(DWORD);
	RESPONSECODE (*control)(DWORD, DWORD, PUCHAR, DWORD, PUCHAR, DWORD, LPDWORD);
} ifd;

/* POSIX gives functions as data pointers */
static void
load(const char *driver)
{
	const struct {
		const char *name;
		void *slot;
	} names[] = {
		{ "IFDHCreateChannelByName", &ifd.create_by_name },
		{ "IFDHCreateChannel", &ifd.create },
		{ "IFDHCloseChannel", &ifd.close },
		{ "IFDHGetCapabilities", &ifd.get },
		{ "IFDHSetCapabilities", &ifd.set },
		{ "IFDHSetProtocolParameters", &ifd.protocol },
		{ "IFDHPowerICC", &ifd.power },
		{ "IFDHTransmitToICC", &ifd.transmit },
		{ "IFDHICCPresence", &ifd.presence },
		{ "IFDHControl", &ifd.control },
	};
	void *lib = dlopen(driver, RTLD_NOW | RTLD_LOCAL);

	if (lib == NULL) {
		fprintf(stderr, "ifd_driver: %s\n", dlerror());
		exit(1);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		void *symbol = dlsym(lib, names[i].name);

		if (symbol == NULL) {
			fprintf(stderr, "ifd_driver: %s is missing\n", names[i].name);
			exit(1);
		}
		*(void **)names[i].slot = symbol;
	}
}

static bool
await(DWORD lun, RESPONSECODE want)
{
	for (int i = 0; i < 5000; i++) {
		if (ifd.presence(lun) == want)
			return true;
		usleep(1000);
	}
	return false;
}

static uint8_t rsp[BUFFER];

static RESPONSECODE
transmit(DWORD lun, const uint8_t *cmd, size_t len, DWORD *rsp_len)
{
	SCARD_IO_HEADER send = { 1, sizeof(send) }, recv = { 1, sizeof(recv) };
	static uint8_t copy[BUFFER * 2];

	memcpy(copy, cmd, len);
	*rsp_len = BUFFER;
	return ifd.transmit(lun, send, copy, len, rsp, rsp_len, &recv);
}

/* Case 1 to 4, short or extended; want data bytes of the pattern, then 9000. */
static void
check_command(DWORD lun, const uint8_t *cmd, size_t len, size_t want, int fixed)
{
	DWORD got;
	RESPONSECODE rv = transmit(lun, cmd, len, &got);

	CHECK(rv == IFD_SUCCESS);
	CHECK(got == want + 2);
	if (rv != IFD_SUCCESS || got != want + 2)
		return;
	CHECK(rsp[want] == 0x90 && rsp[want + 1] == 0x00);
	for (size_t i = 0; i < want; i++) {
		bool right_data = rsp[i] == (fixed >= 0 ? (uint8_t)fixed : (uint8_t)i);

		CHECK(right_data);
		if (!right_data)
			return;
	}
}

static void
run_commands(DWORD lun)
{
	static const uint8_t select[] = { 0x00, 0xA4, 0x04, 0x00, 0x06, 0xA0, 0x00, 0x00, 0x00,
		0x18, 0x50 };
	static const uint8_t select_ff[] = { 0x00, 0xA4, 0x04, 0x00, 0x06, 0xA0, 0x00, 0x00, 0x00,
		0x18, 0xFF };
	static const uint8_t case1[] = { 0x80, 0x30, 0x00, 0x00 };
	static const uint8_t wait1[] = { 0x80, 0x38, 0x00, 0x01 };
	static uint8_t cmd[BUFFER];
	static const uint16_t lengths[] = { 1, 2, 127, 128, 254, 255, 256 };

	check_command(lun, select, sizeof(select), 0, -1);
	check_command(lun, select_ff, sizeof(select_ff), 0, -1);
	check_command(lun, case1, sizeof(case1), 0, -1);
	check_command(lun, wait1, sizeof(wait1), 0, -1);
	for (size_t i = 1; i < 256; i++) { /* case 3 short, all lengths */
		cmd[0] = 0x80, cmd[1] = 0x32, cmd[2] = cmd[3] = 0, cmd[4] = (uint8_t)i;
		check_command(lun, cmd, 5 + i, 0, -1);
	}
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) { /* case 2 and 4 */
		uint16_t n = lengths[i];

		cmd[0] = 0x80, cmd[1] = 0x34, cmd[2] = (uint8_t)(n >> 8), cmd[3] = (uint8_t)n;
		cmd[4] = (uint8_t)n;
		check_command(lun, cmd, 5, n, -1);
		cmd[1] = 0x36, cmd[4] = 0x01, cmd[5] = 0xAA, cmd[6] = (uint8_t)n;
		check_command(lun, cmd, 7, n, -1);
	}
	/* case 3 extended, with the longest data that fits a frame */
	for (size_t n = 256; n <= 65528; n = n * 4 > 65528 && n < 65528 ? 65528 : n * 4) {
		cmd[0] = 0x80, cmd[1] = 0x12, cmd[2] = 0x01, cmd[3] = 0x80, cmd[4] = 0;
		cmd[5] = (uint8_t)(n >> 8), cmd[6] = (uint8_t)n;
		check_command(lun, cmd, 7 + n, 0, -1);
	}
	for (size_t n = 256; n <= 65533; n = n * 4 > 65533 && n < 65533 ? 65533 : n * 4) {
		static uint8_t case2[7] = { 0x80, 0x00, 0x04, 0x42, 0x00 };

		case2[5] = (uint8_t)(n >> 8), case2[6] = (uint8_t)n;
		check_command(lun, case2, sizeof(case2), n, 0x42);
	}
}

/* Case 4 in TPDU form: 61xx, then GET RESPONSE. */
static void
run_tpdus(DWORD lun)
{
	uint8_t cmd[5 + 255], get[] = { 0x80, 0xC0, 0x00, 0x00, 0x00 };
	DWORD got;

	for (size_t n = 1; n < 256; n++) {
		size_t back = 256 - n;

		cmd[0] = 0x80, cmd[1] = 0x36, cmd[2] = 0, cmd[3] = (uint8_t)back;
		cmd[4] = (uint8_t)n;
		for (size_t i = 0; i < n; i++)
			cmd[5 + i] = (uint8_t)i;
		CHECK(transmit(lun, cmd, 5 + n, &got) == IFD_SUCCESS);
		CHECK(got == 2 && rsp[0] == 0x61 && rsp[1] == (uint8_t)back);
		get[4] = rsp[1];
		check_command(lun, get, sizeof(get), back, -1);
	}
}

static void
test_refusals(DWORD lun)
{
	static uint8_t cmd[BUFFER * 2];
	DWORD got;

	CHECK(transmit(lun, cmd, 0, &got) != IFD_SUCCESS && got == 0);
	CHECK(transmit(lun, cmd, 1, &got) != IFD_SUCCESS && got == 0);
	CHECK(transmit(lun, cmd, 65536, &got) != IFD_SUCCESS && got == 0);
	CHECK(transmit(lun, cmd, 70000, &got) != IFD_SUCCESS && got == 0);
	CHECK(transmit(lun, cmd, 65535, &got) == IFD_SUCCESS && got == 2);
	CHECK(transmit(0x00FE0000, cmd, 5, &got) == IFD_COMMUNICATION_ERROR);
}

static void
test_power(DWORD lun)
{
	static const DWORD on[] = { IFD_POWER_UP, IFD_RESET };
	uint8_t atr[MAX_ATR_SIZE];
	DWORD len;

	for (size_t i = 0; i < 2; i++) {
		len = sizeof(atr);
		CHECK(ifd.power(lun, on[i], atr, &len) == IFD_SUCCESS);
		CHECK(len == sizeof(card_atr) && memcmp(atr, card_atr, len) == 0);
	}
	len = sizeof(atr);
	CHECK(ifd.power(lun, IFD_POWER_DOWN, atr, &len) == IFD_SUCCESS);
	CHECK(len == 0);
	CHECK(ifd.presence(lun) == IFD_ICC_PRESENT);
	len = sizeof(atr);
	CHECK(ifd.power(lun, 12345, atr, &len) == IFD_NOT_SUPPORTED);
	len = sizeof(atr);
	CHECK(ifd.power(lun, IFD_POWER_UP, atr, &len) == IFD_SUCCESS);
	CHECK(ifd.protocol(lun, SCARD_PROTOCOL_T0, 0, 0, 0, 0) == IFD_SUCCESS);
	CHECK(ifd.protocol(lun, SCARD_PROTOCOL_T1, 0, 0, 0, 0) == IFD_SUCCESS);
	CHECK(ifd.protocol(lun, SCARD_PROTOCOL_RAW, 0, 0, 0, 0) == IFD_PROTOCOL_NOT_SUPPORTED);
}

static void
test_capabilities(DWORD lun)
{
	static const struct {
		DWORD tag;
		uint8_t value;
	} bytes[] = {
		{ TAG_IFD_SLOTS_NUMBER, 2 },
		{ TAG_IFD_THREAD_SAFE, 1 },
		{ TAG_IFD_SLOT_THREAD_SAFE, 1 },
		{ SCARD_ATTR_ICC_PRESENCE, 2 },
		{ SCARD_ATTR_ICC_INTERFACE_STATUS, 1 },
	};
	static const DWORD unknown[] = { 0, 0x1234, TAG_IFD_POLLING_THREAD_KILLABLE,
		SCARD_ATTR_DEVICE_FRIENDLY_NAME_A, SCARD_ATTR_CHANNEL_ID, TAG_IFD_POLLING_THREAD };
	uint8_t value[300];
	DWORD len;

	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		len = sizeof(value);
		CHECK(ifd.get(lun, bytes[i].tag, &len, value) == IFD_SUCCESS);
		CHECK(len == 1 && value[0] == bytes[i].value);
		len = 0;
		CHECK(ifd.get(lun, bytes[i].tag, &len, value) == IFD_ERROR_INSUFFICIENT_BUFFER);
		CHECK(ifd.set(lun, bytes[i].tag, 1, value) == IFD_ERROR_VALUE_READ_ONLY);
	}
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		len = 77;
		CHECK(ifd.get(lun, unknown[i], &len, value) == IFD_ERROR_TAG);
		CHECK(len == 77);
		CHECK(ifd.set(lun, unknown[i], 1, value) == IFD_ERROR_TAG);
	}
	len = 1;
	CHECK(
	    ifd.get(lun, TAG_IFD_SIMULTANEOUS_ACCESS, &len, value) == IFD_SUCCESS && value[0] > 1);
	len = sizeof(value);
	CHECK(ifd.get(lun, TAG_IFD_ATR, &len, value) == IFD_SUCCESS);
	CHECK(len == sizeof(card_atr) && memcmp(value, card_atr, len) == 0);
	len = sizeof(value);
	CHECK(ifd.get(lun, SCARD_ATTR_ATR_STRING, &len, value) == IFD_SUCCESS);
	CHECK(len == sizeof(card_atr) && memcmp(value, card_atr, len) == 0);
	len = sizeof(value);
	CHECK(ifd.get(lun, SCARD_ATTR_VENDOR_NAME, &len, value) == IFD_SUCCESS);
	CHECK(len > 1 && value[len - 1] == 0);
	len = sizeof(value);
	CHECK(ifd.get(lun, SCARD_ATTR_MAXINPUT, &len, value) == IFD_SUCCESS && len == 4);
}

static uint32_t
big_endian(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void
test_control(DWORD lun)
{
	uint8_t out[300];
	DWORD len = 0, code;
	uint32_t size = 0;

	CHECK(ifd.control(lun, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, out, sizeof(out), &len) ==
	      IFD_SUCCESS);
	CHECK(len == 6 && out[0] == FEATURE_GET_TLV_PROPERTIES && out[1] == 4);
	code = big_endian(out + 2);
	CHECK(ifd.control(lun, code, NULL, 0, out, sizeof(out), &len) == IFD_SUCCESS);
	for (DWORD at = 0; at + 2 <= len; at += 2u + out[at + 1]) {
		if (out[at] == PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize && out[at + 1] == 4)
			size = out[at + 2] | (uint32_t)out[at + 3] << 8 |
			       (uint32_t)out[at + 4] << 16 | (uint32_t)out[at + 5] << 24;
	}
	CHECK(size == 65526);
	CHECK(ifd.control(lun, code, NULL, 0, out, 1, &len) == IFD_ERROR_INSUFFICIENT_BUFFER);
	CHECK(ifd.control(lun, 0x42000001, NULL, 0, out, sizeof(out), &len) ==
	      IFD_ERROR_NOT_SUPPORTED);
	CHECK(len == 0);
}

/* --- the polling thread ---------------------------------------------------------------------- */

typedef RESPONSECODE poll_fn(DWORD, int);
typedef RESPONSECODE stop_fn(DWORD);

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

struct poller {
	pthread_t thread;
	poll_fn *poll;
	DWORD lun;
	int ms;
	RESPONSECODE rv, seen;
	double took;
};

static void *
poller_main(void *arg)
{
	struct poller *p = arg;
	double start = now();

	p->rv = p->poll(p->lun, p->ms);
	p->took = now() - start;
	p->seen = ifd.presence(p->lun);
	return NULL;
}

static void *
asker_main(void *arg)
{
	struct poller *p = arg;

	p->seen = ifd.presence(p->lun);
	return NULL;
}

static void
poller_start(struct poller *p)
{
	pthread_create(&p->thread, NULL, poller_main, p);
	usleep(50000);
}

static void
poller_end(struct poller *p, RESPONSECODE seen)
{
	pthread_join(p->thread, NULL);
	CHECK(p->rv == IFD_SUCCESS);
	CHECK(p->took < 60); /* of ten minutes */
	CHECK(p->seen == seen);
}

static void
test_polling(DWORD lun, uint16_t port)
{
	struct poller p = { .lun = lun, .ms = 600000 };
	DWORD len = sizeof(p.poll);
	stop_fn *stop;
	struct card *card, *other;
	double start;

	CHECK(ifd.get(lun, TAG_IFD_POLLING_THREAD_WITH_TIMEOUT, &len, (PUCHAR)&p.poll) ==
	      IFD_SUCCESS);
	CHECK(len == sizeof(p.poll));
	CHECK(ifd.get(lun, TAG_IFD_STOP_POLLING_THREAD, &len, (PUCHAR)&stop) == IFD_SUCCESS);
	CHECK(ifd.presence(lun) == IFD_ICC_NOT_PRESENT);

	start = now(); /* this thread is the event thread for a while */
	CHECK(p.poll(lun, 100) == IFD_SUCCESS && now() - start >= 0.1);
	CHECK(ifd.presence(lun) == IFD_ICC_NOT_PRESENT);
	stop(lun); /* before it waits */
	CHECK(p.poll(lun, 600000) == IFD_SUCCESS && now() - start < 5);
	start = now();
	CHECK(p.poll(lun, 100) == IFD_SUCCESS && now() - start >= 0.1); /* once is once */

	poller_start(&p);
	stop(lun);
	poller_end(&p, IFD_ICC_NOT_PRESENT);
	poller_start(&p);
	card = insert(port);
	poller_end(&p, IFD_ICC_PRESENT);
	poller_start(&p);
	take_out(card);
	poller_end(&p, IFD_ICC_NOT_PRESENT);

	/* a swap between two polls: whoever asks meanwhile, the event thread hears of the gap */
	card = insert(port);
	CHECK(p.poll(lun, 5000) == IFD_SUCCESS);
	CHECK(ifd.presence(lun) == IFD_ICC_PRESENT);
	take_out(card);
	other = insert(port);
	usleep(200000);
	pthread_create(&p.thread, NULL, asker_main, &p);
	pthread_join(p.thread, NULL);
	CHECK(p.seen == IFD_ICC_NOT_PRESENT);
	CHECK(p.poll(lun, 600000) == IFD_SUCCESS);
	CHECK(ifd.presence(lun) == IFD_ICC_NOT_PRESENT);
	CHECK(ifd.presence(lun) == IFD_ICC_NOT_PRESENT); /* IFDPowerICC asks once more */
	CHECK(p.poll(lun, 600000) == IFD_SUCCESS);
	CHECK(ifd.presence(lun) == IFD_ICC_PRESENT);
	take_out(other);
	CHECK(p.poll(lun, 5000) == IFD_SUCCESS);
	CHECK(ifd.presence(lun) == IFD_ICC_NOT_PRESENT);
}

/* --- closing beside a call ------------------------------------------------------------------- */

struct caller {
	pthread_t thread;
	DWORD lun;
	RESPONSECODE rv;
};

static void *
caller_main(void *arg)
{
	static const uint8_t wait9[] = { 0x80, 0x38, 0x00, 0x09 };
	struct caller *c = arg;
	DWORD len;

	c->rv = transmit(c->lun, wait9, sizeof(wait9), &len);
	return NULL;
}

static void
test_close(DWORD lun, uint16_t port)
{
	struct caller call = { .lun = lun };
	struct poller p = { .lun = lun, .ms = 600000 };
	DWORD len = sizeof(p.poll);
	int fd;
	uint8_t ask[3];
	double start;

	fd = dial(port); /* a card that answers nothing but its first ATR */
	CHECK(read_all(fd, ask, 3));
	CHECK(send(fd, "\0\2\x3B\0", 4, 0) == 4);
	CHECK(ifd.get(lun, TAG_IFD_POLLING_THREAD_WITH_TIMEOUT, &len, (PUCHAR)&p.poll) ==
	      IFD_SUCCESS);
	CHECK(p.poll(lun, 5000) == IFD_SUCCESS);
	CHECK(ifd.presence(lun) == IFD_ICC_PRESENT);
	pthread_create(&call.thread, NULL, caller_main, &call);
	poller_start(&p);
	start = now();
	CHECK(ifd.close(lun) == IFD_SUCCESS);
	CHECK(now() - start < 1);
	pthread_join(call.thread, NULL);
	pthread_join(p.thread, NULL);
	CHECK(call.rv != IFD_SUCCESS);
	CHECK(ifd.close(lun) != IFD_SUCCESS);
	CHECK(ifd.presence(lun) == IFD_COMMUNICATION_ERROR);
	CHECK(p.poll(lun, 600000) != IFD_SUCCESS);
	close(fd);
}

/* Several entries: the upper half of Lun. */
static void
test_entries(uint16_t port)
{
	char first[64], second[64], bad[64];
	DWORD luns[] = { 0, 1, 0x10000, 0x10001 };
	uint16_t ports[] = { port, (uint16_t)(port + 1), (uint16_t)(port + 2),
		(uint16_t)(port + 3) };
	struct card *cards[4];

	snprintf(first, sizeof(first), "/dev/null:%u:slots=2", ports[0]);
	snprintf(second, sizeof(second), "\"/dev/null:0x%x:slots=2\"", ports[2]);
	snprintf(bad, sizeof(bad), "/dev/null:%u:slots=1", port + 4);
	for (size_t i = 0; i < 4; i++)
		CHECK(ifd.create_by_name(luns[i], i < 2 ? first : second) == IFD_SUCCESS);
	CHECK(ifd.create_by_name(0, first) != IFD_SUCCESS);
	CHECK(ifd.create_by_name(0x20001, bad) != IFD_SUCCESS); /* it has one slot */
	CHECK(ifd.create(0x30000, 0) != IFD_SUCCESS);
	for (size_t i = 0; i < 4; i++) {
		cards[i] = insert(ports[i]);
		CHECK(await(luns[i], IFD_ICC_PRESENT));
		for (size_t k = i + 1; k < 4; k++)
			CHECK(ifd.presence(luns[k]) == IFD_ICC_NOT_PRESENT);
	}
	for (size_t i = 0; i < 4; i++) {
		take_out(cards[i]);
		CHECK(await(luns[i], IFD_ICC_NOT_PRESENT));
		CHECK(ifd.close(luns[i]) == IFD_SUCCESS);
	}
}

/* A card that is there must be PRESENT as soon as the channel is. */
static void *
wait_for_reader(void *arg)
{
	struct card *c = arg;
	int server = c->fd;

	c->fd = accept(server, NULL, NULL);
	close(server);
	return card_main(c);
}

static void
test_reversed(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	char name[64];
	struct card *c = calloc(1, sizeof(*c));
	int one = 1;

	if (c == NULL)
		exit(1);
	snprintf(name, sizeof(name), "127.0.0.1:%u:slots=1", port);
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(c->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	CHECK(bind(c->fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(c->fd, 1) == 0);
	pthread_create(&c->thread, NULL, wait_for_reader, c);
	CHECK(ifd.create_by_name(7, name) != IFD_SUCCESS); /* no slot 7 */
	CHECK(ifd.create_by_name(0, name) == IFD_SUCCESS);
	CHECK(ifd.presence(0) == IFD_ICC_PRESENT);
	test_power(0);
	run_commands(0);
	CHECK(ifd.close(0) == IFD_SUCCESS);
	pthread_join(c->thread, NULL);
	free(c);
}

/* A host that accepts and says nothing holds up the start of all its slots once, not each. */
static void
test_silent_host(uint16_t port)
{
	char name[100];
	int fds[3], one = 1;
	double start;

	for (unsigned i = 0; i < 3; i++) {
		struct sockaddr_in at = { .sin_family = AF_INET,
			.sin_port = htons((uint16_t)(port + i)),
			.sin_addr = { htonl(INADDR_LOOPBACK) } };

		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
		setsockopt(fds[i], SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		CHECK(bind(fds[i], (struct sockaddr *)&at, sizeof(at)) == 0);
		CHECK(listen(fds[i], 5) == 0);
	}
	snprintf(name, sizeof(name), "127.0.0.1:%u:slots=3:connect-timeout=2", port);
	start = now();
	for (DWORD lun = 0x50000; lun < 0x50003; lun++) {
		CHECK(ifd.create_by_name(lun, name) == IFD_SUCCESS);
		CHECK(ifd.presence(lun) == IFD_ICC_NOT_PRESENT);
	}
	CHECK(now() - start >= 1.99 && now() - start < 5); /* once, not three times */
	for (DWORD lun = 0x50000; lun < 0x50003; lun++)
		CHECK(ifd.close(lun) == IFD_SUCCESS);
	for (unsigned i = 0; i < 3; i++)
		close(fds[i]);
}

int
main(int argc, char **argv)
{
	/* below the range that outgoing connections take theirs from */
	uint16_t port = (uint16_t)(20000 + getpid() % 1200 * 10);
	struct card *card = NULL;

	if (argc < 2) {
		fprintf(stderr, "usage: ifd_driver DRIVER [PORT]\n");
		return 2;
	}
	if (argc > 2)
		port = (uint16_t)atoi(argv[2]);
	load(argv[1]);
	CHECK(ifd.create(0, port) == IFD_SUCCESS);
	CHECK(ifd.presence(0) == IFD_ICC_NOT_PRESENT || argc > 2);
	if (argc == 2)
		card = insert(port);
	CHECK(await(0, IFD_ICC_PRESENT));
	test_power(0);
	test_capabilities(0);
	test_control(0);
	run_commands(0);
	run_tpdus(0);
	if (argc == 2) {
		test_refusals(0);
		take_out(card);
		CHECK(await(0, IFD_ICC_NOT_PRESENT));
		test_polling(0, port);
		test_close(0, port);
		test_entries((uint16_t)(port + 1));
		test_reversed((uint16_t)(port + 6));
		test_silent_host((uint16_t)(port + 7));
	} else {
		CHECK(ifd.close(0) == IFD_SUCCESS);
	}
	printf("%d checks, %d failed\n", checks, failures);
	return failures == 0 ? 0 : 1;
}
