/* What the PIV card takes time for, so that the other cards of the process go on meanwhile. */
#include "card/card.h"
#include "cards/piv/piv.h"
#include "test.h"

static const struct row {
	const char *name;
	uint8_t cla, ins;
	bool slow;
} rows[] = {
	{ "GENERATE ASYMMETRIC KEY PAIR", 0x00, 0x47, true },
	{ "GENERATE, protected", 0x0C, 0x47, true },
	{ "GENERAL AUTHENTICATE", 0x00, 0x87, true },
	{ "ATTEST, which signs", 0x00, 0xF9, true },
	{ "RESET, which makes keys", 0x00, 0xFB, true },
	{ "IMPORT KEY, which checks primes", 0x00, 0xFE, true },
	{ "IMPORT KEY, protected", 0x0C, 0xFE, true },
	{ "GET DATA", 0x00, 0xCB, false },
	{ "VERIFY, on a card that is not saved", 0x00, 0x20, false },
	{ "no command", 0x00, 0x00, false },
};

static void
test_slow(void **state)
{
	struct vsc_card *card;

	(void)state;
	assert_int_equal(vsc_card_new(&card, &vsc_card_piv, NULL, NULL), 0);
	for (const struct row *row = rows; row < rows + VSC_COUNT(rows); row++)
		if (vsc_card_is_slow(card, VSC_BYTES(row->cla, row->ins, 0, 0)) != row->slow)
			FAIL_ROW(row, row->slow ? "not slow" : "slow");
	vsc_card_free(card);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
