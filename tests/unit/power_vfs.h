/*
 * A disk in memory for SQLite that loses power: what was written after the last sync of a file may
 * be there, in pieces and in any order, or not. As the worst disks do, but for one thing: a sync
 * that was answered is true.
 */
#ifndef VSC_TEST_POWER_VFS_H
#define VSC_TEST_POWER_VFS_H

#include <stdbool.h>

/* Registers the VFS as SQLite's default; the disk is empty. */
void power_on(unsigned seed);

/* The power fails at the n-th write, truncation, sync or deletion from now: from then on everything
 * is an I/O error. */
void power_fails_after(unsigned operations);

bool power_is_off(void);

/* What is on the disk now becomes what SQLite sees; the power is back, and does not fail. Nothing
 * may be open. */
void power_returns(void);

/* Free everything and give SQLite its own VFS back. */
void power_done(void);

#endif
