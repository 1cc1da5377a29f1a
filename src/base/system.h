/*
 * What systems have differently, decided in one place. Where VSC_ON_LINUX is 0, nothing but POSIX
 * and what macOS has is used; -Dportable=true builds that on Linux too, so that it can be tested.
 */
#ifndef VSC_BASE_SYSTEM_H
#define VSC_BASE_SYSTEM_H

#include <stddef.h>

#if defined(__linux__) && !defined(VSC_PORTABLE)
#define VSC_ON_LINUX 1
#else
#define VSC_ON_LINUX 0
#endif

/* This process's environment variables: on macOS a shared object cannot name `environ`. */
#ifdef __APPLE__
#include <crt_externs.h>
#define vsc_environ (*_NSGetEnviron())
#else
#include <unistd.h>
#define vsc_environ environ
#endif

/* As getenv, but NULL in a program that has rights which those who started it have not. Borrows. */
const char *vsc_getenv(const char *name);

/* realloc for count things; NULL also if there are none, or more than a size can say. */
void *vsc_realloc_array(void *old, size_t count, size_t size);

#endif
