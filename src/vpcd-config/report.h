/* What vpcd-config tells of one slot, for people and as JSON. */
#ifndef VSC_VPCD_CONFIG_REPORT_H
#define VSC_VPCD_CONFIG_REPORT_H

#include "vicc/netif.h"
#include "vicc/qr.h"
#include "wire/endpoint.h"

#define VSC_REPORT_ADDRESSES 16

struct vsc_report {
	char name[160]; /* as pcscd calls the reader */
	unsigned slot;
	struct vsc_endpoint endpoint;
	struct vsc_address addresses[VSC_REPORT_ADDRESSES];
	size_t naddresses;
	enum vsc_reach reach;
	char command[400]; /* the card that fits */
	char uri[128];     /* "" if nobody outside can use it */
};

/* Fills everything behind endpoint. VSC_E_IO: the machine's addresses cannot be read. */
VSC_MUST_CHECK int vsc_report_fill(struct vsc_report *report);

void vsc_report_text(struct vsc_out *out, const struct vsc_report *report, enum vsc_qr_style style);
void vsc_report_json(struct vsc_out *out, const struct vsc_report *report);

#endif
