#!/usr/bin/env python3
"""Fits what the words of a name weigh (the constants of src/classify/validate/name/mod.rs) on labelled sentences.

  fit.py CORPUS.jsonl ...

Candidates are runs of two to five capitalised words, as the first pattern of person_name.toml finds them; each is right or
wrong by the labels. A ridge-penalised logistic regression gives one weight to each class of given name, surname and ordinary
word: its coefficients are log-likelihood ratios that add up, which is what the validator does with them. Corpora count alike,
whatever their size.
"""

import collections
import itertools
import json
import math
import re
import sys
import unicodedata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPECIAL = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "’": "'"})
PARTICLES = set("abu al bin bint da de del della den der di do dos du el ibn la le ter und van von y zu".split())
WORD = r"[A-ZÀ-ÞĀ-ſ][A-Za-zÀ-ſ'’-]{1,17}"
SMALL = r"(?:[A-Z]\.?|" + "|".join(sorted(PARTICLES)) + ")"
RUN = re.compile(rf"(?<![0-9A-Za-z_]){WORD}(?: (?:{SMALL}|{WORD})){{0,3}} {WORD}(?![0-9A-Za-z_])")
PENALTY = 1.0


def fold(word):
    plain = unicodedata.normalize("NFD", word.lower().translate(SPECIAL).rstrip("."))
    return "".join(c for c in plain if not unicodedata.combining(c))


def read_names():
    names, key = {}, None
    for line in (ROOT / "classifiers/lists/names.txt").read_text().splitlines():
        if line.startswith("["):
            key = tuple(int(digit) for digit in line[1:-1].split())
        elif not line.startswith("#"):
            names.update(dict.fromkeys(line.split(), key))
    return names


ENDINGS = re.findall(r'"([a-z]+)"', (ROOT / "src/classify/validate/name/mod.rs").read_text().split("const ENDINGS")[1].split("];")[0])


def known(names, word):
    folded = fold(word)
    if folded in names:
        return names[folded]
    if any(folded.endswith(ending) and len(folded) >= len(ending) + 3 for ending in ENDINGS):
        return (0, 1, 0)
    halves = [names.get(half, (0, 0, 0)) for half in folded.split("-")]
    return tuple(max(values) for values in zip(*halves))


OTHERS = set(re.findall(r'b"([a-z]+)"', (ROOT / "src/classify/validate/name/mod.rs").read_text().split("const OTHERS")[1].split("fn is_in")[0]))


def candidates(names, text):
    """The longest run from each start that could be a name, as the validator sees it: (start, end, classes, middle)."""
    at = 0
    while match := RUN.search(text, at):
        words = match.group().split(" ")
        for count in range(len(words), 1, -1):
            full = [w for w in words[:count] if len(w.rstrip(".")) > 1 and w not in PARTICLES]
            classes = [known(names, word) for word in full]
            unknown = sum(c == (0, 0, 0) for c in classes)
            proper = all(given or surname or not ordinary for given, surname, ordinary in classes) and not OTHERS & set(map(fold, full))
            begins = classes[0][0] or classes[0] == (0, 0, 0) if classes else False
            if len(full) > 1 and proper and begins and (unknown < len(full) or len(full) == 2) and not full[-1].endswith(("'s", "’s")):
                end = match.start() + len(" ".join(words[:count]))
                yield match.start(), end, classes, len(full) < count
                at = end
                break
        else:
            at = match.start() + len(words[0])


def features(classes, middle):
    (given, _, first), (_, surname, last) = classes[0], classes[-1]
    found = [f"given {given}", f"surname {surname}", "middle" if middle else None]
    return [f for f in found + [f"ordinary {first}" if first else None, f"ordinary {last}" if last else None] if f]


def labelled(path, names):
    for line in open(path, encoding="utf-8"):
        row = json.loads(line)
        if row.get("language", "en") != "en":
            continue
        persons = [(s["start"], s["end"]) for s in row["spans"] if s["label"] in ("PERSON", "PERSON_NAME")]
        for start, end, classes, middle in candidates(names, row["text"]):
            shared = max((min(end, b) - max(start, a)) / max(end - start, b - a) for a, b in persons) if persons else 0
            yield features(classes, middle), shared >= 0.5


def fit(samples):
    """Newton's method, coordinate by coordinate, on weighted samples [(features, right, weight)]."""
    index = sorted({f for found, _, _ in samples for f in found})
    weights = dict.fromkeys(index, 0.0)
    by = {f: [s for s in samples if f in s[0]] for f in index}
    for _ in range(60):
        for f in index:
            slope, curve = -PENALTY * weights[f], PENALTY
            for found, right, weight in by[f]:
                p = 1 / (1 + math.exp(-sum(weights[g] for g in found)))
                times = found.count(f)
                slope += weight * times * (right - p)
                curve += weight * times * times * p * (1 - p)
            weights[f] += slope / curve
    return weights


def main():
    names = read_names()
    samples, table = [], collections.Counter()
    for path in sys.argv[1:]:
        rows = list(labelled(path, names))
        rows and samples.extend((found, right, 400 / len(rows)) for found, right in rows)
        table.update((tuple(found[:2]), right) for found, right in rows)
    # Equal samples are one sample.
    samples.sort(key=lambda s: (s[0], s[1]))
    merged = [(list(key[0]), key[1], sum(s[2] for s in group)) for key, group in itertools.groupby(samples, lambda s: (tuple(s[0]), s[1]))]
    for feature, weight in fit([(tuple(found), right, weight) for found, right, weight in merged]).items():
        print(f"{feature:12} {weight:6.2f}")
    print("\nright and wrong by the classes of the first and the last word")
    for key in sorted({key for key, _ in table}):
        print(f"{key[0]:8} {key[1]:10} {table[key, True]:6} {table[key, False]:6}")


main()
