"""Containers on Azurite, over plain REST with Shared Key."""

import base64
import email.utils
import hashlib
import hmac
import html
import re
import time
import urllib.parse as url

from . import keys, wire
from .endpoints import files_below, read, server

VERSION = "2021-12-02"
SIGNED = (
    "content-encoding", "content-language", "content-length", "content-md5", "content-type", "date",
    "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range",
)


class Caller:
    """Sends requests as the account, or as nobody."""

    def __init__(self, signed=True):
        self.at, self.signed = server("azure"), signed
        self.base = url.urlsplit(self.at["endpoint"]).path

    def send(self, method, path, query=(), body=b"", headers=None):
        """One request; `path` is below the account and already encoded."""
        headers = {k.lower(): v for k, v in (headers or {}).items()}
        headers["x-ms-version"] = VERSION
        headers["x-ms-date"] = email.utils.formatdate(usegmt=True)
        if body or method == "PUT":
            headers["content-length"] = str(len(body))
        if self.signed:
            headers["authorization"] = self.authorization(method, path, query, headers)
        encoded = "&".join(f"{wire.quote(k)}={wire.quote(v)}" for k, v in query)
        target = self.base + path + (f"?{encoded}" if encoded else "")
        return wire.send(self.at["endpoint"], method, target, headers, body)

    def authorization(self, method, path, query, headers):
        """Shared Key, as "Authorize with Shared Key" in Microsoft's REST reference describes it."""
        values = [headers.get(name, "") for name in SIGNED]
        values[2] = "" if values[2] == "0" else values[2]
        own = "".join(f"{k}:{headers[k]}\n" for k in sorted(headers) if k.startswith("x-ms-"))
        resource = f"/{self.at['account']}{self.base}{path}"
        resource += "".join(f"\n{k}:{v}" for k, v in sorted(query))
        text = "\n".join([method, *values, own + resource])
        digest = hmac.new(base64.b64decode(self.at["key"]), text.encode(), hashlib.sha256).digest()
        return f"SharedKey {self.at['account']}:{base64.b64encode(digest).decode()}"


def blob_path(name, key):
    """The path of a blob."""
    return f"/{name}/{wire.quote_key(key)}"


def create(who, name, public):
    """Makes a container with its access level."""
    headers = {} if public == "none" else {"x-ms-blob-public-access": public}
    who.send("PUT", f"/{name}", [("restype", "container")], headers=headers).need("create container")


def put(who, name, key, body):
    """Stores one block blob."""
    return who.send("PUT", blob_path(name, key), body=body, headers={"x-ms-blob-type": "BlockBlob"})


def described(who, name, stored):
    """What a test needs to use the container."""
    return {"container": name, "uri": f"az://{who.at['account']}/{name}", "objects": stored, **who.at}


def container(args):
    """Makes a container with the files of a folder."""
    who = Caller()
    create(who, args.name, args.public)
    stored = []
    for key, path in files_below(args.dir) if args.dir else ():
        put(who, args.name, args.prefix + key, read(path)).need(f"put {key!r}")
        stored.append(args.prefix + key)
    return described(who, args.name, stored)


def hostile(args):
    """A container with the hostile keys that Microsoft's rules and the server admit; the others are in `refused`."""
    who = Caller()
    create(who, args.name, "none")
    stored, refused = [], []
    for number, key in enumerate(keys.HOSTILE):
        body = keys.body_of(number, key)
        if keys.azure_admits(key) and put(who, args.name, key, body).status == 201:
            stored.append({"key": key, "size": len(body), "addresses": number + 1})
        else:
            refused.append(key)
    listed = {name for name, _ in blobs(who, args.name)}
    for entry in list(stored):
        found = who.send("GET", blob_path(args.name, entry["key"]))
        if entry["key"] not in listed or len(found.body) != entry["size"]:
            stored.remove(entry)
            refused.append(entry["key"])
    unexpected = listed - {entry["key"] for entry in stored}
    for key in unexpected:
        who.send("DELETE", blob_path(args.name, key)).need(f"delete {key!r}")
    return {**described(who, args.name, stored), "refused": refused}


def blobs(who, name):
    """(key, size) of every blob in a container."""
    marker = ""
    while True:
        query = [("restype", "container"), ("comp", "list")] + ([("marker", marker)] if marker else [])
        page = who.send("GET", f"/{name}", query).need("list").body.decode()
        for entry in re.findall(r"<Blob>(.*?)</Blob>", page, re.S):
            name_of = re.search(r"<Name[^>]*>(.*?)</Name>", entry, re.S).group(1)
            yield html.unescape(name_of), int(re.search(r"<Content-Length>(\d+)<", entry).group(1))
        found = re.search(r"<NextMarker>(.+?)</NextMarker>", page)
        if not found:
            return
        marker = html.unescape(found.group(1))


def sas(args):
    """A shared access signature that lists and reads the blobs of one container, and nothing else.

    The text that is signed is the one of a service SAS in Microsoft's REST reference, from version 2020-12-06 on.
    """
    at = server("azure")
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    fields = {"sp": "rl", "st": "", "se": end, "resource": f"/blob/{at['account']}/{args.name}"}
    unused = [""] * 7
    text = "\n".join([*fields.values(), "", "", "", VERSION, "c", *unused])
    digest = hmac.new(base64.b64decode(at["key"]), text.encode(), hashlib.sha256).digest()
    query = {"sv": VERSION, "sr": "c", "sp": "rl", "se": end, "sig": base64.b64encode(digest).decode()}
    return {"sas": "&".join(f"{name}={wire.quote(value)}" for name, value in query.items())}


def delete(args):
    """Removes a container and all that is in it."""
    Caller().send("DELETE", f"/{args.name}", [("restype", "container")]).need("delete container")
    return {"deleted": args.name}


def stranger(args):
    """What an unsigned caller gets."""
    who = Caller(signed=False)
    first = {"range": "bytes=0-0"}
    listing = [("restype", "container"), ("comp", "list"), ("maxresults", "1")]
    return {
        "list": who.send("GET", f"/{args.name}", listing).status,
        "get": {key: who.send("GET", blob_path(args.name, key), headers=first).status for key in args.key},
        "put": {key: put(who, args.name, key, b"x").status for key in args.put},
    }
