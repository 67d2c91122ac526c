"""Whole products, each in its own virtual environment, run pass by pass as the engines are: see `passes.h`.

usage: products.py NAME FILE BYTES [PATTERNS]

Python products are called in the process, one line of text a document, start-up left out. Kingfisher is a program: its CPU
time on the text less that on the text's first MiB. It finds secrets only and is run without asking any service whether they
are live.
"""

import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
import warnings

warnings.filterwarnings("ignore")
LEAST = 0.2
MIB = 1 << 20


def lines_of(data: bytes) -> list[str]:
    return [line for line in data.decode("utf-8", "replace").split("\n") if line]


def datatrove(data, _):
    from datatrove.pipeline.formatters import PIIFormatter

    formatter, lines = PIIFormatter(), lines_of(data)
    return lambda: sum(formatter.format(line) != line for line in lines)


def dolma(data, _):
    from dolma.core.data_types import Document
    from dolma.taggers.pii import FastPiiRegex

    tagger, lines = FastPiiRegex(), lines_of(data)
    return lambda: sum(len(tagger.predict(Document(source="", id="", text=line)).spans) for line in lines)


def presidio(data, _):
    """The recognisers that are patterns: no language model."""
    from presidio_analyzer import PatternRecognizer, RecognizerRegistry

    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    patterns = [r for r in registry.recognizers if isinstance(r, PatternRecognizer)]
    lines = lines_of(data)
    return lambda: sum(len(r.analyze(line, r.supported_entities, None)) for line in lines for r in patterns)


def duckdb(data, patterns):
    """The patterns that the engines run, as one query over a table of lines: which lines match which pattern."""
    import duckdb as database

    regexes = [line.split("\t", 1)[1] for line in pathlib.Path(patterns).read_text().splitlines()]
    connection = database.connect()
    connection.execute("SET threads = 1")
    connection.execute("CREATE TABLE text AS SELECT unnest(?) AS line", [lines_of(data)])
    quoted = (regex.replace("'", "''") for regex in regexes)
    query = "SELECT " + " + ".join(f"sum(regexp_matches(line, '{regex}')::INT)" for regex in quoted) + " FROM text"
    return lambda: int(connection.execute(query).fetchone()[0])


def kingfisher(data, _):
    program = pathlib.Path(sys.prefix) / "bin" / "kingfisher"
    folder = tempfile.TemporaryDirectory(prefix="compare-")
    large, small = (pathlib.Path(folder.name) / name for name in ("large.txt", "small.txt"))
    large.write_bytes(data)
    small.write_bytes(data[:MIB])
    options = "--no-validate --no-update-check --jobs 1 --max-file-size 0 --git-history none --format jsonl".split()

    def scan(path):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([program, "scan", path, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout.count(b'"rule":')

    def passed():
        (whole, found), (start, _) = scan(large), scan(small)
        passed.seconds = (whole - start) * len(data) / (len(data) - MIB)
        return found

    passed.folder = folder
    return passed


def serve(run, size):
    print(json.dumps({"info": sys.argv[1], "bytes": size}), flush=True)
    for _ in sys.stdin:
        times, start = 0, time.process_time()
        while True:
            spans = run()
            times += 1
            used = getattr(run, "seconds", None) or time.process_time() - start
            if used >= LEAST or hasattr(run, "seconds"):
                break
        print(json.dumps({"seconds": used / times, "spans": spans}), flush=True)


def main():
    name, path, size, patterns = (*sys.argv[1:], None)[:4]
    with open(path, "rb") as file:
        data = file.read(int(size))
    data = data[: data.rfind(b"\n") + 1] or data
    make = {"datatrove": datatrove, "dolma": dolma, "presidio": presidio, "duckdb": duckdb, "kingfisher": kingfisher}[name]
    serve(make(data, patterns), len(data))


if __name__ == "__main__":
    main()
