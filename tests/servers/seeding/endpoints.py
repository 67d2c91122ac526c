"""Where the running servers are."""

import json
import os
import sys


def endpoints():
    """What `up` wrote; the environment variable names the file."""
    path = os.environ.get("LAKEWARDEN_TEST_SERVERS")
    if not path:
        sys.exit("seed: LAKEWARDEN_TEST_SERVERS is not set; start servers with tests/servers/up")
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def server(name):
    """The endpoint of one server: s3, aws_control, azure or gcs."""
    found = endpoints().get(name)
    if not found:
        sys.exit(f"seed: the server {name} was left out on this machine")
    return found


def files_below(folder):
    """(key, path) of every file below a folder, in key order."""
    found = []
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            found.append((os.path.relpath(path, folder).replace(os.sep, "/"), path))
    return sorted(found)


def read(path):
    """A file's bytes."""
    with open(path, "rb") as file:
        return file.read()
