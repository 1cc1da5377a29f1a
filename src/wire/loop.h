/*
 * One thread, many descriptors, and a few workers for what may take long. All functions are called
 * from the loop's thread unless they say otherwise.
 */
#ifndef VSC_WIRE_LOOP_H
#define VSC_WIRE_LOOP_H

#include "base/bytes.h"
#include "base/env.h"
#include "wire/frame.h"

struct vsc_loop;
struct vsc_watch;
struct vsc_timer;

/* A hangup (both directions are over, or an error) comes unasked, together with all that was asked
 * for: who reads or writes then finds out which. */
enum vsc_loop_events { VSC_LOOP_READ = 1, VSC_LOOP_WRITE = 2, VSC_LOOP_HANGUP = 4 };

typedef void vsc_watch_fn(void *ctx, unsigned events);
typedef void vsc_timer_fn(void *ctx);
typedef void vsc_work_fn(void *ctx);

/* workers: at most so many threads for vsc_loop_work, each started when it is needed; 0 picks a
 * number. backend NULL: epoll where there is one, else poll; "poll" forces the portable one.
 * VSC_E_UNSUPPORTED: not here. */
VSC_MUST_CHECK int vsc_loop_new(struct vsc_loop **loop, unsigned workers, const char *backend);
/* Waits for work under way; its done functions are not called, and work not begun and posts not
 * run are dropped. Watches and timers are freed before. NULL is fine. */
void vsc_loop_free(struct vsc_loop *loop);

/* fd stays the caller's. The watch must be removed before fd is closed; both may happen inside any
 * callback, also to watches that are ready in the same round: they are not called any more. Level
 * triggered: who leaves bytes unread is called again. */
VSC_MUST_CHECK int vsc_loop_watch(struct vsc_loop *loop, struct vsc_watch **watch, int fd,
    unsigned events, vsc_watch_fn *fn, void *ctx);
/* events 0: not watched for a while, hangup included. */
VSC_MUST_CHECK int vsc_watch_set(struct vsc_watch *watch, unsigned events);
/* NULL is fine. */
void vsc_watch_free(struct vsc_watch *watch);

/* Calls fn once, ms from now (monotonic). */
VSC_MUST_CHECK int vsc_loop_timer(
    struct vsc_loop *loop, struct vsc_timer **timer, int ms, vsc_timer_fn *fn, void *ctx);
/* NULL is fine, after it fired too (the timer is owned by the caller until freed). */
void vsc_timer_free(struct vsc_timer *timer);
void vsc_timer_set(struct vsc_timer *timer, int ms); /* again, or later; < 0 stops it */

/* work runs on a worker thread (with all signals blocked), then done in the loop's thread. Work
 * that finds every worker busy waits for its turn. */
VSC_MUST_CHECK int vsc_loop_work(
    struct vsc_loop *loop, vsc_work_fn *work, vsc_work_fn *done, void *ctx);

/*
 * Within work, before it waits a moment for more of the same: may it keep the thread? True: then
 * vsc_loop_stayed() follows. At least half of the workers stay free for others.
 */
VSC_MUST_CHECK bool vsc_loop_stay(struct vsc_loop *loop);
void vsc_loop_stayed(struct vsc_loop *loop);

/*
 * Within work, before and after it waits for somebody outside: meanwhile it does not count as a
 * worker, so that work of others finds as many as ever.
 */
void vsc_loop_waits(struct vsc_loop *loop, bool begins);

/* Any thread, also a signal handler: run returns soon; if it is not running, the next one returns
 * at once. */
void vsc_loop_stop(struct vsc_loop *loop);
/* Any thread: fn runs in the loop's thread. */
VSC_MUST_CHECK int vsc_loop_post(struct vsc_loop *loop, vsc_work_fn *fn, void *ctx);

/* Until stopped. */
VSC_MUST_CHECK int vsc_loop_run(struct vsc_loop *loop);
/* One round, waiting at most ms. */
VSC_MUST_CHECK int vsc_loop_turn(struct vsc_loop *loop, int ms);

/* VSC_FRAME_HEADER + VSC_FRAME_MAX bytes that every callback may use until it returns: one for
 * reading, one for answering. Each call gives the buffer empty. */
struct vsc_out *vsc_loop_scratch(struct vsc_loop *loop);
struct vsc_out *vsc_loop_response(struct vsc_loop *loop);

#endif
