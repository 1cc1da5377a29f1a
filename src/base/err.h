/*
 * Error codes of everything below the card engine: 0 is success, failures are negative. A function
 * that can fail is marked VSC_MUST_CHECK. Card commands speak another language: the status word
 * (iso/sw.h).
 */
#ifndef VSC_BASE_ERR_H
#define VSC_BASE_ERR_H

#define VSC_MUST_CHECK           __attribute__((warn_unused_result))
#define VSC_PRINTF(fmt, varargs) __attribute__((format(printf, fmt, varargs)))

enum vsc_err {
	VSC_E_FORMAT = -1,       /* input is malformed */
	VSC_E_SPACE = -2,        /* does not fit in the space given */
	VSC_E_NOMEM = -3,        /* out of memory */
	VSC_E_PARAM = -4,        /* the caller's argument makes no sense */
	VSC_E_STATE = -5,        /* not possible in this state */
	VSC_E_CRYPTO = -6,       /* a cryptographic operation failed, or the library did */
	VSC_E_VERIFY = -7,       /* a signature, MAC or password is wrong */
	VSC_E_IO = -8,           /* the operating system refused; errno tells */
	VSC_E_CLOSED = -9,       /* the peer went away */
	VSC_E_TIMEOUT = -10,     /* the deadline passed */
	VSC_E_NOT_FOUND = -11,   /* no such thing */
	VSC_E_EXISTS = -12,      /* there is one already */
	VSC_E_BUSY = -13,        /* somebody else has it */
	VSC_E_UNSUPPORTED = -14, /* valid, but not available here */
	VSC_E_ABI = -15,         /* built for another version */
	VSC_E_CORRUPT = -16,     /* stored data is damaged or not ours */
	VSC_E_CANCELED = -17,    /* asked to stop */
};

/* Never NULL; English, lower case, no final stop. */
const char *vsc_err_text(int err);

/*
 * For errors that a person has to mend: what was wrong, with the name of the field, file or option.
 * Always terminated; empty if nothing was said.
 */
struct vsc_why {
	char text[256];
};

/* Fill *why (which may be NULL) and return err. */
int vsc_why_set(struct vsc_why *why, int err, const char *format, ...) VSC_PRINTF(3, 4);

#endif
