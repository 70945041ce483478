/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What the commands of the virtual machine share. */
#ifndef GUEST_H
#define GUEST_H

#include <stddef.h>

struct bpf_object;
struct bpf_program;

/* The bytes of a text in hexadecimal; how many, at most @room. */
size_t unhex(const char *text, unsigned char *bytes, size_t room);

/* An object, without words of libbpf's own, and a program of it; NULL: said why. */
struct bpf_program *open_program(const char *path, const char *name, struct bpf_object **obj);

#endif
