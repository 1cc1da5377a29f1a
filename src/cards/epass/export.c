/* What an ePass gives to the reader's side: see build.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/disk.h"
#include "cards/epass/build.h"
#include "cards/epass/lds.h"
#include "crypto/pem.h"

/* DER, or PEM if the name says so. */
static int
export_cert(struct vsc_card *card, const struct vsc_params *params, const char *option,
    struct vsc_span der, const char *what, struct vsc_why *why)
{
	const char *path = vsc_params_get(params, option);
	VSC_AUTO_BLOB bytes = { NULL, 0 };
	struct vsc_why reason = { "" };
	int rc;

	if (path == NULL)
		return 0;
	if (der.len == 0)
		return vsc_why_set(why, VSC_E_NOT_FOUND,
		    "--%s: the certificate is not known (give --csca-cert)", option);
	if ((rc = vsc_pem_for_file(&bytes, path, der)) < 0)
		return rc;
	if ((rc = vsc_disk_write(path, vsc_blob_span(&bytes), &reason)) < 0)
		return vsc_why_set(why, rc, "--%s: %s", option, reason.text);
	vsc_env_print(vsc_card_env(card), "%s: %s", what, path);
	return 0;
}

struct folder {
	const char *path;
	struct vsc_why *why;
};

static int
export_file(const struct folder *folder, const struct vsc_file *file, const char *name)
{
	struct vsc_why reason = { "" };
	char path[VSC_DISK_PATH];
	int rc;

	if (file == NULL)
		return 0;
	rc = vsc_disk_path(path, folder->path, name, &reason);
	if (rc == 0)
		rc = vsc_disk_write(path, vsc_file_content(file), &reason);
	return rc == 0 ? 0 : vsc_why_set(folder->why, rc, "--export-lds: %s", reason.text);
}

static int
export_files(const struct folder *folder, const struct vsc_fs *fs, const struct vsc_file *app)
{
	const struct {
		const struct vsc_file *df;
		uint16_t fid;
		const char *name;
	} rows[] = {
		{ app, VSC_EPASS_FID_COM, "EF.COM" },
		{ app, VSC_EPASS_FID_SOD, "EF.SOD" },
		{ app, VSC_EPASS_FID_CVCA, "EF.CVCA" },
		{ fs->mf, VSC_EPASS_FID_ACCESS, "EF.CardAccess" },
		{ fs->mf, VSC_EPASS_FID_SECURED, "EF.CardSecurity" },
	};
	char name[16];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < VSC_COUNT(rows); i++)
		rc = export_file(folder, vsc_fs_by_fid(fs, rows[i].df, rows[i].fid), rows[i].name);
	for (unsigned dg = 1; rc == 0 && dg <= VSC_LDS_GROUPS; dg++) {
		snprintf(name, sizeof(name), "EF.DG%u", dg);
		rc = export_file(
		    folder, vsc_fs_by_fid(fs, app, (uint16_t)(VSC_EPASS_FID_DG + dg)), name);
	}
	return rc;
}

static int
export_lds(struct vsc_card *card, const struct vsc_params *params, struct vsc_why *why)
{
	const struct folder folder = { vsc_params_get(params, "export-lds"), why };
	const struct vsc_fs *fs = vsc_card_fs(card);
	const struct vsc_file *app = vsc_fs_by_name(fs, vsc_epass_aid);
	int rc;

	if (folder.path == NULL || app == NULL)
		return 0;
	if (mkdir(folder.path, 0777) != 0 && errno != EEXIST)
		return vsc_why_set(
		    why, VSC_E_IO, "--export-lds %.120s: %s", folder.path, strerror(errno));
	if ((rc = export_files(&folder, fs, app)) < 0)
		return rc;
	vsc_env_print(vsc_card_env(card), "LDS: %s", folder.path);
	return 0;
}

int
vsc_epass_export(struct vsc_card *card, const struct vsc_params *params,
    const struct vsc_epass_chip *chip, struct vsc_why *why)
{
	int rc;

	if ((rc = export_cert(
		 card, params, "export-csca", vsc_blob_span(&chip->csca), "CSCA", why)) < 0 ||
	    (rc = export_cert(card, params, "export-ds", vsc_blob_span(&chip->ds), "DS", why)) < 0)
		return rc;
	return export_lds(card, params, why);
}
