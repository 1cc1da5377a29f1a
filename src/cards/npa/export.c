/*
 * What a card gives to the terminals' side: the certificates above its security objects. They are
 * kept with the card, so they can be had at any time. The terminal PKI is in terminals.c.
 */
#include "base/auto.h"
#include "base/disk.h"
#include "cards/npa/npa.h"
#include "crypto/pem.h"

static int
export_certificate(
    struct vsc_card *card, const struct vsc_params *params, const char *option, const char *attr)
{
	const char *path = vsc_params_get(params, option);
	VSC_AUTO_BLOB bytes = { NULL, 0 };
	struct vsc_span der;
	struct vsc_why why;
	int rc;

	if (path == NULL)
		return 0;
	if (vsc_card_attr_get(card, attr, &der) < 0)
		return vsc_npa_fail(card, VSC_E_NOT_FOUND,
		    "--%s: this card was made by a version that kept no certificates", option);
	if ((rc = vsc_pem_for_file(&bytes, path, der)) < 0)
		return rc;
	if ((rc = vsc_disk_write(path, vsc_blob_span(&bytes), &why)) < 0)
		return vsc_npa_fail(card, rc, "--%s: %s", option, why.text);
	return 0;
}

int
vsc_npa_export(struct vsc_card *card, const struct vsc_params *params)
{
	int rc = export_certificate(card, params, "export-csca", VSC_NPA_ATTR_CSCA);

	return rc < 0 ? rc : export_certificate(card, params, "export-ds", VSC_NPA_ATTR_DS);
}
