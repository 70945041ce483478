/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Loads a library when it is needed; see lazylib.h. Keeps nothing itself: the
 * dynamic linker knows what is loaded, and is asked each time.
 */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "lazylib.h"

int lazylib_load(const char *soname, const char *const *names, void *calls, const char *what,
		 struct mdesc_error *err)
{
	/* Never unloaded: these libraries leave handlers for the end of the process. */
	void *lib = dlopen(soname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	const char *why;
	size_t i;

	if (!lib) {
		why = dlerror();
		return error_set(err, ENOTSUP, MDESC_CLASS_DENIED, "%s: %.300s", what,
				 why ? why : soname);
	}
	for (i = 0; names[i]; i++) {
		void *call = dlsym(lib, names[i]);

		if (!call) {
			dlclose(lib);
			return error_set(err, ENOTSUP, MDESC_CLASS_DENIED, "%s: %s has no %s: it is too old",
					 what, soname, names[i]);
		}
		memcpy((char *)calls + i * sizeof(call), &call, sizeof(call));
	}
	dlclose(lib);
	return 0;
}
