"""Keys that break careless readers, and bodies that tell which key they were stored under."""

import urllib.parse as url

HOSTILE = (
    "plain.txt",
    "a/b",
    "a//b",
    "y",
    "x/../y",
    "z",
    "./z",
    ".",
    "..",
    "../up",
    "/leading",
    "//two",
    "dir/",
    "dir",
    "new\nline",
    "bell\x07and\x01control",
    "tab\tand\rreturn",
    "a%2Fb",
    "a b+c",
    "a%20b+c",
    "é/ü.txt",
    "雪/🦀.txt",
    "q?versions&x=1#frag",
    "<script>alert('k')</script>",
    "\x1b[31mred",
    "=cmd()|'x'!A0",
    "k" * 1024,
)


def body_of(number, key):
    """A text that names its key, with `number` + 1 different addresses, so that no two bodies look alike."""
    lines = [f"stored under {url.quote(key, safe='')}"]
    lines += [f"contact: hostile-{number:02}-{line:02}@example.com" for line in range(number + 1)]
    return ("\n".join(lines) + "\n").encode()


def gcs_admits(key):
    """Google's object naming rules: no carriage return or line feed, not `.` or `..`, at most 1,024 bytes."""
    return "\r" not in key and "\n" not in key and key not in (".", "..") and len(key.encode()) <= 1024


def azure_admits(key):
    """Microsoft's blob naming rules: no control characters, no segment that ends with a dot."""
    printable = all(ord(c) >= 0x20 and not 0x7F <= ord(c) <= 0x9F for c in key)
    return printable and not any(part.endswith(".") for part in key.split("/"))
