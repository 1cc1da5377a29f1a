/*
 * Card verifiable certificates (TR-03110-3 C): strict parsing, and building for test PKIs. Whether
 * a certificate may follow another one is not decided here but in ta.h.
 */
#ifndef VSC_CRYPTO_CVC_H
#define VSC_CRYPTO_CVC_H

#include "crypto/cvkey.h"

/* Longest certificate we make; a DV with RSA 4096 and a terminal's extensions stay below. */
#define VSC_CVC_MAX     4096u
#define VSC_CVC_REF_MAX 16u /* bytes of a CAR or CHR */

/* The last byte of the CHAT's OID 0.4.0.127.0.7.3.1.2.x */
enum vsc_cvc_type { VSC_CVC_IS = 1, VSC_CVC_AT = 2, VSC_CVC_ST = 3 };
#define VSC_CVC_TYPES 3u

/* The two highest bits of the CHAT */
enum vsc_cvc_role {
	VSC_CVC_TERMINAL = 0,
	VSC_CVC_DV_FOREIGN = 1, /* or non-official */
	VSC_CVC_DV_DOMESTIC = 2,
	VSC_CVC_CVCA = 3,
};

struct vsc_chat {
	enum vsc_cvc_type type;
	enum vsc_cvc_role role;
	uint64_t rights; /* without the role bits; bit numbers as in TR-03110-4 2.2.3.2 */
};

struct vsc_cvc {
	struct vsc_span body;      /* the whole object 7F4E: what is signed */
	struct vsc_span signature; /* value of 5F37 */
	struct vsc_span car, chr;
	struct vsc_span key; /* value of 7F49 */
	struct vsc_cv_fields fields;
	struct vsc_chat chat;
	uint32_t effective, expiration;
	struct vsc_span extensions; /* value of 65; empty if there is none */
};

/* Bits of struct vsc_chat's rights (TR-03110-4 2.2.3): UINT64_C(1) << bit */
enum vsc_at_right {
	VSC_AT_AGE_VERIFICATION = 0,
	VSC_AT_COMMUNITY_VERIFICATION = 1,
	VSC_AT_RESTRICTED_IDENTIFICATION = 2,
	VSC_AT_PRIVILEGED_TERMINAL = 3,
	VSC_AT_CAN_ALLOWED = 4,
	VSC_AT_PIN_MANAGEMENT = 5,
	VSC_AT_INSTALL_CERTIFICATE = 6,
	VSC_AT_INSTALL_QUALIFIED_CERTIFICATE = 7,
	VSC_AT_READ_DG1 = 8,   /* to 29 for DG22, upwards */
	VSC_AT_WRITE_DG22 = 32 /* to 37 for DG17: downwards in groups */
};
enum vsc_is_right { VSC_IS_READ_DG3 = 0, VSC_IS_READ_DG4 = 1, VSC_IS_READ_EID = 5 };
enum vsc_st_right { VSC_ST_SIGN = 0, VSC_ST_SIGN_QUALIFIED = 1 };

/* 1 for IS, 5 for AT, 1 for ST */
size_t vsc_chat_len(enum vsc_cvc_type type);
/* The rights that exist for the type; reserved bits are not among them. */
uint64_t vsc_chat_all_rights(enum vsc_cvc_type type);

/* value: the content of a 7F4C, in a certificate or in MSE:Set AT */
VSC_MUST_CHECK int vsc_chat_parse(struct vsc_span value, struct vsc_chat *chat);
void vsc_chat_put(struct vsc_out *out, const struct vsc_chat *chat);

/* Six digits YYMMDD, one a byte; VSC_E_FORMAT unless it is a day of the calendar. */
VSC_MUST_CHECK int vsc_cvc_date_parse(struct vsc_span value, uint32_t *date);
void vsc_cvc_date_put(struct vsc_out *out, uint32_t date);
/* The day of a time in seconds since 1970, UTC. */
uint32_t vsc_cvc_day(int64_t seconds);
/* The day so many days later; days may be negative. */
uint32_t vsc_cvc_day_add(uint32_t day, int days);
bool vsc_cvc_day_valid(uint32_t date);

/* data: 7F4E and 5F37, as in PSO:VERIFY CERTIFICATE. The certificate borrows from it. VSC_E_FORMAT,
 * or VSC_E_UNSUPPORTED for an algorithm or terminal type that we do not know. */
VSC_MUST_CHECK int vsc_cvc_parse(struct vsc_span data, struct vsc_cvc *cvc);

/* data: the whole certificate 7F21, as in a file */
VSC_MUST_CHECK int vsc_cvc_parse_file(struct vsc_span data, struct vsc_cvc *cvc);

/* The value of a 65: each extension is 73 { 06 ... }. VSC_E_FORMAT. */
VSC_MUST_CHECK int vsc_cvc_check_extensions(struct vsc_span extensions);

/* The content of the 73 in the extensions whose OID is this. VSC_E_NOT_FOUND. */
VSC_MUST_CHECK int vsc_cvc_extension(
    const struct vsc_cvc *cvc, struct vsc_span oid, struct vsc_span *value);

/* OIDs of 0.4.0.127.0.7.3.1.3: 1 description, 2 terminal sector */
extern const struct vsc_span vsc_oid_cvc_description, vsc_oid_cvc_sector;

/* OIDs of 0.4.0.127.0.7.3.1.2.x by type */
struct vsc_span vsc_cvc_type_oid(enum vsc_cvc_type type);

/* What a new certificate says. */
struct vsc_cvc_request {
	struct vsc_span car, chr;
	const struct vsc_cv_key *subject; /* its public half goes into the certificate */
	const struct vsc_cv_key *issuer;  /* signs */
	struct vsc_chat chat;
	uint32_t effective, expiration;
	bool with_params;           /* CVCA certificates */
	struct vsc_span extensions; /* 73 objects, concatenated; may be empty */
};

/* The certificate 7F21. */
VSC_MUST_CHECK int vsc_cvc_build(const struct vsc_cvc_request *request, struct vsc_blob *cert);

#endif
