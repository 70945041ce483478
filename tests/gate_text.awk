# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Takes a random description (tests/gen), gives the family of releases 1, 2 and 3 that is the same in release 2: lines
# get gates that hold there, and lines come in between that are there in other releases only.  -v seed=N

function rnd(n)
{
	state = (state * 1103515245 + 12345) % 2147483648
	return int(state / 65536) % n
}

# A gate that holds in release 2.
function holds()
{
	return "since \"" (rnd(2) ? "1.5" : "2") "\"" (rnd(3) ? "" : " until \"3\"")
}

function holding(  k)
{
	k = rnd(4)
	if (k == 0)
		return "release == \"2\""
	if (k == 1)
		return "!(release < \"2.0\")"
	if (k == 2)
		return "release > \"1.5\" && \"3\" > release || release == \"2\""
	return "\"1.5\" <= release && release != \"3\""
}

function gone()
{
	return rnd(2) ? "until \"1.5\"" : "since \"3\""
}

# What may stand in front of the line: nothing where it belongs to a doc comment.
function decoy()
{
	if (after_doc || rnd(4))
		return
	if (depth == 0)
		print gone() " struct " prefix "_decoy" ++n " { u8 a; nothing_such b; }"
	else if (depth == 1 && top ~ /^(struct|metadata|descriptor) / && top !~ / chain /)
		print "\t" gone() " u32 decoy" ++n "[7] unit \"none\";"
	else if (depth == 1 && top ~ /^enum /)
		print "\t" gone() " decoy" ++n " = 77,"
	else if (depth == 1 && top ~ /^parser /)
		print "\tif (release == \"" (rnd(2) ? 1 : 3) "\") { state decoy" ++n " { goto nowhere; } }"
	else if (depth == 1 && top ~ /^device /)
		print "\tmatch devlink \"decoy\" \"" ++n "\" " gone() ";"
}

BEGIN { state = seed + 1; release = "\trelease \"3\", \"1\", \"2\", \"1.5\";" }

{
	line = $0
	opens = gsub(/\{/, "{")
	closes = gsub(/\}/, "}")
	indent = line
	sub(/[^\t].*/, "", indent)
	text = substr(line, length(indent) + 1)
	if (depth == 0 && text ~ /\{/)
		top = text
	if (text ~ /\/\*/)
		comment = 1
	if (comment || text ~ /^\/\/\// || text ~ /^(mdesc|device|if|else|\})/ || text == "" || text ~ /\/\//) {
		print line
	} else {
		if (depth || text !~ /^[a-z]+ .*,$/)
			decoy()
		if (rnd(3) == 0)
			print indent holds() " " text
		else if (rnd(4) == 0 && !after_doc && text ~ /;$/ && opens == closes && top !~ /^enum /)
			print indent "if (" holding() ") { " text " } else { }"
		else
			print line
	}
	if (text ~ /^device /)
		print release
	if (text ~ /\*\//)
		comment = 0
	after_doc = text ~ /^\/\/\//
	depth += opens - closes
}
