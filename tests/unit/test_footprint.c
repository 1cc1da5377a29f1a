/* What idle cards and links take, so that thousands fit into one process. */
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "card/card.h"
#include "test.h"
#include "wire/link.h"
#include "wire/loop.h"

#define COUNT 200

/* Bytes in use on the heap; 0 where nobody can tell, as with a sanitizer's heap. */
static size_t
in_use(void)
{
#ifdef __GLIBC__
	return mallinfo2().uordblks;
#else
	return 0;
#endif
}

static void
idle_card(void **state)
{
	static struct vsc_card *cards[COUNT];
	size_t before, each;

	(void)state;
	/* what is made once for all cards is there before the count */
	assert_int_equal(vsc_card_new(&cards[0], &vsc_card_iso7816, NULL, NULL), 0);
	before = in_use();
	for (size_t i = 1; i < COUNT; i++)
		assert_int_equal(vsc_card_new(&cards[i], &vsc_card_iso7816, NULL, NULL), 0);
	each = (in_use() - before) / (COUNT - 1);
	print_message("card: %zu bytes\n", each);
	assert_true(each <= 8192);
	for (size_t i = 0; i < COUNT; i++)
		vsc_card_free(cards[i]);
}

static void
ignore(void *ctx, unsigned events)
{
	(void)ctx;
	(void)events;
}

static void
idle_link(void **state)
{
	static struct vsc_link *links[2 * COUNT];
	static struct vsc_watch *watches[2 * COUNT];
	struct vsc_loop *loop;
	size_t before, each;

	(void)state;
	assert_int_equal(vsc_loop_new(&loop, 0, NULL), 0);
	before = in_use();
	for (size_t i = 0; i < 2 * COUNT; i += 2) {
		assert_int_equal(vsc_link_pair(&links[i], &links[i + 1]), 0);
		for (size_t k = i; k < i + 2; k++)
			assert_int_equal(vsc_loop_watch(loop, &watches[k], vsc_link_fd(links[k]),
					     VSC_LOOP_READ, ignore, NULL),
			    0);
	}
	each = (in_use() - before) / (2 * COUNT);
	print_message("link and watch: %zu bytes\n", each);
	assert_true(each <= 512);
	for (size_t i = 0; i < 2 * COUNT; i++) {
		vsc_watch_free(watches[i]);
		vsc_link_free(links[i]);
	}
	vsc_loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_card),
		cmocka_unit_test(idle_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
