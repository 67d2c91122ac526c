"""Child processes that never outlive the keeper, free ports, and waiting for a server to answer."""

import ctypes
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import time

START_SECONDS = 120
_PR_SET_PDEATHSIG = 1


class StartFailed(Exception):
    """A server did not come up; the message names it and ends with its last words."""


def free_ports(count):
    """Ports on 127.0.0.1 that nobody listens on, below the range that outgoing connections use."""
    found, held = [], []
    try:
        while len(found) < count:
            port = random.randrange(20000, 32000)
            listener = socket.socket()
            held.append(listener)
            try:
                listener.bind(("127.0.0.1", port))
                found.append(port)
            except OSError:
                pass
    finally:
        for listener in held:
            listener.close()
    return found


def die_with_parent():
    """In a child, before it becomes the server: be killed when the keeper is, however that happens (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Processes:
    """The servers of one run, in the order of their start."""

    def __init__(self, run):
        self.run, self.children = run, {}

    def start(self, name, command, env=None):
        """Starts a server in its own process group, its output in `NAME.log`."""
        with open(self.log(name), "wb") as log:
            self.children[name] = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=self.run,
                env={**os.environ, **(env or {})}, start_new_session=True, preexec_fn=die_with_parent,
            )

    def call(self, name, command):
        """Runs a command to its end and returns its output."""
        with open(self.log(name), "ab") as log:
            done = subprocess.run(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                cwd=self.run, timeout=START_SECONDS, check=False, preexec_fn=die_with_parent,
            )
        if done.returncode:
            raise StartFailed(f"{name}: exit status {done.returncode}\n{self.last_words(name)}")
        return done.stdout

    def log(self, name):
        """Where a server's output goes."""
        return os.path.join(self.run, f"{name}.log")

    def last_words(self, name, lines=15):
        """The end of a server's output."""
        with open(self.log(name), encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-lines:])

    def wait_for(self, name, port, path="/"):
        """Waits until the server answers HTTP at all."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.children[name].poll() is not None:
                raise StartFailed(f"{name} ended while starting\n{self.last_words(name)}")
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                connection.request("GET", path)
                connection.getresponse().read()
                return
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
            finally:
                connection.close()
        raise StartFailed(f"{name} did not answer within {START_SECONDS} s\n{self.last_words(name)}")

    def stop(self):
        """Kills every server, the last one first, and waits. None has anything worth saving."""
        for child in reversed(list(self.children.values())):
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()
        self.children.clear()
