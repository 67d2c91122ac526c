"""The process that keeps one set of servers: their parent, so that nothing of them outlives it.

Writes `endpoints.json` when all answer. Ends, and takes the servers and the run folder with it, on SIGTERM or when the
owner that it was given is gone. When the servers do not start it leaves the folder with `failed` in it and ends with 1.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from harness import ceph, emulators  # noqa: E402: the path comes first
from harness.processes import Processes, StartFailed, free_ports  # noqa: E402

ATTEMPTS = 3  # between picking a port and listening on it, another program may take it


def start_all(processes):
    """Starts what is installed; returns what goes into `endpoints.json`."""
    moto, azurite, gcs, gcs_backend, mon, rgw = free_ports(6)
    endpoints = {"python": emulators.python(), "chromium": emulators.chromium()}
    if emulators.python():
        endpoints["aws_control"] = emulators.start_moto(processes, moto)
    if emulators.azurite_program():
        endpoints["azure"] = emulators.start_azurite(processes, azurite)
    if emulators.python() and emulators.fake_gcs_program():
        endpoints["gcs"] = emulators.start_gcs(processes, gcs, gcs_backend)
    if ceph.installed():
        endpoints["s3"] = ceph.start(processes, mon, rgw)
    waits = {"moto": (moto, "/"), "azurite": (azurite, "/"), "fake-gcs": (gcs_backend, "/storage/v1/b"), "gcs-guard": (gcs, "/")}
    for name, (port, path) in waits.items():
        if name in processes.children:
            processes.wait_for(name, port, path)
    return endpoints


def start(run):
    """Starts everything, with other ports if need be: the running processes and their endpoints."""
    for attempt in range(1, ATTEMPTS + 1):
        processes = Processes(run)
        try:
            return processes, start_all(processes)
        except BaseException as failure:
            processes.stop()
            shutil.rmtree(os.path.join(run, "ceph"), ignore_errors=True)
            if attempt == ATTEMPTS or not isinstance(failure, StartFailed):
                raise
            print(f"starting again: {failure}", flush=True)
    return None


def write_whole(path, text):
    """Writes a file that appears complete, readable by its owner only."""
    with open(os.open(path + ".new", os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(path + ".new", path)


def alive(pid):
    """Whether a process is there, and not just waiting to be buried."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return not os.path.isdir("/proc/self")
    except ProcessLookupError:
        return False
    except PermissionError:
        return True


class Stop(Exception):
    """A signal asked for the end, perhaps in the middle of starting."""


def on_signal(*_):
    """Interrupts whatever is going on, once."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise Stop


def keep(run, owner):
    """Starts the servers and waits for the end."""
    processes = None
    try:
        processes, endpoints = start(run)
        write_whole(os.path.join(run, "endpoints.json"), json.dumps(endpoints, indent=1) + "\n")
        while owner is None or alive(owner):
            threading.Event().wait(1)
    except Stop:
        pass
    finally:
        if processes:
            processes.stop()


def main():
    """Keeps one set of servers until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run")
    parser.add_argument("--owner", type=int)
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, on_signal)
    try:
        keep(arguments.run, arguments.owner)
    except StartFailed as failure:
        print(failure, flush=True)
        write_whole(os.path.join(arguments.run, "failed"), str(failure))
        sys.exit(1)
    shutil.rmtree(arguments.run, ignore_errors=True)


if __name__ == "__main__":
    main()
