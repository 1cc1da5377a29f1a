/* Where the driver's messages go: pcscd's log when pcscd loaded us, else syslog. */
#ifndef VSC_IFD_LOG_H
#define VSC_IFD_LOG_H

#include "base/env.h"

/* For vsc_env_log and as a reader's environment. */
extern const struct vsc_env vsc_ifd_env;

#endif
