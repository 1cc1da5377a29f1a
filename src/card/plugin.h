/* A card type in a shared object: vicc -t ./mycard.so. */
#ifndef VSC_CARD_PLUGIN_H
#define VSC_CARD_PLUGIN_H

#include "card/card.h"

struct vsc_plugin;

/* VSC_E_IO: it cannot be loaded; VSC_E_NOT_FOUND: it defines no card type; VSC_E_ABI: built for
 * another version; VSC_E_FORMAT: the type lacks something. Each is logged to env with the file's
 * name. */
VSC_MUST_CHECK int vsc_plugin_open(
    struct vsc_plugin **plugin, const char *path, const struct vsc_env *env);
const struct vsc_card_type *vsc_plugin_type(const struct vsc_plugin *plugin);
/* After the last card of its type is freed; NULL is fine. */
void vsc_plugin_close(struct vsc_plugin *plugin);

#endif
