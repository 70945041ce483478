# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# shellcheck shell=bash
#
# For tests that want Debian packages which are not installed, beside lib.sh: fetches them from the machine's own
# mirror and unpacks them below TMP. The lists and archives are apt's, in folders of their own, and signatures are
# checked; nothing of the machine changes, and no privilege is needed. The key of skips is `debs`.

# The suite that this machine runs, and its architecture.
debs_suite=$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}")
debs_arch=$(dpkg --print-architecture 2>/dev/null)

# debs_mirror: the address that sources.list has for the suite.
debs_mirror()
{
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
		awk -v suite="$debs_suite" '$2 == suite { print $1; exit }'
}

# debs_init SUITE:ARCH,...  ...: gets the lists. Sets why and fails where they cannot be had.
debs_init()
{
	local apt=$TMP/apt mirror keys=/usr/share/keyrings/debian-archive-keyring.gpg suite archs=
	why=

	if ! command -v apt-get >/dev/null 2>&1 || [ -z "$debs_arch" ]; then
		why="no apt-get here"
		return 1
	fi
	mirror=$(debs_mirror)
	if [ -z "$mirror" ]; then
		why="no mirror of Debian is configured for the suite '$debs_suite'"
		return 1
	fi
	mkdir -p "$apt"/etc/{apt.conf.d,preferences.d,sources.list.d} "$apt/state/lists/partial" \
		"$apt/cache/archives/partial" "$apt/debs"
	: >"$apt/status"
	for suite; do
		echo "deb [arch=${suite#*:} signed-by=$keys] $mirror ${suite%%:*} main"
		archs=$archs,${suite#*:}
	done >"$apt/etc/sources.list"
	{
		apt-config dump Acquire | grep -i proxy
		printf '%s "%s";\n' Dir "$apt" Dir::Etc etc Dir::State state Dir::State::status "$apt/status" \
			Dir::Cache cache APT::Architecture "$debs_arch" Acquire::Languages none APT::Sandbox::User ""
		for suite in $debs_arch ${archs//,/ }; do
			echo "APT::Architectures:: \"$suite\";"
		done
	} >"$apt/conf"
	if ! APT_CONFIG=$apt/conf timeout 120 apt-get -q update -o APT::Update::Error-Mode=any >"$apt/log" 2>&1; then
		why="no package lists: $(grep '^[EW]:' "$apt/log" | head -n 1)"
		return 1
	fi
}

# debs_unpack FOLDER PACKAGE[:ARCH][/SUITE]...: sets why and fails where one cannot be had.
debs_unpack()
{
	local folder=$1 apt=$TMP/apt deb
	shift

	rm -f "$apt"/debs/*.deb
	if ! (cd "$apt/debs" && APT_CONFIG=$apt/conf timeout 120 apt-get -q download "$@") >"$apt/log" 2>&1; then
		why="$(grep '^E:' "$apt/log" | head -n 1)"
		return 1
	fi
	mkdir -p "$folder"
	for deb in "$apt"/debs/*.deb; do
		dpkg -x "$deb" "$folder" || { why="dpkg -x $(basename "$deb") fails"; return 1; }
	done
}

# debs_depends PACKAGE REGEX: its direct dependencies that match.
debs_depends()
{
	APT_CONFIG=$TMP/apt/conf apt-cache depends "$1" | sed -n 's/^ *Depends: //p' | grep -E "$2"
}
