"""Buckets on Ceph (what is enforced) and on moto (what the settings say)."""

import concurrent.futures
import base64
import hashlib
import html
import json
import os
import re
import urllib.parse as url
import uuid

from . import keys, wire
from .endpoints import files_below, read, server
from .sigv4 import Account

CONTROL_VERSION = "/v20180820"
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def account(owner="owner"):
    """One of the two accounts on Ceph."""
    at = server("s3")
    prefix = {"owner": "", "other": "other_"}[owner]
    return Account(at["endpoint"], at[prefix + "key"], at[prefix + "secret"])


def control_account(number):
    """An account on moto, which keeps the state of each account apart: the keys of a role in it."""
    at = server("aws_control")
    sts = Account(at["endpoint"], at["key"], at["secret"], service="sts")
    wanted = {
        "Action": "AssumeRole", "Version": "2011-06-15", "RoleSessionName": "lakewarden-test",
        "RoleArn": f"arn:aws:iam::{number}:role/lakewarden-test",
    }
    form = {"content-type": "application/x-www-form-urlencoded"}
    given = sts.send("POST", "/", body=url.urlencode(wanted).encode(), headers=form).need("assume role").body.decode()
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    return Account(at["endpoint"], *(field(given, name) for name in names))


def keys_of(who, number=None):
    """What a test needs to use an account."""
    found = {"endpoint": who.endpoint, "region": who.region, "key": who.key, "secret": who.secret}
    if who.token:
        found["token"] = who.token
    return {**found, "account": number} if number else found


def text_or_file(value):
    """JSON given on the command line, or the name of a file that holds it."""
    return value if value.lstrip().startswith(("{", "[")) else read(value).decode()


def configure(who, name, what, body=b"", headers=None):
    """Puts one of a bucket's settings: a sub-resource of it."""
    digest = base64.b64encode(hashlib.md5(body).digest()).decode()
    who.send("PUT", path_of(name), [(what, "")], body, {"content-md5": digest, **(headers or {})}).need(f"put {what}")


def public_access_block(value):
    """The XML document for a public access block given as JSON."""
    wanted = json.loads(text_or_file(value))
    flags = "".join(f"<{name}>{str(on).lower()}</{name}>" for name, on in wanted.items())
    return f"<PublicAccessBlockConfiguration xmlns='{NAMESPACE}'>{flags}</PublicAccessBlockConfiguration>".encode()


def bucket(args):
    """Makes a bucket with its objects and grants; what blocks public access comes last, so that grants can be made."""
    number = args.account if args.server == "aws_control" else None
    who = control_account(number) if number else account(args.owner)
    who.send("PUT", path_of(args.name)).need("create bucket")
    if args.versioning:
        versioning = f"<VersioningConfiguration xmlns='{NAMESPACE}'><Status>Enabled</Status></VersioningConfiguration>"
        configure(who, args.name, "versioning", versioning.encode())
    if args.ownership:
        set_ownership(who, args)
    stored = upload(who, args) if args.dir else []
    grant(who, args)
    if args.pab:
        configure(who, args.name, "publicAccessBlock", public_access_block(args.pab))
    return {"bucket": args.name, "uri": f"s3://{args.name}", "objects": stored, **keys_of(who, number)}


def set_ownership(who, args):
    """Object ownership, which Ceph would take for something else."""
    if args.server == "s3":
        raise wire.Failed("Ceph knows no object ownership; use --server aws_control")
    rule = f"<Rule><ObjectOwnership>{args.ownership}</ObjectOwnership></Rule>"
    body = f"<OwnershipControls xmlns='{NAMESPACE}'>{rule}</OwnershipControls>"
    configure(who, args.name, "ownershipControls", body.encode())


def upload(who, args):
    """Stores the files of a folder under their relative paths."""
    stored = []
    for key, path in files_below(args.dir):
        who.send("PUT", path_of(args.name, args.prefix + key), body=read(path)).need(f"put {key!r}")
        stored.append(args.prefix + key)
    return stored


def grant(who, args):
    """ACLs and policy."""
    if args.acl:
        configure(who, args.name, "acl", headers={"x-amz-acl": args.acl})
    for pair in args.object_acl:
        key, _, canned = pair.rpartition("=")
        path, headers = path_of(args.name, key), {"x-amz-acl": canned}
        who.send("PUT", path, [("acl", "")], headers=headers).need(f"put the ACL of {key!r}")
    if args.policy:
        configure(who, args.name, "policy", text_or_file(args.policy).encode())


def aws_account(args):
    """An AWS account on moto, by default a new one, perhaps with an account-wide public access block."""
    number = args.id or f"{uuid.uuid4().int % 10**12:012}"
    who = control_account(number)
    path, headers = f"{CONTROL_VERSION}/configuration/publicAccessBlock", {"x-amz-account-id": number}
    if args.pab:
        who.send("PUT", path, body=public_access_block(args.pab), headers=headers).need("put the account's block")
    found = who.send("GET", path, headers=headers)
    return {**keys_of(who, number), "public_access_block": found.body.decode() if found.status == 200 else None}


def path_of(name, key=""):
    """The path of a bucket or an object in it."""
    return f"/{name}/{wire.quote_key(key)}" if key else f"/{name}"


def hostile(args):
    """A bucket with every hostile key, each put and read back on an exact path."""
    who = account(args.owner)
    who.send("PUT", path_of(args.name)).need("create bucket")
    stored = []
    for number, key in enumerate(keys.HOSTILE):
        body = keys.body_of(number, key)
        who.send("PUT", path_of(args.name, key), body=body).need(f"put {key!r}")
        stored.append({"key": key, "size": len(body), "addresses": number + 1})
    for entry, (number, key) in zip(stored, enumerate(keys.HOSTILE)):
        if who.send("GET", path_of(args.name, key)).need(f"get {key!r}").body != keys.body_of(number, key):
            raise wire.Failed(f"{key!r} reads back as another object")
        entry["key_b64"] = base64.b64encode(key.encode()).decode()
    return {"bucket": args.name, "uri": f"s3://{args.name}", "objects": stored, **keys_of(who)}


def many(args):
    """A bucket with `count` small objects, put by several threads in several processes."""
    who = account(args.owner)
    who.send("PUT", path_of(args.name)).need("create bucket")
    size = -(-args.count // max(1, os.cpu_count() or 1))
    shares = [range(at, min(at + size, args.count)) for at in range(0, args.count, size)]
    with concurrent.futures.ProcessPoolExecutor() as pool:
        done = sum(pool.map(put_share, [(args.name, args.prefix, args.owner, share) for share in shares]))
    return {"bucket": args.name, "uri": f"s3://{args.name}", "objects": done, **keys_of(who)}


def put_share(work):
    """Puts one process's share of `many`."""
    name, prefix, owner, share = work
    who = account(owner)

    def put(number):
        who.send("PUT", path_of(name, f"{prefix}{number:09}.txt"), body=b"x").need("put")

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        for _ in threads.map(put, share):
            pass
    return len(share)


def versions(who, name):
    """(key, version) of everything in a bucket, old versions and delete markers included."""
    query = {"versions": "", "encoding-type": "url"}
    while True:
        page = who.send("GET", path_of(name), query.items()).need("list versions").body.decode()
        for kind, entry in re.findall(r"<(Version|DeleteMarker)>(.*?)</\1>", page, re.S):
            del kind
            yield url.unquote_plus(field(entry, "Key")), field(entry, "VersionId")
        if field(page, "IsTruncated") != "true":
            return
        query["key-marker"] = url.unquote_plus(field(page, "NextKeyMarker"))
        query["version-id-marker"] = field(page, "NextVersionIdMarker")


def field(xml, name):
    """The text of the first element of that name; the servers' own plain XML needs no more."""
    found = re.search(rf"<{name}>(.*?)</{name}>", xml, re.S)
    return html.unescape(found.group(1)) if found else ""


def delete(args):
    """Removes a bucket and all that is in it."""
    who = control_account(args.account) if args.account else account(args.owner)
    batch = []
    for key, version in versions(who, args.name):
        if re.fullmatch(r"[ -~]+", key):
            batch.append(f"<Object><Key>{html.escape(key)}</Key><VersionId>{version}</VersionId></Object>")
        else:
            who.send("DELETE", path_of(args.name, key), [("versionId", version)]).need("delete")
        if len(batch) == 1000:
            delete_batch(who, args.name, batch)
    if batch:
        delete_batch(who, args.name, batch)
    who.send("DELETE", path_of(args.name)).need("delete bucket")
    return {"deleted": args.name}


def delete_batch(who, name, batch):
    """One multi-object delete; empties the batch."""
    body = f"<Delete><Quiet>true</Quiet>{''.join(batch)}</Delete>".encode()
    digest = {"content-md5": base64.b64encode(hashlib.md5(body).digest()).decode()}
    who.send("POST", path_of(name), [("delete", "")], body, digest).need("delete objects")
    batch.clear()


def stranger(args):
    """What a caller without rights gets: nobody, or the other account."""
    if args.caller == "other":
        send = account("other").send
    else:
        endpoint = server("s3" if args.server == "s3" else "aws_control")["endpoint"]

        def send(method, path, query=(), body=b"", headers=None):
            encoded = "&".join(f"{wire.quote(k)}={wire.quote(v)}" for k, v in query)
            return wire.send(endpoint, method, path + (f"?{encoded}" if encoded else ""), headers, body)

    return {
        "list": send("GET", path_of(args.name), [("list-type", "2"), ("max-keys", "1")]).status,
        "get": {key: send("GET", path_of(args.name, key), headers={"range": "bytes=0-0"}).status for key in args.key},
        "put": {key: send("PUT", path_of(args.name, key), body=b"x").status for key in args.put},
    }
