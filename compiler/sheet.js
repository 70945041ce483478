/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The data sheet's search: filters the names of all sections and jumps to them. Nothing else needs a script. */
(function () {
	"use strict";
	var SHOWN = 60;
	var box = document.getElementById("search"), input = document.getElementById("q");
	var list = document.getElementById("found"), count = document.getElementById("count");
	var toc = document.querySelector("ul.toc"), at = -1;
	var names = Array.prototype.map.call(document.querySelectorAll("[data-n]"), function (e) {
		var owner = e.closest(".sheet, .type, .part"), head = owner && owner.querySelector("h2, h3");
		var name = e.getAttribute("data-n");
		return {
			id: e.id, name: name, key: name.toLowerCase(), kind: e.getAttribute("data-k"),
			last: name.toLowerCase().split(".").pop(),
			where: head && head !== e ? head.getAttribute("data-n") : ""
		};
	});

	function rank(n, words) {
		var best = 0;
		for (var i = 0; i < words.length; i++) {
			var w = words[i];
			if (n.key.indexOf(w) < 0 && n.kind.indexOf(w) !== 0)
				return -1;
			best += n.last === w || n.key === w ? 0 : n.last.indexOf(w) === 0 ? 1 :
				n.key.indexOf(w) === 0 ? 2 : 3;
		}
		return best;
	}

	function select(i) {
		var items = list.children;
		if (at >= 0 && items[at])
			items[at].removeAttribute("aria-selected");
		at = items.length ? (i + items.length) % items.length : -1;
		if (at < 0) {
			input.removeAttribute("aria-activedescendant");
			return;
		}
		items[at].setAttribute("aria-selected", "true");
		items[at].scrollIntoView({ block: "nearest" });
		input.setAttribute("aria-activedescendant", items[at].id);
	}

	function item(n, i) {
		var li = document.createElement("li"), a = document.createElement("a"), small =
			document.createElement("small");
		li.id = "found-" + i;
		li.setAttribute("role", "option");
		a.href = "#" + n.id;
		a.textContent = n.name;
		small.textContent = n.kind + (n.where ? " of " + n.where : "");
		a.appendChild(small);
		li.appendChild(a);
		return li;
	}

	function filter() {
		var words = input.value.toLowerCase().split(/\s+/).filter(Boolean), hits = [];
		list.textContent = "";
		at = -1;
		if (words.length) {
			names.forEach(function (n, i) {
				var r = rank(n, words);
				if (r >= 0)
					hits.push([r, i, n]);
			});
			hits.sort(function (a, b) { return a[0] - b[0] || a[1] - b[1]; });
			hits.slice(0, SHOWN).forEach(function (h, i) { list.appendChild(item(h[2], i)); });
		}
		count.textContent = !words.length ? "" : hits.length > SHOWN ? "the best " + SHOWN + " of " +
			hits.length :
			hits.length === 1 ? "1 name" : hits.length + " names";
		toc.hidden = words.length > 0;
		input.setAttribute("aria-expanded", String(hits.length > 0));
		if (hits.length)
			select(0);
	}

	/* What is folded away opens when a link leads into it. */
	function reveal() {
		var e = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
		for (var p = e && e.closest("details"); p; p = p.parentElement && p.parentElement.closest("details"))
			p.open = true;
		if (e)
			e.scrollIntoView();
	}

	function go(i) {
		var a = list.children[i] && list.children[i].querySelector("a");
		if (!a)
			return;
		var hash = a.getAttribute("href");
		input.value = "";
		filter();
		input.blur();
		if (location.hash === hash)
			reveal();
		location.hash = hash;
	}

	input.addEventListener("input", filter);
	input.addEventListener("keydown", function (e) {
		if (e.key === "ArrowDown" || e.key === "ArrowUp")
			select(at + (e.key === "ArrowDown" ? 1 : -1));
		else if (e.key === "Enter")
			go(at);
		else if (e.key === "Escape")
			{ input.value = ""; filter(); }
		else
			return;
		e.preventDefault();
	});
	list.addEventListener("click", function (e) {
		var li = e.target.closest("li");
		if (li) {
			e.preventDefault();
			go(Array.prototype.indexOf.call(list.children, li));
		}
	});
	document.addEventListener("keydown", function (e) {
		if (e.key === "/" && !e.ctrlKey && !e.metaKey && !e.altKey && document.activeElement !== input) {
			e.preventDefault();
			input.focus();
		}
	});
	window.addEventListener("hashchange", reveal);
	box.hidden = false;
	reveal();
})();
