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
from xml.sax.saxutils import escape

from . import keys, wire
from .endpoints import files_below, read, server
from .sigv4 import Account

CONTROL_VERSION = "/v20180820"


def account(owner="owner"):
    """One of the two accounts on Ceph."""
    at = server("s3")
    prefix = {"owner": "", "other": "other_"}[owner]
    return Account(at["endpoint"], at[prefix + "key"], at[prefix + "secret"])


def control_account(number):
    """An account on moto, which keeps the state of each account apart: the keys of a role in it."""
    import boto3

    at = server("aws_control")
    sts = boto3.client("sts", endpoint_url=at["endpoint"], region_name=at["region"],
                       aws_access_key_id=at["key"], aws_secret_access_key=at["secret"])
    role = f"arn:aws:iam::{number}:role/lakewarden-test"
    given = sts.assume_role(RoleArn=role, RoleSessionName="lakewarden-test")["Credentials"]
    return Account(at["endpoint"], given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def keys_of(who, number=None):
    """What a test needs to use an account."""
    found = {"endpoint": who.endpoint, "region": who.region, "key": who.key, "secret": who.secret}
    if who.token:
        found["token"] = who.token
    return {**found, "account": number} if number else found


def client(who):
    """boto3 for an account, path-style."""
    import boto3
    from botocore.config import Config

    config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2})
    return boto3.client("s3", endpoint_url=who.endpoint, region_name=who.region, aws_access_key_id=who.key,
                        aws_secret_access_key=who.secret, aws_session_token=who.token, config=config)


def text_or_file(value):
    """JSON given on the command line, or the name of a file that holds it."""
    return value if value.lstrip().startswith(("{", "[")) else read(value).decode()


def bucket(args):
    """Makes a bucket with its objects and grants; what blocks public access comes last, so that grants can be made."""
    number = args.account if args.server == "aws_control" else None
    who = control_account(number) if number else account(args.owner)
    s3 = client(who)
    s3.create_bucket(Bucket=args.name)
    if args.versioning:
        s3.put_bucket_versioning(Bucket=args.name, VersioningConfiguration={"Status": "Enabled"})
    if args.ownership:
        if args.server == "s3":
            raise wire.Failed("Ceph knows no object ownership; use --server aws_control")
        rules = {"Rules": [{"ObjectOwnership": args.ownership}]}
        s3.put_bucket_ownership_controls(Bucket=args.name, OwnershipControls=rules)
    stored = upload(s3, args) if args.dir else []
    grant(s3, args)
    if args.pab:
        s3.put_public_access_block(Bucket=args.name, PublicAccessBlockConfiguration=json.loads(text_or_file(args.pab)))
    return {"bucket": args.name, "uri": f"s3://{args.name}", "objects": stored, **keys_of(who, number)}


def upload(s3, args):
    """Stores the files of a folder under their relative paths."""
    stored = []
    for key, path in files_below(args.dir):
        s3.put_object(Bucket=args.name, Key=args.prefix + key, Body=read(path))
        stored.append(args.prefix + key)
    return stored


def grant(s3, args):
    """ACLs and policy."""
    if args.acl:
        s3.put_bucket_acl(Bucket=args.name, ACL=args.acl)
    for pair in args.object_acl:
        key, _, canned = pair.rpartition("=")
        s3.put_object_acl(Bucket=args.name, Key=key, ACL=canned)
    if args.policy:
        s3.put_bucket_policy(Bucket=args.name, Policy=text_or_file(args.policy))


def aws_account(args):
    """An AWS account on moto, by default a new one, perhaps with an account-wide public access block."""
    number = args.id or str(uuid.uuid4().int)[:12]
    who = control_account(number)
    if args.pab:
        wanted = json.loads(text_or_file(args.pab))
        body = "".join(f"<{name}>{str(on).lower()}</{name}>" for name, on in wanted.items())
        body = f"<PublicAccessBlockConfiguration>{body}</PublicAccessBlockConfiguration>".encode()
        path, headers = f"{CONTROL_VERSION}/configuration/publicAccessBlock", {"x-amz-account-id": number}
        who.send("PUT", path, body=body, headers=headers).need("put account public access block")
    return keys_of(who, number)


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
            batch.append(f"<Object><Key>{escape(key)}</Key><VersionId>{version}</VersionId></Object>")
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
