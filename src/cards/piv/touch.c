/*
 * A key's touch policy: "always", or "cached" (once in 15 seconds). Somebody has to be asked,
 * if --touch says so: at the terminal, by a signal to the program that runs the card, or through a
 * program. Nobody there within 15 seconds: 6982. Meanwhile other cards go on.
 */
#include "cards/piv/piv.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/system.h"

#define PATIENCE_MS 15000
#define CACHED_S    15

enum policy { NEVER = 1, ALWAYS = 2, CACHED = 3 };

/* Enter, before time is up. */
static bool
wait_for_enter(int tty)
{
	struct pollfd fd = { .fd = tty, .events = POLLIN };
	char line[16];

	return poll(&fd, 1, PATIENCE_MS) == 1 && read(tty, line, sizeof(line)) > 0 &&
	       line[0] == '\n';
}

/* Enter at the terminal. */
static bool
was_entered(const struct vsc_card *card, int tty, uint8_t ref)
{
	char text[80];
	bool given;

	/* what was typed before was not meant for this */
	(void)tcflush(tty, TCIFLUSH);
	snprintf(text, sizeof(text), "Key %02X is about to be used: touch the card (Enter) ", ref);
	given = write(tty, text, strlen(text)) > 0 && wait_for_enter(tty);
	if (!given && write(tty, "no\n", 3) < 0)
		vsc_card_log(card, VSC_LOG_DEBUG, "the terminal has gone");
	return given;
}

static bool
ask_terminal(const struct vsc_card *card, uint8_t ref)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	bool given = false;

	if (tty < 0) {
		vsc_card_log(card, VSC_LOG_ERROR, "--touch ask: there is no terminal");
		return false;
	}
	/* else the terminal stops us, with all our cards, and what is typed is another program's */
	if (tcgetpgrp(tty) == getpgrp())
		given = was_entered(card, tty, ref);
	else
		vsc_card_log(card, VSC_LOG_ERROR,
		    "--touch ask: nobody can be asked from the background of the terminal");
	(void)close(tty);
	return given;
}

/* Its exit status says whether the card was touched. */
static bool
ask_program(const struct vsc_card *card, const char *command, uint8_t ref)
{
	char shell[] = "sh", option[] = "-c", text[1024], key[3];
	char *argv[] = { shell, option, text, shell, key, NULL };
	int status;
	pid_t pid;

	snprintf(key, sizeof(key), "%02x", ref);
	if (snprintf(text, sizeof(text), "%s", command) >= (int)sizeof(text) ||
	    posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, vsc_environ) != 0) {
		vsc_card_log(card, VSC_LOG_ERROR, "--touch: the program cannot be started");
		return false;
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
wait_for_signal(const struct vsc_card *card, uint8_t ref)
{
	vsc_card_log(card, VSC_LOG_INFO, "key %02X is about to be used, and wants a touch", ref);
	return vsc_env_touch(vsc_card_env(card), PATIENCE_MS);
}

static bool
is_given(const struct vsc_card *card, const char *how, uint8_t ref)
{
	bool given;

	if (how == NULL || strcmp(how, "given") == 0)
		return true;
	vsc_env_waits(vsc_card_env(card), true);
	if (strcmp(how, "ask") == 0)
		given = ask_terminal(card, ref);
	else if (strcmp(how, "signal") == 0)
		given = wait_for_signal(card, ref);
	else
		given = ask_program(card, how, ref);
	vsc_env_waits(vsc_card_env(card), false);
	return given;
}

vsc_sw
piv_touch(struct vsc_card *card, const struct vsc_slot *slot)
{
	struct piv *piv = piv_state(card);
	int64_t now = vsc_env_now(vsc_card_env(card));

	if (slot->touch < ALWAYS)
		return VSC_SW_OK;
	if (slot->touch == CACHED && piv->touched != 0 && now - piv->touched < CACHED_S)
		return VSC_SW_OK;
	if (!is_given(card, piv->touch, slot->ref))
		return vsc_card_refuse(card, VSC_SW_SECURITY, "the card was not touched");
	piv->touched = vsc_env_now(vsc_card_env(card));
	return VSC_SW_OK;
}
