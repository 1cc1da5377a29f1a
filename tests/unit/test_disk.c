/* Files written whole, and for whom; paths that are whole or none. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/disk.h"

static void
test_path(void **state)
{
	char path[VSC_DISK_PATH], folder[VSC_DISK_PATH];
	struct vsc_why why = { "" };

	(void)state;
	assert_int_equal(vsc_disk_path(path, "a/b", "c", &why), 0);
	assert_string_equal(path, "a/b/c");
	for (size_t len = VSC_DISK_PATH - 10; len < VSC_DISK_PATH; len++) {
		memset(folder, 'x', len);
		folder[len] = '\0';
		if (len + strlen("/file") < VSC_DISK_PATH) {
			assert_int_equal(vsc_disk_path(path, folder, "file", &why), 0);
			assert_string_equal(path + len, "/file");
		} else {
			assert_int_equal(vsc_disk_path(path, folder, "file", &why), VSC_E_SPACE);
			assert_string_equal(path, "");
			assert_non_null(strstr(why.text, "file in it is too long"));
		}
	}
}

/* A secret is its owner's alone, where everybody could read what was there before, too. */
static void
test_secret(void **state)
{
	char path[] = "/tmp/test_disk.XXXXXX";
	const int fd = mkstemp(path);
	VSC_AUTO_BLOB bytes = { NULL, 0 };
	struct vsc_why why = { "" };
	struct stat st;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "longer than the secret", 22), 22);
	assert_int_equal(fchmod(fd, 0644), 0);
	close(fd);
	assert_int_equal(vsc_disk_write_secret(path, vsc_span_str("secret"), &why), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(vsc_disk_read(&bytes, path, &why), 0);
	assert_true(vsc_span_eq(vsc_blob_span(&bytes), vsc_span_str("secret")));
	assert_int_equal(
	    vsc_disk_write_secret("/nonexistent/x", vsc_span_str("s"), &why), VSC_E_IO);
	assert_int_equal(unlink(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
