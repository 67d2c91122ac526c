"""Every combination of the settings that decide who can reach a bucket, and what strangers really get in each.

A bucket for each combination, made in one go: PREFIX-0, PREFIX-1 and so on. Each has one object, `note.txt`.
"""

import concurrent.futures
import itertools
import json

from . import gcs, s3, wire

NOTE = "note.txt"
BODY = b"nothing of interest\n"


def together(work, items):
    """Runs `work` on each of the items, several at a time, in order."""
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        return list(threads.map(work, items))


# Amazon S3, on Ceph.

ANYONE, OTHER = "*", {"AWS": "arn:aws:iam:::user/other"}
S3_ACLS = ("private", "public-read", "public-read-write", "authenticated-read")
S3_OBJECTS = ("private", "public-read", "authenticated-read")
S3_BLOCKS = {
    "none": (),
    "ignore": ("IgnorePublicAcls",),
    "new": ("BlockPublicAcls", "BlockPublicPolicy"),
}
ELSEWHERE = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
# Statements in short: effect, principal, actions, below which prefix (None: the bucket itself), condition.
S3_POLICIES = {
    "none": (),
    "get": (("Allow", ANYONE, ["s3:GetObject"], "*", None),),
    "list": (("Allow", ANYONE, ["s3:ListBucket"], None, None),),
    "put": (("Allow", ANYONE, ["s3:PutObject"], "*", None),),
    "get-below": (("Allow", ANYONE, ["s3:GetObject"], "public/*", None),),
    "get-elsewhere": (("Allow", ANYONE, ["s3:GetObject"], "*", ELSEWHERE),),
    "get-other": (("Allow", OTHER, ["s3:GetObject"], "*", None),),
    "get-denied": (("Allow", ANYONE, ["s3:GetObject"], "*", None), ("Deny", ANYONE, ["s3:GetObject"], "*", None)),
}


def policy(name, statements):
    """A bucket policy."""
    def one(effect, principal, actions, below, condition):
        resource = f"arn:aws:s3:::{name}" + (f"/{below}" if below else "")
        found = {"Effect": effect, "Principal": principal, "Action": actions, "Resource": resource}
        return {**found, "Condition": condition} if condition else found

    return json.dumps({"Version": "2012-10-17", "Statement": [one(*s) for s in statements]}).encode()


def s3_combinations():
    """All of them, by name."""
    names = ("acl", "policy", "block", "object")
    return [dict(zip(names, c)) for c in itertools.product(S3_ACLS, S3_POLICIES, S3_BLOCKS, S3_OBJECTS)]


def make_s3(name, wanted):
    """One bucket; what blocks public access comes last, so that grants can be made."""
    who = s3.account()
    who.send("PUT", s3.path_of(name)).need("create bucket")
    who.send("PUT", s3.path_of(name, NOTE), body=BODY).need("put")
    if wanted["acl"] != "private":
        s3.configure(who, name, "acl", headers={"x-amz-acl": wanted["acl"]})
    if wanted["object"] != "private":
        who.send("PUT", s3.path_of(name, NOTE), [("acl", "")], headers={"x-amz-acl": wanted["object"]}).need("object ACL")
    statements = S3_POLICIES[wanted["policy"]]
    if statements:
        s3.configure(who, name, "policy", policy(name, statements))
    if S3_BLOCKS[wanted["block"]]:
        on = {switch: True for switch in S3_BLOCKS[wanted["block"]]}
        s3.configure(who, name, "publicAccessBlock", s3.public_access_block(json.dumps(on)))


# Google Cloud Storage, behind the access guard.

GCS_BINDINGS = {
    "none": (),
    "viewer-anyone": (("objectViewer", "allUsers"),),
    "reader-anyone": (("legacyObjectReader", "allUsers"),),
    "lister-anyone": (("legacyBucketReader", "allUsers"),),
    "creator-anyone": (("objectCreator", "allUsers"),),
    "viewer-signed-in": (("objectViewer", "allAuthenticatedUsers"),),
}
GCS_ACLS = (None, ("allUsers", "READER"), ("allUsers", "WRITER"), ("allAuthenticatedUsers", "READER"))
GCS_OBJECTS = (None, ("allUsers", "READER"), ("allAuthenticatedUsers", "READER"))


def gcs_combinations():
    """All of them, by name."""
    names = ("iam", "acl", "object", "uniform", "prevention")
    product = itertools.product(GCS_BINDINGS, GCS_ACLS, GCS_OBJECTS, (False, True), ("inherited", "enforced"))
    return [dict(zip(names, c)) for c in product]


def make_gcs(name, wanted):
    """One bucket; ACLs before uniform access closes them, public access prevention last."""
    who = gcs.owner()
    who.send("POST", f"/storage/v1/b?project={who.at['project']}", {"name": name}).need("create bucket")
    gcs.put(who, name, NOTE, BODY)
    for found, target in ((wanted["acl"], gcs.bucket_path(name, "/acl")), (wanted["object"], gcs.object_path(name, NOTE) + "/acl")):
        if found:
            who.send("POST", target, {"entity": found[0], "role": found[1]}).need("ACL")
    if wanted["uniform"]:
        gcs.configure(who, name, {"uniformBucketLevelAccess": {"enabled": True}})
    if GCS_BINDINGS[wanted["iam"]]:
        target = gcs.bucket_path(name, "/iam")
        found = json.loads(who.send("GET", target + "?optionsRequestedPolicyVersion=3").need("get IAM policy").body)
        found["bindings"] += [{"role": f"roles/storage.{r}", "members": [m]} for r, m in GCS_BINDINGS[wanted["iam"]]]
        who.send("PUT", target, found).need("set IAM policy")
    if wanted["prevention"] == "enforced":
        gcs.configure(who, name, {"publicAccessPrevention": "enforced"})


CLOUDS = {"s3": (s3, s3_combinations, make_s3, "other"), "gcs": (gcs, gcs_combinations, make_gcs, "user")}


def make(args):
    """The buckets of a cloud, and the combination of each."""
    _, combinations, build, _ = CLOUDS[args.cloud]
    named = [(f"{args.prefix}-{i}", wanted) for i, wanted in enumerate(combinations())]
    together(lambda one: build(*one), named)
    return [{"bucket": name, **wanted} for name, wanted in named]


class Ask:
    """The arguments of a question about what one caller gets."""

    def __init__(self, name, caller):
        # Each leaves an object of its own: not everyone who may create may overwrite.
        self.name, self.caller, self.key, self.put, self.server = name, caller, [NOTE], [f"left-by-{caller}.txt"], "s3"


def ask(args):
    """What nobody and a signed-in stranger get of each bucket: list, get, put."""
    cloud, combinations, _, signed_in = CLOUDS[args.cloud]

    def one(i):
        name = f"{args.prefix}-{i}"
        # The signed-in one first: what nobody leaves behind is nobody's.
        found = {caller: cloud.stranger(Ask(name, caller)) for caller in (signed_in, "nobody")}
        fine = {
            who: {"list": f["list"] < 300, "get": f["get"][NOTE] < 300, "put": all(s < 300 for s in f["put"].values())}
            for who, f in found.items()
        }
        return {"bucket": name, "nobody": fine["nobody"], "signed_in": fine[signed_in]}

    return together(one, range(len(combinations())))


def remove(args):
    """All the buckets that are there."""
    cloud, combinations, _, _ = CLOUDS[args.cloud]

    class Which:
        """The arguments of one deletion."""

        account, owner = None, "owner"

        def __init__(self, name):
            self.name = name

    def one(i):
        try:
            cloud.delete(Which(f"{args.prefix}-{i}"))
        except wire.Failed:
            return 0
        return 1

    return {"deleted": sum(together(one, range(len(combinations()))))}
