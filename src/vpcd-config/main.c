/* vpcd-config: where is the reader, and which card goes with it? */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "ifd/devicename.h"
#include "vicc/options.h"
#include "vpcd-config/conf.h"
#include "vpcd-config/report.h"

#define DRIVER     "libifdvpcd." /* a LIBPATH's file name begins so */
#define REPORT_MAX 16384         /* one slot with its QR code */

struct program {
	bool json;
	enum vsc_qr_style style;
	unsigned readers; /* found so far: pcscd numbers them per library */
	unsigned slots;
	bool failed;
	const char *path; /* the file being read */
};

static const struct vsc_option options[] = {
	{ "config", 'c', VSC_OPTION_FILE, true, "PATH",
	    "reader.conf or a folder of such files (default: " VSC_READER_CONF ")" },
	{ "json", 0, VSC_OPTION_FLAG, false, NULL, "for programs: one JSON array" },
	{ "style", 0, VSC_OPTION_VALUE, false, "color|dark|light",
	    "QR codes with colors, or for a dark or light terminal without (default: color)" },
	{ "help", 'h', VSC_OPTION_FLAG, false, NULL, "this text" },
	{ "version", 0, VSC_OPTION_FLAG, false, NULL, "the version" },
};

static void
fail(struct program *program, const char *what, const char *why)
{
	fprintf(stderr, "vpcd-config: %s: %s\n", what, why);
	program->failed = true;
}

/* --- From entries to reports --- */

static void
print_slot(
    struct program *program, const char *friendly, const struct vsc_endpoint *first, unsigned slot)
{
	struct vsc_report report = { .slot = slot };
	VSC_AUTO_BLOB room = { NULL, 0 };
	struct vsc_out out;

	/* as pcscd composes reader names: number among the driver's readers, slot */
	snprintf(
	    report.name, sizeof(report.name), "%s %02X %02X", friendly, program->readers, slot);
	if (vsc_endpoint_nth(first, slot, &report.endpoint) < 0) {
		fail(program, report.name, "its port would be past 65535");
		return;
	}
	if (vsc_report_fill(&report) < 0)
		fail(program, report.name, "the addresses it listens on cannot be found");
	if (vsc_blob_alloc(&room, REPORT_MAX) < 0) {
		fail(program, report.name, vsc_err_text(VSC_E_NOMEM));
		return;
	}
	out = vsc_out_from(room.ptr, room.len);
	if (program->json) {
		vsc_out_str(&out, program->slots == 0 ? "[" : ",\n ");
		vsc_report_json(&out, &report);
	} else {
		vsc_out_str(&out, program->slots == 0 ? "" : "\n");
		vsc_report_text(&out, &report, program->style);
	}
	fwrite(room.ptr, 1, out.len, stdout);
	program->slots++;
}

static bool
is_ours(const char *library)
{
	const char *name = strrchr(library, '/');

	return strncmp(name == NULL ? library : name + 1, DRIVER, strlen(DRIVER)) == 0;
}

static void
on_entry(void *ctx, const struct vsc_conf_entry *entry)
{
	struct program *program = ctx;
	struct vsc_devicename device;
	const char *given = entry->device[0] != '\0' ? entry->device : entry->channel;
	const char *why = NULL;
	int err;

	if (!is_ours(entry->library))
		return;
	err = entry->device[0] != '\0'
		  ? vsc_devicename_parse(&device, entry->device, &why)
		  : vsc_devicename_from_channel(&device, strtoul(entry->channel, NULL, 0), &why);
	if (err == 0 && strchr(given, ':') == NULL && given == entry->device &&
	    access(given, F_OK) < 0) {
		why = "pcscd wants a colon in it, or the name of a file that exists";
		err = VSC_E_FORMAT;
	}
	if (err < 0) {
		fprintf(stderr, "vpcd-config: %s: %s %s: %s\n", program->path,
		    given == entry->device ? "DEVICENAME" : "CHANNELID", given, why);
		program->failed = true;
		return;
	}
	for (unsigned slot = 0; slot < device.slots; slot++)
		print_slot(program, entry->friendly[0] == '\0' ? "Virtual PCD" : entry->friendly,
		    &device.endpoint, slot);
	program->readers++;
}

/* --- Files --- */

static void
read_file(struct program *program, const char *path)
{
	VSC_AUTO_BLOB text = { NULL, 0 };
	uint8_t chunk[4096];
	struct vsc_why why = { "" };
	size_t got, line;
	int rc;
	FILE *file = fopen(path, "re");

	if (file == NULL) {
		fail(program, path, strerror(errno));
		return;
	}
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		if (vsc_blob_append(&text, vsc_span_from(chunk, got)) < 0)
			break;
	if (ferror(file) != 0)
		fail(program, path, strerror(errno));
	fclose(file);
	program->path = path;
	rc = vsc_conf_read(vsc_blob_span(&text), on_entry, program, &line, &why);
	if (rc < 0) {
		fprintf(stderr, "vpcd-config: %s:%zu: %s; pcscd %s\n", path, line, why.text,
		    rc == VSC_E_FORMAT ? "loads no reader at all" : "leaves it out");
		program->failed = true;
	}
}

/* pcscd takes no links, and nothing that begins with a dot. */
static bool
is_conf(const char *path)
{
	const char *name = strrchr(path, '/');
	struct stat status;

	return name != NULL && name[1] != '.' && lstat(path, &status) == 0 &&
	       S_ISREG(status.st_mode);
}

static void
read_path(struct program *program, const char *path)
{
	struct stat status;
	const struct dirent *entry;
	DIR *folder;

	if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
		read_file(program, path);
		return;
	}
	if ((folder = opendir(path)) == NULL) {
		fail(program, path, strerror(errno));
		return;
	}
	/* in the order of the folder, as pcscd does, which numbers the readers so */
	while ((entry = readdir(folder)) != NULL) {
		char name[4096];

		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (is_conf(name))
			read_file(program, name);
	}
	closedir(folder);
}

/* No reader is configured: what the driver would do by default. */
static void
print_default(struct program *program)
{
	struct vsc_conf_entry entry = {
		.friendly = "Virtual PCD", .device = "/dev/null:0x8C7B", .library = DRIVER "so"
	};

	fprintf(stderr, "vpcd-config: no reader.conf entry names the driver; these are its "
			"defaults (is it installed?)\n");
	on_entry(program, &entry);
}

/* --- Command line --- */

static int
print_help(void)
{
	char text[4096];
	struct vsc_out out = vsc_out_from(text, sizeof(text));

	vsc_out_str(&out, "Usage: vpcd-config [OPTION...]\n"
			  "Shows where the virtual reader is, and how a card gets there.\n\n");
	vsc_option_help(&out, options, VSC_COUNT(options));
	vsc_out_str(&out,
	    "\nExit status: 0; 1 if a reader's configuration cannot be used; 2 for a wrong "
	    "command line.\nManual: vpcd-config(1), vpcd(5).\n");
	fwrite(text, 1, out.len, stdout);
	return 0;
}

static int
usage_error(const char *why)
{
	fprintf(stderr, "vpcd-config: %s (vpcd-config --help)\n", why);
	return 2;
}

static bool
take_style(struct program *program, const char *name)
{
	static const char *const names[] = {
		[VSC_QR_COLOR] = "color", [VSC_QR_DARK] = "dark", [VSC_QR_LIGHT] = "light"
	};

	for (size_t i = 0; i < VSC_COUNT(names); i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		program->style = (enum vsc_qr_style)i;
		return true;
	}
	return false;
}

static int
report_all(struct program *program, const char *const *paths, size_t npaths)
{
	if (npaths == 0 && access(VSC_READER_CONF, F_OK) == 0)
		read_path(program, VSC_READER_CONF);
	for (size_t i = 0; i < npaths; i++)
		read_path(program, paths[i]);
	if (program->readers == 0 && !program->failed)
		print_default(program);
	if (program->json)
		puts(program->slots == 0 ? "[]" : "]");
	return program->failed ? 1 : 0;
}

static int
run(int argc, char **argv)
{
	struct vsc_scan scan = { .argv = argv, .argc = argc, .next = 1 };
	struct vsc_option_lists lists = { .count = 0 };
	struct program program = { .style = VSC_QR_COLOR };
	const struct vsc_option *option;
	const char *paths[64];
	struct vsc_param param;
	size_t npaths = 0;
	int state;

	vsc_option_lists_add(&lists, options, VSC_COUNT(options));
	while ((state = vsc_scan_next(&scan, &lists, &option, &param)) > 0) {
		if (strcmp(param.name, "help") == 0)
			return print_help();
		if (strcmp(param.name, "version") == 0)
			return puts("vpcd-config " VSC_VERSION) < 0;
		if (strcmp(param.name, "json") == 0)
			program.json = true;
		else if (strcmp(param.name, "config") == 0 && npaths == VSC_COUNT(paths))
			return usage_error("--config: 64 of them are enough");
		else if (strcmp(param.name, "config") == 0)
			paths[npaths++] = param.value;
		else if (strcmp(param.name, "style") == 0 && !take_style(&program, param.value))
			return usage_error("--style: color, dark or light");
	}
	if (state < 0)
		return usage_error(scan.why.text);
	if (scan.next < argc)
		return usage_error("no operands are taken");
	return report_all(&program, paths, npaths);
}

int
main(int argc, char **argv)
{
	const int status = run(argc, argv);

	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return status;
	fputs("vpcd-config: cannot write to standard output\n", stderr);
	return 1;
}
