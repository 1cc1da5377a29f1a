/*
 * The words of --pace, --ca, --aa, --access, --fault and --can looked up in tables; what cannot go
 * together is refused.
 */
#include "cards/epass/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CAN_LEN 6u /* at least */

/* Words of a value: "gm,im:13:aes128" is { gm,im } { 13 } { aes128 }. */
#define WORDS_MAX 3

struct words {
	char text[128];
	const char *word[WORDS_MAX];
	size_t count;
};

static int
split(struct words *words, const char *value, const char *separator)
{
	char *rest = words->text;

	words->count = 0;
	if (strlen(value) >= sizeof(words->text) ||
	    vsc_copy(words->text, sizeof(words->text), vsc_span_from(value, strlen(value) + 1)) < 0)
		return VSC_E_PARAM;
	while (rest != NULL) {
		if (words->count == WORDS_MAX)
			return VSC_E_PARAM;
		words->word[words->count++] = strsep(&rest, separator);
	}
	return 0;
}

static const char *
word(const struct words *words, size_t n)
{
	return n < words->count && words->word[n][0] != '\0' ? words->word[n] : NULL;
}

struct choice {
	const char *name;
	unsigned value;
};

/* The choices of a list "a,b,c", or'ed; none of them is empty. */
static int
choose(const struct choice *choices, size_t count, const char *list, unsigned *value)
{
	for (bool more = true; more;) {
		size_t len = strcspn(list, ","), i = 0;

		while (i < count && (strlen(choices[i].name) != len ||
					strncasecmp(choices[i].name, list, len) != 0))
			i++;
		if (i == count)
			return VSC_E_PARAM;
		*value |= choices[i].value;
		more = list[len] == ',';
		list += len + (more ? 1 : 0);
	}
	return 0;
}

static const struct choice accesses[] = {
	{ "bac", VSC_EPASS_BAC },
	{ "pace", VSC_EPASS_PACE },
	{ "none", 0 },
};

static const struct choice faults[] = {
	{ "sod-sig", VSC_FAULT_SOD_SIG },
	{ "dg-hash", VSC_FAULT_DG_HASH },
	{ "aa", VSC_FAULT_AA },
	{ "ca", VSC_FAULT_CA },
	{ "cam", VSC_FAULT_CAM },
	{ "expired-ds", VSC_FAULT_EXPIRED_DS },
	{ "no-sod", VSC_FAULT_NO_SOD },
};

static const struct choice pkis[] = {
	{ "ec", VSC_SIGNER_EC_EXPLICIT },
	{ "ec-named", VSC_SIGNER_EC_NAMED },
	{ "rsa", VSC_SIGNER_RSA },
	{ "rsapss", VSC_SIGNER_RSA_PSS },
};

/* Groups by the names that --pace, --ca and --aa take (TR-03110-3 A.2.1.1 has the numbers). */
static const struct group_name {
	const char *name;
	unsigned id;
	const char *curve; /* OpenSSL's name */
} groups[] = {
	{ "dh1024", 0, NULL },
	{ "dh2048-224", 1, NULL },
	{ "dh2048", 2, NULL },
	{ "p192", 8, "prime192v1" },
	{ "bp192", 9, "brainpoolP192r1" },
	{ "p224", 10, "secp224r1" },
	{ "bp224", 11, "brainpoolP224r1" },
	{ "p256", 12, "prime256v1" },
	{ "bp256", 13, "brainpoolP256r1" },
	{ "bp320", 14, "brainpoolP320r1" },
	{ "p384", 15, "secp384r1" },
	{ "bp384", 16, "brainpoolP384r1" },
	{ "bp512", 17, "brainpoolP512r1" },
	{ "p521", 18, "secp521r1" },
};

static const struct group_name *
find_group(const char *name)
{
	char number[4];

	for (size_t i = 0; i < VSC_COUNT(groups); i++) {
		snprintf(number, sizeof(number), "%u", groups[i].id & 0xFF);
		if (strcasecmp(groups[i].name, name) == 0 || strcmp(number, name) == 0)
			return &groups[i];
	}
	return NULL;
}

/* By the last byte of an object identifier */
static const char *const ciphers[] = { NULL, "3des", "aes128", "aes192", "aes256" };

/* 1 to 4; 0: no such cipher */
static unsigned
find_cipher(const char *name)
{
	for (unsigned i = 1; i < VSC_COUNT(ciphers); i++)
		if (strcasecmp(ciphers[i], name) == 0)
			return i;
	return 0;
}

/* --- --pace gm,im,cam[:param[:cipher]] --- */

static const struct vsc_pace_alg *
pace_alg(enum vsc_group_kind kind, enum vsc_pace_mapping mapping, unsigned cipher)
{
	const struct vsc_pace_alg *alg;

	for (size_t i = 0; (alg = vsc_pace_alg_nth(i)) != NULL; i++)
		if (alg->kind == kind && alg->mapping == mapping &&
		    alg->suite == vsc_suite_by_oid_byte((uint8_t)cipher))
			return alg;
	return NULL;
}

bool
vsc_epass_pace_possible(const struct vsc_pace_alg *alg, unsigned id)
{
	struct vsc_group *group;
	bool ok;

	if (vsc_group_new(&group, id) < 0)
		return false;
	ok = vsc_pace_possible(alg, group);
	vsc_group_free(group);
	return ok;
}

static int
add_pace(struct vsc_epass_plan *plan, const struct vsc_pace_alg *alg, unsigned group,
    const char *value, struct vsc_why *why)
{
	if (alg == NULL)
		return vsc_why_set(why, VSC_E_PARAM,
		    "--pace %s: no such protocol (cam is with curves and AES only)", value);
	if (!vsc_epass_pace_possible(alg, group))
		return vsc_why_set(why, VSC_E_PARAM,
		    "--pace %s: %s does not work with parameter %u", value, alg->name, group);
	for (size_t i = 0; i < plan->npace; i++)
		if (plan->pace[i].alg == alg && plan->pace[i].group == group)
			return vsc_why_set(why, VSC_E_PARAM, "--pace %s: given twice", value);
	if (plan->npace == VSC_EPASS_PACE_MAX)
		return vsc_why_set(
		    why, VSC_E_PARAM, "--pace: at most %u protocols", VSC_EPASS_PACE_MAX);
	plan->pace[plan->npace++] = (struct vsc_plan_pace){ alg, group };
	return 0;
}

/* One word of the list: "gm", "ecdh-im", "dh-gm". */
static int
take_mapping(struct vsc_epass_plan *plan, const char *name, const struct words *words,
    const char *value, struct vsc_why *why)
{
	static const struct {
		const char *name;
		enum vsc_pace_mapping mapping;
	} mappings[] = { { "gm", VSC_PACE_GM }, { "im", VSC_PACE_IM }, { "cam", VSC_PACE_CAM } };
	bool dh = strncasecmp(name, "dh-", 3) == 0, ecdh = strncasecmp(name, "ecdh-", 5) == 0;
	const char *bare = name + (dh ? 3 : ecdh ? 5 : 0);
	const char *param = word(words, 1), *cipher = word(words, 2);
	const struct group_name *group = find_group(param != NULL ? param
						    : dh          ? "dh2048"
								  : "bp256");
	unsigned y = find_cipher(cipher != NULL ? cipher : "aes128");
	enum vsc_group_kind kind;
	size_t i = 0;

	while (i < VSC_COUNT(mappings) && strcasecmp(mappings[i].name, bare) != 0)
		i++;
	if (i == VSC_COUNT(mappings))
		return vsc_why_set(why, VSC_E_PARAM,
		    "--pace %s: \"%s\" is none of gm, im, cam, with dh- or ecdh- before it", value,
		    name);
	if (group == NULL)
		return vsc_why_set(why, VSC_E_PARAM,
		    "--pace %s: \"%s\" is no domain parameter: 0 to 2, 8 to 18, or a name as bp256",
		    value, param);
	if (y == 0)
		return vsc_why_set(why, VSC_E_PARAM,
		    "--pace %s: \"%s\" is none of 3des, aes128, aes192, aes256", value, cipher);
	kind = group->curve == NULL ? VSC_GROUP_DH : VSC_GROUP_ECDH;
	if ((dh && kind != VSC_GROUP_DH) || (ecdh && kind != VSC_GROUP_ECDH))
		return vsc_why_set(
		    why, VSC_E_PARAM, "--pace %s: parameter %s is not for %s", value, param, name);
	return add_pace(plan, pace_alg(kind, mappings[i].mapping, y), group->id, value, why);
}

static int
read_pace(struct vsc_epass_plan *plan, const char *value, struct vsc_why *why)
{
	char list[64], *rest = list, *name;
	struct words words = { .count = 0 };
	int rc = 0;

	if (split(&words, value, ":") < 0 || strlen(words.word[0]) >= sizeof(list))
		return vsc_why_set(why, VSC_E_PARAM,
		    "--pace %.80s: the form is gm,im,cam[:param[:cipher]]", value);
	snprintf(list, sizeof(list), "%s", words.word[0]);
	while (rc == 0 && (name = strsep(&rest, ",")) != NULL)
		rc = take_mapping(plan, name, &words, value, why);
	return rc;
}

/* --- --ca bp256:aes128 --- */

static const struct vsc_ca_alg *
ca_alg(enum vsc_group_kind kind, unsigned cipher)
{
	const struct vsc_ca_alg *alg;

	for (size_t i = 0; (alg = vsc_ca_alg_nth(i)) != NULL; i++)
		if (alg->kind == kind && alg->suite == vsc_suite_by_oid_byte((uint8_t)cipher))
			return alg;
	return NULL;
}

static int
read_ca(struct vsc_epass_plan *plan, const char *value, struct vsc_why *why)
{
	const struct group_name *group;
	struct words words = { .count = 0 };
	unsigned y;

	if (strcasecmp(value, "none") == 0)
		return 0;
	if (split(&words, value, ":") < 0 || words.count > 2 ||
	    (group = find_group(words.word[0])) == NULL)
		return vsc_why_set(why, VSC_E_PARAM,
		    "--ca %.80s: a group (bp256, p256, dh2048 ...), or none", value);
	y = find_cipher(word(&words, 1) != NULL ? word(&words, 1) : "aes128");
	if (y == 0)
		return vsc_why_set(why, VSC_E_PARAM,
		    "--ca %s: \"%s\" is none of 3des, aes128, aes192, aes256", value,
		    words.word[1]);
	if (plan->nca == VSC_EPASS_CA_MAX)
		return vsc_why_set(why, VSC_E_PARAM, "--ca: at most %u keys", VSC_EPASS_CA_MAX);
	plan->ca[plan->nca++] =
	    (struct vsc_plan_ca){ ca_alg(group->curve == NULL ? VSC_GROUP_DH : VSC_GROUP_ECDH, y),
		    group->id };
	return 0;
}

/* --- --aa rsa2048:sha256 --- */

static int
read_aa_hash(struct vsc_epass_plan *plan, const char *value, const char *name, struct vsc_why *why)
{
	static const struct choice hashes[] = {
		{ "sha1", VSC_HASH_SHA1 },
		{ "sha224", VSC_HASH_SHA224 },
		{ "sha256", VSC_HASH_SHA256 },
		{ "sha384", VSC_HASH_SHA384 },
		{ "sha512", VSC_HASH_SHA512 },
	};

	for (size_t i = 0; i < VSC_COUNT(hashes); i++)
		if (strcasecmp(hashes[i].name, name) == 0) {
			plan->aa_hash = (enum vsc_hash)hashes[i].value;
			return 0;
		}
	return vsc_why_set(why, VSC_E_PARAM,
	    "--aa %s: \"%s\" is none of sha1, sha224, sha256, sha384, sha512", value, name);
}

/* Doc 9303-11 6.1.2.3: the hash of ECDSA is not longer than the key. */
static const char *
usual_hash(const struct vsc_epass_plan *plan)
{
	if (plan->aa_curve == NULL || plan->aa_curve->field_len >= 32)
		return "sha256";
	return plan->aa_curve->field_len >= 28 ? "sha224" : "sha1";
}

static int
read_aa(struct vsc_epass_plan *plan, const char *value, struct vsc_why *why)
{
	static const unsigned sizes[] = { 1024, 1280, 1536, 1792, 2048, 3072, 4096 };
	const struct group_name *group;
	struct words words = { .count = 0 };
	char name[16];

	if (strcasecmp(value, "none") == 0)
		return 0;
	if (split(&words, value, ":") < 0 || words.count > 2)
		return vsc_why_set(
		    why, VSC_E_PARAM, "--aa %.80s: the form is rsa2048[:sha256]", value);
	for (size_t i = 0; i < VSC_COUNT(sizes); i++) {
		snprintf(name, sizeof(name), "rsa%u", sizes[i]);
		if (strcasecmp(name, words.word[0]) == 0)
			plan->aa_bits = sizes[i];
	}
	group = find_group(words.word[0]);
	if (plan->aa_bits == 0 && group != NULL && group->curve != NULL)
		plan->aa_curve = vsc_curve_by_name(group->curve);
	if (plan->aa_bits == 0 && plan->aa_curve == NULL)
		return vsc_why_set(why, VSC_E_PARAM,
		    "--aa %s: rsa1024 to rsa4096, or a curve (p256, bp256 ...), or none", value);
	return read_aa_hash(
	    plan, value, word(&words, 1) != NULL ? word(&words, 1) : usual_hash(plan), why);
}

/* --- All --- */

static int
read_list(const struct vsc_params *params, const char *option, const char *otherwise,
    const struct choice *choices, size_t count, unsigned *value, struct vsc_why *why)
{
	const char *given = vsc_params_get(params, option);
	char known[128] = "";
	size_t len = 0;

	*value = 0;
	if (choose(choices, count, given != NULL ? given : otherwise, value) == 0)
		return 0;
	for (size_t i = 0; i < count && len < sizeof(known); i++)
		len += (size_t)snprintf(
		    known + len, sizeof(known) - len, "%s%s", i == 0 ? "" : ", ", choices[i].name);
	return vsc_why_set(why, VSC_E_PARAM, "--%s %.80s: choose among %s", option, given, known);
}

/* Every value of a repeatable option, or the default. */
static int
read_each(struct vsc_epass_plan *plan, const struct vsc_params *params, const char *option,
    const char *otherwise, int (*read)(struct vsc_epass_plan *, const char *, struct vsc_why *),
    struct vsc_why *why)
{
	const char *value;
	int rc = 0;

	if (!vsc_params_has(params, option))
		return read(plan, otherwise, why);
	for (size_t i = 0; rc == 0 && (value = vsc_params_nth(params, option, i)) != NULL; i++)
		rc = read(plan, value, why);
	return rc;
}

static int
read_faults(struct vsc_epass_plan *plan, const struct vsc_params *params, struct vsc_why *why)
{
	const char *value;

	for (size_t i = 0; (value = vsc_params_nth(params, "fault", i)) != NULL; i++)
		if (choose(faults, VSC_COUNT(faults), value, &plan->faults) < 0)
			return vsc_why_set(why, VSC_E_PARAM,
			    "--fault %.80s: choose among sod-sig, dg-hash, aa, ca, cam, "
			    "expired-ds, no-sod",
			    value);
	return 0;
}

/* Doc 9303-11 4.4.4.1: six digits, though longer ones are seen; PACE takes any characters. */
static int
read_can(struct vsc_epass_plan *plan, const char *value, struct vsc_why *why)
{
	if (value == NULL)
		return 0;
	if (strlen(value) < CAN_LEN || strlen(value) >= sizeof(plan->can) ||
	    strspn(value, "0123456789") != strlen(value))
		return vsc_why_set(
		    why, VSC_E_PARAM, "--can %.40s: six digits (up to 16 are taken)", value);
	snprintf(plan->can, sizeof(plan->can), "%s", value);
	return 0;
}

static bool
has_mapping(const struct vsc_epass_plan *plan, enum vsc_pace_mapping mapping)
{
	for (size_t i = 0; i < plan->npace; i++)
		if (plan->pace[i].alg->mapping == mapping)
			return true;
	return false;
}

/* A defect of what is not there would be none. */
static int
check_faults(
    const struct vsc_epass_plan *plan, const struct vsc_params *params, struct vsc_why *why)
{
	const struct {
		unsigned faults; /* all of them were asked for, */
		bool possible;   /* and this is so */
		const char *reason;
	} rows[] = {
		{ VSC_FAULT_AA, plan->aa_bits != 0 || plan->aa_curve != NULL,
		    "aa: there is no active authentication (--aa)" },
		{ VSC_FAULT_CA, plan->nca > 0, "ca: there is no chip authentication (--ca)" },
		{ VSC_FAULT_CAM, has_mapping(plan, VSC_PACE_CAM),
		    "cam: there is no chip authentication mapping (--pace cam)" },
		{ VSC_FAULT_NO_SOD | VSC_FAULT_SOD_SIG, false,
		    "no-sod and sod-sig: one or the other" },
		{ VSC_FAULT_NO_SOD | VSC_FAULT_DG_HASH, false,
		    "no-sod and dg-hash: one or the other" },
		{ VSC_FAULT_EXPIRED_DS, !vsc_params_has(params, "ds-cert"),
		    "expired-ds: --ds-cert has dates of its own" },
	};

	for (size_t i = 0; i < VSC_COUNT(rows); i++)
		if ((plan->faults & rows[i].faults) == rows[i].faults && !rows[i].possible)
			return vsc_why_set(why, VSC_E_PARAM, "--fault %s", rows[i].reason);
	return 0;
}

static bool
has_value(const struct vsc_params *params, const char *option, const char *value)
{
	const char *given;

	for (size_t i = 0; (given = vsc_params_nth(params, option, i)) != NULL; i++)
		if (strcasecmp(given, value) == 0)
			return true;
	return false;
}

/* What does not go together. */
static int
check(const struct vsc_epass_plan *plan, const struct vsc_params *params, bool bare,
    struct vsc_why *why)
{
	const char *access = vsc_params_get(params, "access");

	if (access != NULL && plan->access != 0 && strcasestr(access, "none") != NULL)
		return vsc_why_set(why, VSC_E_PARAM, "--access %.80s: none is said alone", access);
	if ((plan->access & VSC_EPASS_PACE) == 0 && vsc_params_has(params, "pace"))
		return vsc_why_set(why, VSC_E_PARAM, "--pace: --access says that there is no PACE");
	if (vsc_params_has(params, "fix-mrz") && !vsc_params_has(params, "mrz"))
		return vsc_why_set(why, VSC_E_PARAM, "--fix-mrz: goes with --mrz");
	if (plan->nca > 0 && has_value(params, "ca", "none"))
		return vsc_why_set(why, VSC_E_PARAM, "--ca none: none is said alone");
	if (vsc_params_has(params, "cvca") && plan->nca == 0 && !bare)
		return vsc_why_set(why, VSC_E_PARAM,
		    "--cvca: terminal authentication needs chip authentication (--ca)");
	return check_faults(plan, params, why);
}

int
vsc_epass_plan_read(
    struct vsc_epass_plan *plan, const struct vsc_params *params, bool bare, struct vsc_why *why)
{
	const char *aa = vsc_params_get(params, "aa");
	unsigned pki;
	int rc;

	*plan = (struct vsc_epass_plan){ .access = 0 };
	if ((rc = read_list(params, "access", "bac,pace", accesses, VSC_COUNT(accesses),
		 &plan->access, why)) < 0 ||
	    (rc = read_list(params, "pki", "rsa", pkis, VSC_COUNT(pkis), &pki, why)) < 0 ||
	    (rc = read_faults(plan, params, why)) < 0 ||
	    (rc = read_can(plan, vsc_params_get(params, "can"), why)) < 0 ||
	    (rc = read_aa(plan,
		 aa != NULL ? aa
		 : bare     ? "none"
			    : "rsa1024:sha1",
		 why)) < 0 ||
	    (rc = read_each(plan, params, "ca", bare ? "none" : "bp256:aes128", read_ca, why)) < 0)
		return rc;
	if (vsc_params_has(params, "pki") && strchr(vsc_params_get(params, "pki"), ',') != NULL)
		return vsc_why_set(why, VSC_E_PARAM, "--pki: one of ec, ec-named, rsa, rsapss");
	plan->pki = (enum vsc_signer_kind)pki;
	if ((plan->access & VSC_EPASS_PACE) != 0)
		rc = read_each(plan, params, "pace", "ecdh-gm:13:aes128", read_pace, why);
	return rc < 0 ? rc : check(plan, params, bare, why);
}
