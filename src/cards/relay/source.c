/* The card in another reader: which one, its life, and what is known of it. See source.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "cards/relay/source_impl.h"

/* --- What is known of the card --- */

void
vsc_source_complain(struct vsc_source *s, const char *what, LONG rv)
{
	char line[160], number[32];
	bool known;

	(void)snprintf(line, sizeof(line), "reader \"%s\": %s: %s", s->reader, what,
	    vsc_pcsc_text(rv, number));
	pthread_mutex_lock(&s->lock);
	known = strcmp(line, s->told) == 0;
	(void)snprintf(s->told, sizeof(s->told), "%s", line);
	pthread_mutex_unlock(&s->lock);
	if (!known)
		vsc_card_log(s->card, VSC_LOG_WARN, "%s", line);
}

void
vsc_source_set_atr(struct vsc_source *s, struct vsc_span atr)
{
	pthread_mutex_lock(&s->lock);
	if (vsc_copy(s->atr, sizeof(s->atr), atr) == 0)
		s->atr_len = atr.len;
	pthread_mutex_unlock(&s->lock);
}

void
vsc_source_set_present(struct vsc_source *s, bool present, bool swapped)
{
	bool news;

	pthread_mutex_lock(&s->lock);
	news = present != s->present || swapped;
	/* one that comes back before anybody asked was away all the same */
	s->swapped = s->swapped || swapped || (s->present && !present);
	s->present = present;
	if (news)
		s->told[0] = '\0';
	pthread_mutex_unlock(&s->lock);
	if (!news)
		return;
	vsc_card_log(s->card, VSC_LOG_INFO, "reader \"%s\": %s", s->reader,
	    present ? "a card is in it" : "no card");
	vsc_card_presence_changed(s->card);
}

bool
vsc_source_present(struct vsc_source *s)
{
	bool present;

	pthread_mutex_lock(&s->lock);
	present = s->present && !s->swapped;
	s->swapped = false;
	pthread_mutex_unlock(&s->lock);
	return present;
}

void
vsc_source_atr(struct vsc_source *s, struct vsc_out *out)
{
	pthread_mutex_lock(&s->lock);
	vsc_out_put(out, vsc_span_from(s->atr, s->atr_len));
	pthread_mutex_unlock(&s->lock);
}

/* --- Which reader --- */

static bool
is_number(const char *text)
{
	return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* The whole name before a part of one. */
static const char *
pick(const struct vsc_blob *names, const char *wanted)
{
	const char *name = NULL, *part = NULL;
	unsigned long n = is_number(wanted) ? strtoul(wanted, NULL, 10) : 0;

	while ((name = vsc_pcsc_next(names, name)) != NULL) {
		if (is_number(wanted) ? n-- == 0 : strcmp(name, wanted) == 0)
			return name;
		if (part == NULL && !is_number(wanted) && strstr(name, wanted) != NULL)
			part = name;
	}
	return part;
}

static int
no_such_reader(struct vsc_source *s, const struct vsc_blob *names, const char *wanted)
{
	const char *name = NULL;

	vsc_card_log(s->card, VSC_LOG_ERROR, "--reader %s: there is no such reader; there %s",
	    wanted, vsc_pcsc_next(names, NULL) == NULL ? "is none" : "are:");
	for (unsigned n = 0; (name = vsc_pcsc_next(names, name)) != NULL; n++)
		vsc_card_log(s->card, VSC_LOG_ERROR, "  %u: %s", n, name);
	return VSC_E_NOT_FOUND;
}

/* Is there a card right now? So that a first attempt need not wait for the watcher. */
static void
look(struct vsc_source *s)
{
	SCARD_READERSTATE state = { .szReader = s->reader };

	if (s->pcsc.wait(s->context, 0, &state, 1) != SCARD_S_SUCCESS)
		return;
	s->present = (state.dwEventState & SCARD_STATE_PRESENT) != 0 &&
		     (state.dwEventState & SCARD_STATE_MUTE) == 0;
	if (s->present)
		vsc_source_set_atr(s, vsc_span_from(state.rgbAtr, state.cbAtr));
	else
		vsc_card_log(
		    s->card, VSC_LOG_INFO, "reader \"%s\": no card yet, waiting", s->reader);
}

static int
choose(struct vsc_source *s, const char *wanted)
{
	VSC_AUTO_BLOB names = { NULL, 0 };
	char number[32];
	const char *name;
	LONG rv = vsc_source_need_context(s);

	if (rv == SCARD_S_SUCCESS)
		rv = vsc_pcsc_readers(&s->pcsc, s->context, &names);
	if (rv != SCARD_S_SUCCESS && rv != (LONG)SCARD_E_NO_READERS_AVAILABLE) {
		vsc_card_log(
		    s->card, VSC_LOG_ERROR, "--reader %s: %s", wanted, vsc_pcsc_text(rv, number));
		return VSC_E_NOT_FOUND;
	}
	if ((name = pick(&names, wanted)) == NULL)
		return no_such_reader(s, &names, wanted);
	(void)snprintf(s->reader, sizeof(s->reader), "%s", name);
	look(s);
	return 0;
}

/* --- Life --- */

static int
start_threads(struct vsc_source *s)
{
	s->watched = pthread_create(&s->watcher, NULL, vsc_source_watch, s) == 0;
	s->handed = s->watched && pthread_create(&s->hand, NULL, vsc_source_hand, s) == 0;
	return s->handed ? 0 : VSC_E_NOMEM;
}

int
vsc_source_open(
    struct vsc_source **source, struct vsc_card *card, const char *reader, const char *library)
{
	struct vsc_source *s = calloc(1, sizeof(*s));
	struct vsc_why why = { "" };
	int rc;

	if (s == NULL)
		return VSC_E_NOMEM;
	s->card = card;
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->working, NULL);
	pthread_cond_init(&s->changed, NULL);
	rc = vsc_pcsc_load(&s->pcsc, library, &why);
	if (rc < 0)
		vsc_card_log(card, VSC_LOG_ERROR, "%s", why.text);
	else if ((rc = choose(s, reader)) == 0)
		rc = start_threads(s);
	if (rc < 0) {
		vsc_source_close(s);
		return rc;
	}
	*source = s;
	return 0;
}

void
vsc_source_close(struct vsc_source *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	if (s->watched)
		vsc_source_end_watch(s);
	if (s->handed)
		pthread_join(s->hand, NULL);
	vsc_source_drop_card(s, SCARD_UNPOWER_CARD);
	vsc_source_drop_context(s);
	vsc_pcsc_unload(&s->pcsc);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->working);
	free(s);
}
