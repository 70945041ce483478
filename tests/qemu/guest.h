/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What the commands of the virtual machine share. */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>

struct bpf_object;
struct bpf_program;

/* The bytes of a text in hexadecimal; how many, at most @room. */
size_t unhex(const char *text, unsigned char *bytes, size_t room);

/* An object, without words of libbpf's own, and a program of it; NULL: said why. */
struct bpf_program *open_program(const char *path, const char *name, struct bpf_object **obj);

/* vnic_cmd.c; @bound: the program may call the metadata kfuncs, and belongs to the interface. Gives the exit status. */
int vnic_run(const char *path, bool bound, const char *iface, const char *packets);

#endif
