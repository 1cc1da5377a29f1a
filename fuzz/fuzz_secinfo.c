/* Any bytes as SecurityInfos, SubjectPublicKeyInfo, SignedData: what is found lies within the
 * input. */
#include "fuzz.h"

#include "crypto/params.h"
#include "crypto/secinfo.h"

static void
read_key(struct vsc_span bytes)
{
	struct vsc_blob public = { NULL, 0 };
	struct vsc_group *group;

	if (vsc_spki_parse(bytes, &group, &public) == 0) {
		FUZZ_CHECK(public.len > 0 && public.len <= VSC_ELEM_MAX);
		vsc_group_free(group);
	}
	vsc_blob_free(&public);
	if (vsc_params_parse(bytes, &group) == 0)
		vsc_group_free(group);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vsc_span raw = { data, size };
	struct vsc_blob content = { NULL, 0 };
	struct vsc_secinfos infos;

	if (vsc_cms_content(raw, VSC_OID_SECURITY_OBJECT, &content) == 0)
		raw = vsc_blob_span(&content);
	if (vsc_secinfos_parse(raw, &infos) == 0) {
		FUZZ_CHECK(infos.count <= VSC_SECINFOS_MAX);
		for (size_t i = 0; i < infos.count; i++) {
			FUZZ_CHECK(fuzz_within(infos.list[i].oid, raw));
			FUZZ_CHECK(fuzz_within(infos.list[i].required, raw));
			FUZZ_CHECK(infos.list[i].id >= VSC_SECINFO_NONE);
			read_key(infos.list[i].required);
		}
	}
	read_key(raw);
	vsc_blob_free(&content);
	return 0;
}
