"""Real prose and source code for the corpora, from unpacked Debian packages (`benches/compare/install` gets them).

Nothing of it is kept in this repository. Other versions of the packages give other texts, so figures are compared within
one run only.
"""

import gzip
import html
import pathlib
import re

BLOCK = re.compile(r"<(p|li|dd|blockquote)[ >](.*?)</\1>", re.S | re.I)
TAG = re.compile(r"<[^>]+>")
POD_CODE = re.compile(r"[A-Z]<+([^<>]*)>+")
SPACE = re.compile(r"\s+")
SOURCES = (".go", ".rs", ".py", ".js", ".ts", ".h", ".hpp", ".c", ".s")


def text(path: pathlib.Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def from_html(path):
    return (html.unescape(TAG.sub("", block)) for _, block in BLOCK.findall(text(path)))


def from_pod(path):
    return (POD_CODE.sub(r"\1", part) for part in text(path).split("\n\n") if part[:1] not in (" ", "=", "\t"))


def from_fortunes(path):
    return text(path).split("\n%\n")


def from_dictionary(path):
    return gzip.decompress(path.read_bytes()).decode("utf-8", "replace").split("\n\n")


READERS = (
    ("**/*.html", from_html),
    ("**/*.pod", from_pod),
    ("usr/share/games/fortunes/*", from_fortunes),
    ("**/*.dict.dz", from_dictionary),
)


def is_prose(paragraph: str) -> bool:
    letters = sum(c.isalpha() or c == " " for c in paragraph)
    return 80 <= len(paragraph) <= 6000 and letters >= 0.86 * len(paragraph)


def paragraphs(folder: pathlib.Path) -> list[str]:
    """Distinct paragraphs of running text, sorted by file."""
    kept = {}
    for pattern, read in READERS:
        for path in sorted(p for p in folder.glob(pattern) if p.is_file() and not p.name.endswith((".dat", ".u8"))):
            for part in read(path):
                paragraph = SPACE.sub(" ", part).strip()
                if is_prose(paragraph):
                    kept[paragraph] = None
    return list(kept)


def sources(folder: pathlib.Path) -> list[str]:
    """Source files of ordinary size, sorted by path."""
    files = (p for p in folder.rglob("*") if p.suffix in SOURCES and p.is_file() and not p.is_symlink())
    return [text(p) for p in sorted(files) if 200 < p.stat().st_size < 400_000]
