/* dlopen, after a look whether the file was cut off: see shared.h. */
#include "card/shared.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/elf.h"

/* As many bytes as are there, at most cap. */
static struct vsc_span
read_at(int fd, uint64_t at, uint8_t *buf, size_t cap)
{
	ssize_t n = at > INT64_MAX ? -1 : pread(fd, buf, cap, (off_t)at);

	return vsc_span_from(buf, n < 0 ? 0 : (size_t)n);
}

static uint64_t
later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* 0: it is no ELF file, which is the loader's business. More than there is may be less than all. */
static uint64_t
size_needed(int fd, uint64_t there)
{
	uint8_t buf[VSC_ELF_HEADER], entry[VSC_ELF_ENTRY];
	const struct vsc_elf_table *segments;
	struct vsc_elf elf;
	uint64_t end;

	if (vsc_elf_read(&elf, read_at(fd, 0, buf, sizeof(buf))) < 0)
		return 0;
	segments = &elf.segments;
	end = later(vsc_elf_table_end(segments), vsc_elf_table_end(&elf.sections));
	for (unsigned i = 0; i < segments->count && end <= there; i++)
		end = later(end, vsc_elf_segment_end(&elf,
				     read_at(fd, segments->start + (uint64_t)i * segments->entry,
					 entry, sizeof(entry))));
	return end;
}

static int
check_whole(const char *path, struct vsc_why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st = { .st_size = 0 };
	uint64_t needed;

	if (fd < 0)
		return 0; /* the loader says why */
	needed =
	    fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? size_needed(fd, (uint64_t)st.st_size) : 0;
	(void)close(fd);
	if (needed == UINT64_MAX)
		return vsc_why_set(why, VSC_E_FORMAT, "the file is damaged; make or copy it again");
	if (needed > (uint64_t)st.st_size)
		return vsc_why_set(why, VSC_E_FORMAT,
		    "the file is cut off: it has %jd bytes and needs %" PRIu64
		    "; make or copy it again",
		    (intmax_t)st.st_size, needed);
	return 0;
}

/* What dlopen says begins with the path, mostly. */
static int
explain(const char *path, struct vsc_why *why)
{
	const char *text = dlerror();
	size_t len = strlen(path);

	if (text == NULL)
		text = "cannot be loaded";
	else if (strncmp(text, path, len) == 0 && text[len] == ':')
		text += len + 1 + strspn(text + len + 1, " ");
	return vsc_why_set(why, VSC_E_IO, "%s", text);
}

int
vsc_shared_open(void **handle, const char *path, struct vsc_why *why)
{
	int rc;

	*handle = NULL;
	if (strchr(path, '/') != NULL && (rc = check_whole(path, why)) < 0)
		return rc;
	*handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	return *handle == NULL ? explain(path, why) : 0;
}
