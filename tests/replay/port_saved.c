/*
 * A saved card in the same thread, which is taken out of its process at each reset: freed, and
 * opened from its file. What a transcript finds after a reset is what was saved.
 */
#include "port.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "card/image.h"

struct saved {
	char path[32];
	const struct vsc_card_type *type;
	const struct vsc_params *params;
	const struct vsc_env *env;
	struct vsc_card *card;
};

static int
open_card(struct saved *saved)
{
	struct vsc_why why = { "" };
	struct vsc_image *image;
	int r = vsc_image_open(&image, saved->path, &why);

	if (r == 0)
		r = vsc_card_open(
		    &saved->card, image, saved->type, saved->params, saved->env, NULL, &why);
	if (r < 0)
		printf("# %s: %s\n", saved->path, why.text);
	return r;
}

static int
event(struct port *port, enum vsc_line_event event)
{
	struct saved *saved = port->ctx;
	int r;

	if (event == VSC_EVENT_OFF) {
		vsc_card_reset(saved->card, VSC_RESET_OFF);
		return 0;
	}
	vsc_card_free(saved->card);
	saved->card = NULL;
	if ((r = open_card(saved)) < 0)
		return r;
	vsc_card_reset(saved->card, VSC_RESET_ON);
	return 0;
}

static int
atr(struct port *port, struct vsc_blob *atr)
{
	struct saved *saved = port->ctx;
	struct port direct;

	return port_direct(&direct, saved->card) < 0 ? VSC_E_STATE : direct.ops->atr(&direct, atr);
}

static int
transmit(struct port *port, struct vsc_span command, struct vsc_blob *answer)
{
	struct saved *saved = port->ctx;
	struct port direct;

	if (saved->card == NULL || port_direct(&direct, saved->card) < 0)
		return VSC_E_STATE;
	return direct.ops->transmit(&direct, command, answer);
}

static void
close_port(struct port *port)
{
	struct saved *saved = port->ctx;

	vsc_card_free(saved->card);
	(void)unlink(saved->path);
	free(saved);
	port->ctx = NULL;
}

int
port_saved(struct port *port, const struct vsc_card_type *type, const struct vsc_params *params,
    const struct vsc_env *env)
{
	static const struct port_ops ops = { event, atr, transmit, close_port };
	struct saved *saved = calloc(1, sizeof(*saved));
	int fd, r;

	if (saved == NULL)
		return VSC_E_NOMEM;
	*saved = (struct saved){
		.path = "/tmp/replay.XXXXXX", .type = type, .params = params, .env = env
	};
	if ((fd = mkstemp(saved->path)) < 0) {
		free(saved);
		return VSC_E_IO;
	}
	close(fd);
	*port = (struct port){ &ops, saved };
	if ((r = open_card(saved)) < 0)
		close_port(port);
	return r;
}
