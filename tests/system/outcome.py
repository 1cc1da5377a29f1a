"""How a test program of unittest ends for Meson: 77, skipped, when every test of it was."""
import os
import sys
import unittest


def need_terminals(test):
    """A container may have no /dev/pts."""
    try:
        for end in os.openpty():
            os.close(end)
    except OSError as error:
        test.skipTest(f"no pseudo terminals here: {error}")


def main(**more):
    result = unittest.main(exit=False, **more).result
    if result.wasSuccessful() and 0 < result.testsRun == len(result.skipped):
        for reason in sorted({reason for _, reason in result.skipped}):
            print("skipped:", reason, file=sys.stderr)
        sys.exit(77)
    sys.exit(not result.wasSuccessful())
