"""What the bench scripts share: building, cached corpora, and measuring whole processes."""

import importlib.util
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
DATA = TARGET / "bench-data"
# What benches/compare/install gets: real prose and code for the corpora, other engines.
COMPARE = DATA / "compare"
RESULTS = ROOT / "benches" / "results"
PROGRAM = TARGET / "release" / "lakewarden"
DECODE = TARGET / "release" / "examples" / "decode"


def build(*what):
    subprocess.run(["cargo", "build", "--quiet", "--release", *what], cwd=ROOT, check=True)


def python() -> str:
    """An interpreter that has pyarrow: this one, or one in a virtual environment made for the benches."""
    # Looked for, not imported: a child's peak resident size begins with that of the process it was forked from.
    if importlib.util.find_spec("pyarrow"):
        return sys.executable
    venv = DATA / "venv"
    if not (venv / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([venv / "bin" / "pip", "install", "--quiet", "pyarrow"], check=True)
    return str(venv / "bin" / "python")


def corpus(kind: str, size: str, *options: str) -> pathlib.Path:
    """A generated file, made on first use; its name tells all its options. Of real prose and code, if they are installed."""
    DATA.mkdir(parents=True, exist_ok=True)
    real = (COMPARE / "documents").is_dir()
    stem, dot, suffix = kind.partition(".")
    name = f"{stem}-{size}" + "".join(options).replace("--", "-").replace("=", "-") + ("" if real else "-invented") + dot + suffix
    path = DATA / name
    if not path.exists():
        print(f"making {path.name}", file=sys.stderr)
        source = ("--from", COMPARE) if real else ()
        interpreter = python() if "parquet" in kind or "customers" in kind else sys.executable
        subprocess.run([interpreter, ROOT / "benches" / "gen.py", *source, *options, path, kind, size], check=True)
    return path


class Run:
    """What one process took: `cpu` (user and system) and `wall` seconds, `rss` peak resident bytes, `code`."""

    def __init__(self, command, core=None, **kwargs):
        if core is not None and shutil.which("taskset"):
            command = ["taskset", "-c", str(core), *command]
        started = time.monotonic()
        child = subprocess.Popen([str(c) for c in command], stdout=subprocess.DEVNULL, **kwargs)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.wall = time.monotonic() - started
        self.cpu = usage.ru_utime + usage.ru_stime
        self.rss = usage.ru_maxrss * 1024
        self.code = child.returncode

    def checked(self, allowed=(0,)):
        """This run, or an end of the bench if the process failed."""
        if self.code not in allowed:
            sys.exit(f"the measured process ended with {self.code}")
        return self


def spread(values) -> str:
    """Median with least and greatest."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def machine() -> str:
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.processor())
    return f"{model}, {os.cpu_count()} logical cores, Linux {platform.release()}"


def mib(n: float) -> str:
    return f"{n / (1 << 20):,.0f} MiB"
