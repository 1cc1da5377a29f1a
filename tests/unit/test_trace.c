/* Traces as files: what is in them, who may read them, and that they are transcripts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "iso/transcript.h"
#include "test.h"
#include "vicc/pcapng.h"
#include "vicc/trace.h"

static const struct vsc_option options[] = {
	{ "pin", 0, VSC_OPTION_VALUE, false, "PIN", "the PIN" },
	{ "fast", 0, VSC_OPTION_FLAG, false, NULL, "quickly" },
};
static const struct vsc_card_type type = {
	.name = "sample", .options = options, .noptions = VSC_COUNT(options)
};

static void
record(struct vsc_trace *trace)
{
	static const struct vsc_param items[] = { { "port", "7" }, { "pin", "1234" },
		{ "fast", "" } };
	const struct vsc_params params = { items, VSC_COUNT(items) };

	vsc_trace_card(trace, NULL, &type, &params);
	vsc_trace_random(trace, VSC_BYTES(0x01, 0x02));
	vsc_trace_atr(trace, VSC_BYTES(0x3B, 0x00));
	vsc_trace_event(trace, VSC_EVENT_ON);
	vsc_trace_random(trace, VSC_BYTES(0x0A));
	vsc_trace_random(trace, VSC_BYTES(0x0B));
	vsc_trace_time(trace, 1795262400);
	vsc_trace_exchange(
	    trace, VSC_BYTES(0x00, 0x84, 0x00, 0x00, 0x02), VSC_BYTES(0x0A, 0x0B, 0x90, 0x00));
	vsc_trace_time(trace, 1795262400);
	vsc_trace_exchange(trace, VSC_BYTES(0x00, 0xA4, 0x00, 0x00), VSC_BYTES(0x90, 0x00));
	vsc_trace_event(trace, VSC_EVENT_RESET);
	vsc_trace_event(trace, VSC_EVENT_OFF);
}

static size_t
slurp(const char *path, char *buf, size_t cap)
{
	FILE *file = fopen(path, "r");
	size_t n;

	assert_non_null(file);
	n = fread(buf, 1, cap - 1, file);
	fclose(file);
	buf[n] = '\0';
	return n;
}

static void
test_text(void **state)
{
	static const char want[] = "@ type sample\n"
				   "@ option --pin=1234\n"
				   "@ option --fast\n"
				   "@ random 01 02\n"
				   "! atr\n"
				   "< 3B 00\n"
				   "! on\n"
				   "@ time 2026-11-21T12:00:00Z\n"
				   "@ random 0A 0B\n"
				   "> 00 84 00 00 02\n"
				   "< 0A 0B 90 00\n"
				   "> 00 A4 00 00\n"
				   "< 90 00\n"
				   "! reset\n"
				   "! off\n";
	char path[] = "/tmp/vsc-trace-XXXXXX", text[1000];
	struct vsc_trace *trace;
	struct stat st;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0644), 0);
	close(fd);
	assert_int_equal(vsc_trace_open(&trace, path, NULL), 0);
	record(trace);
	vsc_trace_close(trace);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	slurp(path, text, sizeof(text));
	unlink(path);
	assert_int_equal(text[0], '#');
	assert_non_null(strstr(text, "PIN"));
	assert_string_equal(strchr(text, '\n') + 1, want);
}

/* tests/system/vicc.py asks tshark; here the block structure. */
static void
test_pcapng(void **state)
{
	char dir[] = "/tmp/vsc-trace-XXXXXX", path[64], bytes[1000];
	struct vsc_trace *trace;
	struct vsc_in in;
	uint32_t kind, len, tail;
	size_t n, blocks = 0;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.pcapng", dir);
	assert_int_equal(vsc_trace_open(&trace, path, NULL), 0);
	record(trace);
	vsc_trace_close(trace);
	n = slurp(path, bytes, sizeof(bytes));
	unlink(path);
	rmdir(dir);
	in = vsc_in_from(vsc_span_from(bytes, n));
	for (; vsc_in_left(&in) > 0; blocks++) {
		assert_int_equal(vsc_in_u32(&in, &kind), 0);
		assert_int_equal(vsc_in_u32(&in, &len), 0);
		assert_int_equal(len % 4, 0);
		assert_int_equal(kind, blocks == 0 ? 0x0A0D0D0A : blocks == 1 ? 1 : 6);
		assert_int_equal(vsc_in_skip(&in, len - 12), 0);
		assert_int_equal(vsc_in_u32(&in, &tail), 0);
		assert_int_equal(tail, len);
	}
	assert_int_equal(blocks, 2 + 4);
}

/* block type and length, interface, time, two lengths; dissector; direction; end; bytes, padding */
static const struct vsc_span packet = BYTES(0, 0, 0, 6, 0, 0, 0, 60, 0, 0, 0, 0, /* */
    0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 26, 0, 0, 0, 26,                            /* */
    0, 12, 0, 8, 'i', 's', 'o', '7', '8', '1', '6', 0, 0, 35, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0x90,
    0x00, 0, 0, 0, 0, 0, 60);

static void
test_packet(void **state)
{
	uint8_t buf[100];
	struct vsc_out out = vsc_out_from(buf, sizeof(buf));

	(void)state;
	vsc_pcapng_packet(&out, "iso7816", VSC_PCAPNG_ANSWER, 0x100000002u, VSC_BYTES(0x90, 0x00));
	assert_span_equal(vsc_out_span(&out), packet);
}

static void
test_no_place(void **state)
{
	struct vsc_trace *trace;

	(void)state;
	assert_int_equal(vsc_trace_open(&trace, "/nonexistent/x", NULL), VSC_E_IO);
	assert_null(trace);
	record(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_pcapng),
		cmocka_unit_test(test_packet),
		cmocka_unit_test(test_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
