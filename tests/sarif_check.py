#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""
sarif_check.py FILE LEAST: whether a file is SARIF 2.1.0, as far as the standard demands it of what is in it: required
properties, no others than the schema has (but in property bags), types, levels, URIs, rules that exist; and has at
least so many results.
"""
import json
import re
import sys


def only(what, d, required, optional=()):
    assert isinstance(d, dict), f"{what}: not an object"
    for k in required:
        assert k in d, f"{what}: no {k}"
    for k in d:
        assert k in required or k in optional, f"{what}: the schema has no {k}"


def text(what, d):
    only(what, d, ["text"], ["markdown", "id", "arguments"])
    assert isinstance(d["text"], str) and d["text"], f"{what}: empty"


def location(d):
    only("location", d, [], ["id", "physicalLocation", "logicalLocations", "message"])
    p = d["physicalLocation"]
    only("physicalLocation", p, ["artifactLocation"], ["region", "contextRegion"])
    only("artifactLocation", p["artifactLocation"], ["uri"], ["uriBaseId", "index"])
    assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", p["artifactLocation"]["uri"]), p
    if "region" in p:
        only("region", p["region"], ["startLine"], ["startColumn", "endLine", "endColumn", "snippet"])
        assert isinstance(p["region"]["startLine"], int) and p["region"]["startLine"] > 0
    for l in d.get("logicalLocations", []):
        only("logicalLocation", l, ["name"], ["kind", "fullyQualifiedName", "index"])


def result(d, rules):
    only("result", d, ["message"], ["ruleId", "level", "locations", "properties", "kind"])
    assert d["level"] in ("none", "note", "warning", "error"), d["level"]
    assert d["ruleId"] in rules, d["ruleId"]
    text("message", d["message"])
    assert isinstance(d["locations"], list) and d["locations"]
    for l in d["locations"]:
        location(l)


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        log = json.load(f)
    only("log", log, ["version", "runs"], ["$schema"])
    assert log["version"] == "2.1.0"
    for run in log["runs"]:
        only("run", run, ["tool"], ["results"])
        driver = run["tool"]["driver"]
        only("driver", driver, ["name"], ["version", "rules", "informationUri"])
        rules = [r["id"] for r in driver["rules"]]
        assert len(rules) == len(set(rules)), "a rule twice"
        for r in driver["rules"]:
            only("rule", r, ["id"], ["shortDescription", "fullDescription", "help", "helpUri"])
            text("shortDescription", r["shortDescription"])
        for r in run["results"]:
            result(r, rules)
        assert len(run["results"]) >= int(sys.argv[2]), f"only {len(run['results'])} results"


main()
