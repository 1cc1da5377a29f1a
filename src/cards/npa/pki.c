/* Whom the card trusts: CVCA certificates from files, or a PKI of its own (terminals.c). */
#include <dirent.h>
#include <stdio.h>

#include "base/auto.h"
#include "base/disk.h"
#include "cards/npa/npa.h"

#define CVC_DIRECTORY "/etc/eac/cvc"

static int
add_certificate(struct vsc_card *card, struct vsc_span cert, const char *name)
{
	int rc = vsc_trust_add(&vsc_npa_of(card)->trust, cert, 0);

	if (rc == VSC_E_EXISTS || rc == 0)
		return 0;
	if (rc == VSC_E_SPACE)
		return vsc_npa_fail(card, rc,
		    "--cvca %s: there are two trust points for this type of terminal already",
		    name);
	return vsc_npa_fail(
	    card, VSC_E_FORMAT, "--cvca %s: not a self-signed CVCA certificate", name);
}

static bool
has_point(const struct vsc_trust *trust, unsigned type)
{
	return trust->points[type - 1][0].chr.len > 0;
}

/*
 * In the examples of TR-03110 one CVCA for inspection systems stands above terminals of another
 * type. A card with all its checks refuses that; one without the date check was made for them.
 */
static int
widen(struct vsc_card *card, struct vsc_span cert)
{
	struct vsc_npa *npa = vsc_npa_of(card);
	int rc = 0;

	for (unsigned type = VSC_CVC_IS; rc == 0 && type <= VSC_CVC_TYPES; type++) {
		if (has_point(&npa->trust, type))
			continue;
		vsc_card_log(card, VSC_LOG_WARN,
		    "--disable-ta-checks: the CVCA counts for terminals of type %u too", type);
		rc = vsc_trust_add(&npa->trust, cert, type);
	}
	return rc;
}

static int
from_options(struct vsc_card *card, const struct vsc_params *params)
{
	VSC_AUTO_BLOB cert = { NULL, 0 };
	const char *name;
	int rc = 0;

	for (size_t n = 0; rc == 0 && (name = vsc_params_nth(params, "cvca", n)) != NULL; n++) {
		struct vsc_why why;

		if ((rc = vsc_disk_read(&cert, name, &why)) < 0)
			return vsc_npa_fail(card, rc, "--cvca: %s", why.text);
		rc = add_certificate(card, vsc_blob_span(&cert), name);
	}
	if (rc == 0 && cert.len > 0 && vsc_params_has(params, "disable-ta-checks"))
		rc = widen(card, vsc_blob_span(&cert));
	return rc;
}

/* Whatever in there is no CVCA's is left alone. *found: there was one. */
static int
from_directory(struct vsc_card *card, bool *found)
{
	DIR *directory = opendir(CVC_DIRECTORY);
	struct dirent *entry;

	*found = false;
	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		VSC_AUTO_BLOB cert = { NULL, 0 };
		char path[600];

		(void)snprintf(path, sizeof(path), CVC_DIRECTORY "/%s", entry->d_name);
		if (vsc_disk_read(&cert, path, NULL) == 0 &&
		    vsc_trust_add(&vsc_npa_of(card)->trust, vsc_blob_span(&cert), 0) == 0)
			*found = true;
	}
	if (directory != NULL)
		(void)closedir(directory);
	return 0;
}

int
vsc_npa_make_trust(struct vsc_card *card, const struct vsc_params *params)
{
	const char *directory = vsc_params_get(params, "export-pki");
	bool given = vsc_params_has(params, "cvca"), found = false;
	int rc;

	vsc_npa_of(card)->trust.today = vsc_cvc_day(vsc_env_now(vsc_card_env(card)));
	if (given && directory != NULL)
		return vsc_npa_fail(card, VSC_E_PARAM,
		    "--export-pki: with --cvca there is no PKI of the card's own to be exported");
	if (given)
		rc = from_options(card, params);
	else if (directory != NULL || (rc = from_directory(card, &found)) < 0 || !found)
		rc = vsc_npa_terminals_make(card, directory);
	return rc < 0 ? rc : vsc_npa_save_trust(card);
}
