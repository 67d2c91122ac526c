"""Buckets on fake-gcs-server, made through the access guard."""

import json

from . import keys, wire
from .endpoints import files_below, read, server


class Caller:
    """Sends requests with a token, or none."""

    def __init__(self, token=None):
        self.at = server("gcs")
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def send(self, method, target, document=None, body=b"", headers=None):
        """A request with an optional JSON document as its body."""
        headers = {**self.headers, **(headers or {})}
        if document is not None:
            body, headers["Content-Type"] = json.dumps(document).encode(), "application/json"
        return wire.send(self.at["endpoint"], method, target, headers, body)


def owner():
    """Who may do everything."""
    return Caller(server("gcs")["owner_token"])


def bucket_path(name, rest=""):
    """The JSON API's path of a bucket."""
    return f"/storage/v1/b/{wire.quote(name)}{rest}"


def object_path(name, key):
    """The JSON API's path of an object."""
    return bucket_path(name, f"/o/{wire.quote(key)}")


def put(who, name, key, body):
    """Stores one object."""
    target = f"/upload/storage/v1/b/{wire.quote(name)}/o?uploadType=media&name={wire.quote(key)}"
    who.send("POST", target, body=body, headers={"Content-Type": "application/octet-stream"}).need(f"put {key!r}")


def bucket(args):
    """Makes a bucket; ACLs before uniform access closes them, public access prevention last."""
    who = owner()
    who.send("POST", f"/storage/v1/b?project={who.at['project']}", {"name": args.name}).need("create bucket")
    add_default_acl(who, args)
    stored = []
    for key, path in files_below(args.dir) if args.dir else ():
        put(who, args.name, args.prefix + key, read(path))
        stored.append(args.prefix + key)
    add_acls(who, args)
    if args.uniform:
        configure(who, args.name, {"uniformBucketLevelAccess": {"enabled": True}})
    if args.iam:
        add_bindings(who, args)
    if args.prevention:
        configure(who, args.name, {"publicAccessPrevention": args.prevention})
    return described(who, args.name, stored)


def described(who, name, stored):
    """What a test needs to use the bucket."""
    return {"bucket": name, "uri": f"gs://{name}", "objects": stored, **who.at}


def configure(who, name, change):
    """Changes `iamConfiguration`."""
    who.send("PATCH", bucket_path(name), {"iamConfiguration": change}).need("patch bucket")


def add_default_acl(who, args):
    """Entries of the default object ACL, as ENTITY=ROLE."""
    for pair in args.default_acl:
        entity, _, role = pair.rpartition("=")
        target = bucket_path(args.name, "/defaultObjectAcl")
        who.send("POST", target, {"entity": entity, "role": role}).need("default object ACL")


def add_acls(who, args):
    """Entries of the bucket's ACL, ENTITY=ROLE, and of objects' ACLs, KEY=ENTITY=ROLE."""
    for pair in args.acl:
        entity, _, role = pair.rpartition("=")
        who.send("POST", bucket_path(args.name, "/acl"), {"entity": entity, "role": role}).need("bucket ACL")
    for triple in args.object_acl:
        key, entity, role = triple.rsplit("=", 2)
        target = object_path(args.name, key) + "/acl"
        who.send("POST", target, {"entity": entity, "role": role}).need("object ACL")


def add_bindings(who, args):
    """Adds ROLE=MEMBER, or ROLE=MEMBER=PREFIX for objects below a prefix only, to the IAM policy."""
    target = bucket_path(args.name, "/iam")
    policy = json.loads(who.send("GET", target + "?optionsRequestedPolicyVersion=3").need("get IAM policy").body)
    for text in args.iam:
        role, member, *prefix = text.split("=", 2)
        binding = {"role": role if "/" in role else f"roles/storage.{role}", "members": [member]}
        if prefix:
            name = f"projects/_/buckets/{args.name}/objects/{prefix[0]}"
            binding["condition"] = {"title": "below", "expression": f'resource.name.startsWith("{name}")'}
        policy["bindings"].append(binding)
    policy["version"] = 3
    who.send("PUT", target, policy).need("set IAM policy")


def hostile(args):
    """A bucket with the hostile keys that Google's naming rules admit; the others must be refused."""
    who = owner()
    who.send("POST", f"/storage/v1/b?project={who.at['project']}", {"name": args.name}).need("create bucket")
    stored = []
    for number, key in enumerate(keys.HOSTILE):
        body = keys.body_of(number, key)
        if keys.gcs_admits(key):
            put(who, args.name, key, body)
            stored.append({"key": key, "size": len(body), "addresses": number + 1})
        else:
            target = f"/upload/storage/v1/b/{args.name}/o?uploadType=media&name={wire.quote(key)}"
            who.send("POST", target, body=body).need(f"refuse {key!r}", 400)
    for entry in stored:
        found = who.send("GET", object_path(args.name, entry["key"]) + "?alt=media").need("get").body
        if len(found) != entry["size"]:
            raise wire.Failed(f"{entry['key']!r} reads back as another object")
    return described(who, args.name, stored)


def delete(args):
    """Removes a bucket and all that is in it."""
    who = owner()
    while True:
        page = json.loads(who.send("GET", bucket_path(args.name, "/o?versions=true")).need("list").body)
        if not page.get("items"):
            break
        for stored in page["items"]:
            target = object_path(args.name, stored["name"]) + f"?generation={stored['generation']}"
            who.send("DELETE", target).need("delete object", 204, 404)
    who.send("DELETE", bucket_path(args.name)).need("delete bucket")
    return {"deleted": args.name}


def stranger(args):
    """What a caller without rights gets, through the JSON API and, for list and get, the XML API."""
    who = Caller(server("gcs")["user_token"] if args.caller == "user" else None)
    first = {"Range": "bytes=0-0"}
    upload = f"/upload/storage/v1/b/{wire.quote(args.name)}/o?uploadType=media&name="
    return {
        "list": who.send("GET", bucket_path(args.name, "/o?maxResults=1")).status,
        "list_xml": who.send("GET", f"/{args.name}?list-type=2&max-keys=1").status,
        "get": {k: who.send("GET", object_path(args.name, k) + "?alt=media", headers=first).status for k in args.key},
        "get_xml": {k: who.send("GET", f"/{args.name}/{wire.quote_key(k)}", headers=first).status for k in args.key},
        "put": {k: who.send("POST", upload + wire.quote(k), body=b"x").status for k in args.put},
        "settings": who.send("GET", bucket_path(args.name)).status,
    }
