#include "cases.h"

#include <stddef.h>

#define LIST_CASE(name, flags) { #name, flags, case_##name },

const struct test_case test_cases[] = { CASES(LIST_CASE){ NULL, 0, NULL } };
