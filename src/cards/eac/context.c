/*
 * Session contexts (TR-03110-2 2.3.1, -3 B.11 and F.2): chip authentication leaves the context of
 * PACE, the terminal may come back to it for another terminal's authentication, and to a context of
 * chip authentication that it gave a number. Nothing of this outlives the session.
 */
#include <stdlib.h>

#include "card/auth.h"
#include "card/fs.h"
#include "cards/eac/eac_impl.h"
#include "iso/tlv.h"

/* One that was left. Of PACE's, terminal authentication is not kept: there it starts anew. */
struct context {
	struct vsc_sm_keys keys; /* no cipher: not there */
	struct vsc_kept_position position;
	struct vsc_rights rights;
	unsigned password;
	bool has_chat;
	struct vsc_chat chat;
	struct vsc_blob id_picc;
	struct vsc_ta ta;
	bool ca_done, privileged;
};

struct vsc_eac_contexts {
	struct context list[VSC_EAC_CONTEXTS];
	uint8_t terminals[VSC_EAC_CONTEXTS][VSC_TA_FINGERPRINT_LEN];
	size_t nterminals;
};

static void
forget(struct context *context)
{
	vsc_sm_keys_free(&context->keys);
	vsc_blob_free(&context->id_picc);
	vsc_ta_reset(&context->ta);
	*context = (struct context){ .password = 0 };
}

void
vsc_eac_contexts_free(struct vsc_eac *eac)
{
	for (size_t i = 0; eac->left != NULL && i < VSC_EAC_CONTEXTS; i++)
		forget(&eac->left->list[i]);
	free(eac->left);
	eac->left = NULL;
}

static int
make_room(struct vsc_eac *eac)
{
	if (eac->left == NULL)
		eac->left = calloc(1, sizeof(*eac->left));
	return eac->left == NULL ? VSC_E_NOMEM : 0;
}

bool
vsc_eac_terminal_known(const struct vsc_eac *eac, struct vsc_span fingerprint)
{
	for (size_t i = 0; eac->left != NULL && i < eac->left->nterminals; i++)
		if (vsc_span_eq(VSC_SPAN_OF(eac->left->terminals[i]), fingerprint))
			return true;
	return false;
}

int
vsc_eac_terminal_remember(struct vsc_eac *eac, struct vsc_span fingerprint)
{
	if (make_room(eac) < 0)
		return VSC_E_NOMEM;
	if (eac->left->nterminals == VSC_EAC_CONTEXTS)
		return VSC_E_SPACE;
	return vsc_copy(
	    eac->left->terminals[eac->left->nterminals++], VSC_TA_FINGERPRINT_LEN, fingerprint);
}

/* 81 with one byte, and nothing else. */
static int
number_in(struct vsc_span object, int *number)
{
	struct vsc_span value;

	if (vsc_tlv_only(object, 0x81, &value) < 0 || value.len != 1 ||
	    value.ptr[0] >= VSC_EAC_CONTEXTS)
		return VSC_E_FORMAT;
	*number = value.ptr[0];
	return 0;
}

int
vsc_eac_context_number(const struct vsc_eac_mse *mse, int *number)
{
	*number = VSC_EAC_VOLATILE;
	if ((mse->has & VSC_EAC_HAS_STORE) == 0)
		return 0;
	/* B.11.1: 0 is that of PACE */
	if (number_in(mse->context, number) < 0 || *number == VSC_EAC_DEFAULT)
		return VSC_E_FORMAT;
	return 0;
}

/* What is present goes into its place; what has no number is dropped. */
static int
leave(struct vsc_card *card, struct vsc_eac *eac)
{
	struct context *place;
	int rc;

	if (eac->context == VSC_EAC_VOLATILE)
		return 0;
	if ((rc = make_room(eac)) < 0)
		return rc;
	place = &eac->left->list[eac->context];
	forget(place);
	if ((rc = vsc_blob_set(&place->id_picc, vsc_blob_span(&eac->id_picc))) < 0 ||
	    (rc = vsc_sm_keep(vsc_card_sm(card), &place->keys)) < 0)
		return rc;
	vsc_position_keep(&place->position, vsc_card_position(card));
	place->rights = *vsc_card_rights(card);
	place->password = eac->password;
	place->has_chat = eac->has_chat;
	place->chat = eac->chat;
	if (eac->context == VSC_EAC_DEFAULT)
		return 0;
	place->ca_done = eac->ca_done;
	place->privileged = eac->privileged;
	place->ta = eac->ta;
	eac->ta = (struct vsc_ta){ .done = false };
	return 0;
}

static void
enter(struct vsc_card *card, struct vsc_eac *eac, int number)
{
	struct context *place = &eac->left->list[number];

	*vsc_card_position(card) = vsc_position_resume(vsc_card_fs(card), &place->position);
	*vsc_card_rights(card) = place->rights;
	vsc_blob_free(&eac->id_picc);
	eac->id_picc = place->id_picc;
	place->id_picc = (struct vsc_blob){ NULL, 0 };
	eac->password = place->password;
	eac->has_chat = place->has_chat;
	eac->chat = place->chat;
	eac->ca_done = place->ca_done;
	eac->privileged = place->privileged;
	eac->context = number;
	if (number == VSC_EAC_DEFAULT) {
		vsc_eac_ta_begin(card, eac);
	} else {
		vsc_ta_reset(&eac->ta);
		eac->ta = place->ta;
		place->ta = (struct vsc_ta){ .done = false };
	}
	forget(place);
}

int
vsc_eac_context_begin(struct vsc_card *card, struct vsc_eac *eac)
{
	int rc = leave(card, eac);

	if (rc == 0)
		eac->context = eac->next_context;
	return rc;
}

vsc_sw
vsc_eac_context_restore(struct vsc_card *card, struct vsc_eac *eac, const struct vsc_eac_mse *mse)
{
	int number;

	vsc_eac_forget_selection(eac);
	if (!vsc_eac_protected(card))
		return vsc_card_refuse(card, VSC_SW_CONDITIONS, "not in a session");
	if (number_in(mse->context, &number) < 0)
		return vsc_card_refuse(card, VSC_SW_WRONG_DATA, "E1: not a number of a context");
	if (eac->left == NULL || number == eac->context ||
	    eac->left->list[number].keys.cipher == NULL)
		return vsc_card_refuse(
		    card, VSC_SW_REFERENCE_NOT_FOUND, "no context %d was left", number);
	if (leave(card, eac) < 0 ||
	    vsc_sm_resume(vsc_card_sm(card), &eac->left->list[number].keys) < 0)
		return VSC_SW_INTERNAL;
	enter(card, eac, number);
	return VSC_SW_OK;
}
