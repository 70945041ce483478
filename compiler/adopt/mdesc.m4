# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdesc.m4 - autoconf macros for projects that compile .mdesc descriptions		serial 1
#
# MDESC_PROG_MDESCC finds the compiler and its installed files, MDESC_RELEASES the releases of a description, and
# MDESC_CHECK_RUNTIME the library.  The first and the last need pkg.m4 of pkg-config.  doc/adopt.md shows a whole
# project.

# MDESC_PROG_MDESCC([MINIMUM-VERSION], [ACTION-IF-FOUND], [ACTION-IF-NOT-FOUND])
# -------------------------------------------------------------------------------
# Takes the mdescc that the user names in MDESCC, or the one in PATH, or the one that pkg-config knows.  It must run on
# this machine (also in a cross build) and not be older than MINIMUM-VERSION.  Without ACTION-IF-NOT-FOUND, configure
# ends with an error that says what was wrong.
#
# Substitutes: MDESCC, the command; MDESCC_VERSION; MDESC_DIR, the folder that holds std/;
# MDESC_MAKEFILE, the fragment to include in a makefile; MDESC_KBUILD, the one for kernel modules.
AC_DEFUN([MDESC_PROG_MDESCC], [
AC_REQUIRE([PKG_PROG_PKG_CONFIG])dnl
AC_REQUIRE([AC_PROG_SED])dnl
AC_ARG_VAR([MDESCC], [compiler of .mdesc descriptions, which runs on this machine])dnl
AC_ARG_VAR([MDESC_DIR], [folder of its std/, mdesc.mk and mdesc.kbuild])dnl
mdesc_problem=
MDESCC_VERSION=
AS_IF([test -z "$MDESCC"], [
	AC_PATH_PROG([MDESCC], [mdescc])
	# pkg-config of a cross build knows the host's mdescc, which does not run here.
	AS_IF([test -z "$MDESCC" && test "$cross_compiling" != yes && test -n "$PKG_CONFIG"], [
		AC_MSG_CHECKING([pkg-config for mdescc])
		MDESCC=`$PKG_CONFIG --variable=mdescc mdescc 2>/dev/null`
		AS_IF([test -n "$MDESCC" && test ! -x "$MDESCC"], [MDESCC=])
		AC_MSG_RESULT([${MDESCC:-no}])
	])
])
AS_IF([test -z "$MDESCC"],
      [mdesc_problem="mdescc was not found: install mdesc, or set PATH, PKG_CONFIG_PATH or MDESCC"])
AS_IF([test -z "$mdesc_problem"], [
	AC_MSG_CHECKING([for the version of $MDESCC])
	MDESCC_VERSION=`$MDESCC --version 2>&AS_MESSAGE_LOG_FD | $SED -n '1s/^mdescc \([[0-9]]\)/\1/p'`
	AC_MSG_RESULT([${MDESCC_VERSION:-it does not run}])
	AS_IF([test -z "$MDESCC_VERSION"],
	      [mdesc_problem="$MDESCC does not run on this machine, or is no mdescc: set MDESCC to one that does"])
])
m4_ifval([$1], [
AS_IF([test -z "$mdesc_problem"],
      [AS_VERSION_COMPARE([$MDESCC_VERSION], [$1],
	[mdesc_problem="$MDESCC is version $MDESCC_VERSION, but $1 or newer is needed"])])
])dnl
AS_IF([test -z "$mdesc_problem"], [
	AC_MSG_CHECKING([for the files of $MDESCC])
	# Beside the command first: they belong together, wherever both have been moved.
	AS_IF([test -z "$MDESC_DIR"], [
		mdesc_bin=`AS_DIRNAME(["$MDESCC"])`
		AS_IF([test -f "$mdesc_bin/../share/mdesc/mdesc.mk"],
		      [MDESC_DIR=`cd "$mdesc_bin/../share/mdesc" && pwd`])
	])
	AS_IF([test -z "$MDESC_DIR" && test -n "$PKG_CONFIG"],
	      [MDESC_DIR=`$PKG_CONFIG --variable=mdescdir mdescc 2>/dev/null`])
	AS_IF([test -f "$MDESC_DIR/mdesc.mk"], [AC_MSG_RESULT([$MDESC_DIR])], [
		AC_MSG_RESULT([no])
		mdesc_problem="mdesc.mk is not in '$MDESC_DIR': set MDESC_DIR to the folder of $MDESCC that holds it"
	])
])
AC_SUBST([MDESCC_VERSION])dnl
AC_SUBST([MDESC_MAKEFILE], ["$MDESC_DIR/mdesc.mk"])dnl
AC_SUBST([MDESC_KBUILD], ["$MDESC_DIR/mdesc.kbuild"])dnl
AS_IF([test -z "$mdesc_problem"], [m4_default([$2], [:])],
      [m4_default([$3], [AC_MSG_ERROR([$mdesc_problem])])])
])dnl MDESC_PROG_MDESCC

# MDESC_RELEASES(VARIABLE, DESCRIPTION, [OPTIONS], [ACTION-IF-WRONG])
# -------------------------------------------------------------------
# The releases that the device of DESCRIPTION lists, separated by blanks, into VARIABLE, which is substituted.  OPTIONS
# are mdescc's, such as -I.  Who calls configure may say in VARIABLE which of them are to be made.  Without
# ACTION-IF-WRONG, configure ends with an error if mdescc cannot tell, or does not know one that was asked for.
# After MDESC_PROG_MDESCC.
AC_DEFUN([MDESC_RELEASES], [
AC_ARG_VAR([$1], [releases of $2 to be made (default: all)])dnl
AC_MSG_CHECKING([for the releases of $2])
mdesc_releases=`$MDESCC $3 --list-releases "$2" 2>&AS_MESSAGE_LOG_FD`
mdesc_status=$?
mdesc_releases=`AS_ECHO(["$mdesc_releases"]) | tr '\n' ' ' | $SED 's/ *$//'`
mdesc_problem=
AS_IF([test $mdesc_status -ne 0], [mdesc_problem="mdescc cannot tell the releases of $2: config.log has what it says"],
      [test -z "$$1"], [$1=$mdesc_releases], [
	for mdesc_release in $$1; do
		AS_CASE([" $mdesc_releases "], [*" $mdesc_release "*], [],
			[mdesc_problem="$2 has no release $mdesc_release, but ${mdesc_releases:-none}"])
	done
])
AS_IF([test -z "$mdesc_problem"], [AC_MSG_RESULT([${$1:-none}])], [
	AC_MSG_RESULT([no])
	m4_default([$4], [AC_MSG_ERROR([$mdesc_problem])])
])
])dnl MDESC_RELEASES

# MDESC_CHECK_RUNTIME([MINIMUM-VERSION], [ACTION-IF-FOUND], [ACTION-IF-NOT-FOUND])
# ---------------------------------------------------------------------------------
# Finds libmdesc, for programs that read images or open BPF objects.  Substitutes MDESC_CFLAGS and MDESC_LIBS.
AC_DEFUN([MDESC_CHECK_RUNTIME], [
PKG_CHECK_MODULES([MDESC], [mdesc]m4_ifval([$1], [[ >= $1]]), [$2], [$3])
])dnl MDESC_CHECK_RUNTIME
