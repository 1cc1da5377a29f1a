/*
 * The data objects of a protected command (ISO/IEC 7816-4:2020 10.3), found and told apart; what
 * they mean is for sm.c.
 */
#ifndef VSC_CARD_SM_OBJECTS_H
#define VSC_CARD_SM_OBJECTS_H

#include "base/bytes.h"

/* What says how the command and its answer are protected; borrowed; ptr NULL: absent. */
struct vsc_sm_controls {
	struct vsc_span environment; /* 95: number of the security environment */
	struct vsc_span checksum;    /* B5, template for the MAC */
	struct vsc_span cipher;      /* B9, template for encryption */
	struct vsc_span answer;      /* BB, response descriptor */
};

/* As found, borrowed; ptr NULL: absent. */
struct vsc_sm_objects {
	struct vsc_span plain;      /* 81, B1, B3 */
	struct vsc_span bertlv;     /* 83, 85 */
	struct vsc_span cryptogram; /* 87 */
	struct vsc_span header;     /* 89 */
	struct vsc_span ne;         /* 97 */
	struct vsc_span mac;        /* 8E */
	struct vsc_span covered;    /* everything before 8E */
	struct vsc_sm_controls controls;
	bool controlled; /* there is one of them */
	bool outside;    /* an object came by its even tag: not in the MAC */
};

/* *found is zero before. VSC_E_FORMAT: an unknown object, one twice, something after the MAC. */
VSC_MUST_CHECK int vsc_sm_objects_collect(struct vsc_span data, struct vsc_sm_objects *found);

#endif
