/* Readers when a process multiplies or ends. */
#include <sys/socket.h>
#include <unistd.h>

#include "reader/slot.h"

/*
 * Runs in the child of a process with threads: only what is safe in a signal handler, and nothing
 * that other threads may have left half done. What is freed here would be freed in a copy.
 */
void
vsc_reader_forked(struct vsc_reader *r)
{
	close(r->wake[0]);
	close(r->wake[1]);
	for (size_t i = 0; i < r->listener.nfds; i++)
		close(r->listener.fds[i]);
	/* The lock was held by a thread that stayed behind: its link may be closed already. */
	if (pthread_mutex_trylock(&r->lock) == 0 && r->link != NULL)
		close(vsc_link_fd(r->link));
}

void
vsc_reader_refuse(struct vsc_reader *r)
{
	atomic_store(&r->refusing, true);
	for (size_t i = 0; i < r->listener.nfds; i++)
		shutdown(r->listener.fds[i], SHUT_RDWR);
}
