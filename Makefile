# The README's two commands, and little else: Meson builds (meson.build).

BUILD ?= build
TESTFLAGS ?=

.PHONY: all run test clean fuzz

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	meson setup $(BUILD)

# A virtual card, seen by a PC/SC client: no root, no daemon. Nothing is installed but packages.
run:
	packaging/install-packages.sh build run
	$(MAKE) all
	packaging/run.sh $(BUILD)

# Every test. Suites: meson test -C build --list
test:
	packaging/install-packages.sh build run test
	$(MAKE) all
	meson test -C $(BUILD) --print-errorlogs --timeout-multiplier 4 $(TESTFLAGS)

# Each fuzzer for SECONDS (60): make fuzz SECONDS=600
fuzz:
	packaging/install-packages.sh build ci
	fuzz/run.sh $(or $(SECONDS),60)

clean:
	rm -rf $(BUILD) build-fuzz
