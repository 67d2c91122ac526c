"""The part of the Cloud Storage XML API that readers use: list, get, head, put and delete under `/bucket/key`."""

import email.utils
import datetime
import json
import urllib.parse as url
from xml.sax.saxutils import escape

from gcs_policy import Refused

XML = "application/xml; charset=UTF-8"
LIST_PARAMETERS = frozenset(
    "list-type prefix delimiter max-keys continuation-token start-after encoding-type".split()
)
OBJECT_PARAMETERS = frozenset({"generation"})
CODES = {
    400: "InvalidArgument", 401: "AuthenticationRequired", 404: "NoSuchKey", 405: "MethodNotAllowed",
    412: "PreconditionFailed", 501: "NotImplemented",
}
CANNED = {
    "private": "private", "project-private": "projectPrivate", "bucket-owner-read": "bucketOwnerRead",
    "bucket-owner-full-control": "bucketOwnerFullControl", "authenticated-read": "authenticatedRead",
    "public-read": "publicRead",
}


def refuse(handler, refused):
    """The error document of the XML API. Lacking a permission is 403 for everyone, anonymous or not."""
    status = 403 if refused.reason in ("required", "forbidden") else refused.status
    code = "AccessDenied" if status == 403 else CODES.get(status, "InternalError")
    if "bucket" in refused.message and status == 404:
        code = "NoSuchBucket"
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code>"
    body += f"<Message>{escape(refused.message)}</Message></Error>"
    handler.reply(status, body.encode(), XML)


def route(handler, caller):
    """Dispatches on method and path. The key is everything after the second slash, decoded once."""
    bucket, _, key = handler.split.path[1:].partition("/")
    bucket, key = url.unquote(bucket), url.unquote(key)
    with handler.server.lock:
        policy = handler.server.policy(bucket)
    unknown = set(handler.query) - (OBJECT_PARAMETERS if key else LIST_PARAMETERS)
    if unknown or "x-goog-copy-source" in handler.headers:
        raise Refused(501, "notImplemented", "This test server does not know that request.")
    if handler.command in ("GET", "HEAD"):
        return read(handler, caller, policy, key) if key else list_objects(handler, caller, policy)
    if handler.command == "PUT" and key:
        return put(handler, caller, policy, key)
    if handler.command == "DELETE" and key:
        return handler.json_object(caller, policy, key)
    raise Refused(501, "notImplemented", "This test server does not know that request.")


def put(handler, caller, policy, key):
    """Stores an object, with `x-goog-acl` as its canned ACL."""
    canned = handler.headers.get("x-goog-acl")
    if canned is not None and canned not in CANNED:
        raise Refused(400, "invalid", "Invalid x-goog-acl.")
    stored = handler.store(caller, policy, key, CANNED.get(canned))
    handler.reply(200, headers=object_headers(stored))


def read(handler, caller, policy, key):
    """Sends an object or its headers, honouring If-Match, If-None-Match and generations."""
    stored = handler.readable_object(caller, policy, key)
    handler.check_generation(stored)
    tag = quoted(stored["etag"])
    wanted, unwanted = handler.headers.get("If-Match"), handler.headers.get("If-None-Match")
    if wanted not in (None, "*") and tag not in wanted:
        raise Refused(412, "conditionNotMet", "At least one of the pre-conditions did not hold.")
    if unwanted is not None and (unwanted == "*" or tag in unwanted):
        return handler.reply(304, headers=[("ETag", tag)])
    if handler.command == "HEAD":
        kind = stored.get("contentType", "application/octet-stream")
        return handler.reply(200, b"", kind, object_headers(stored), int(stored["size"]))
    return handler.send_media(policy, key)


def object_headers(stored):
    """What the XML API says about an object in headers."""
    updated = datetime.datetime.fromisoformat(stored["updated"].split(".")[0].rstrip("Z"))
    modified = email.utils.format_datetime(updated.replace(tzinfo=datetime.timezone.utc), usegmt=True)
    return [
        ("ETag", quoted(stored["etag"])),
        ("Last-Modified", modified),
        ("Accept-Ranges", "bytes"),
        ("x-goog-generation", stored["generation"]),
        ("x-goog-metageneration", stored["metageneration"]),
        ("x-goog-hash", f"crc32c={stored['crc32c']}"),
        ("x-goog-storage-class", stored.get("storageClass", "STANDARD")),
        ("x-goog-stored-content-length", stored["size"]),
    ]


def quoted(tag):
    """An entity tag in exactly one pair of quotes."""
    return '"' + tag.strip('"') + '"'


def list_objects(handler, caller, policy):
    """Lists a bucket, from the JSON list of the server behind."""
    policy.demand(caller, "storage.objects.list")
    query = handler.query
    asked = {"prefix": query.get("prefix", ""), "maxResults": query.get("max-keys", "1000")}
    asked.update({"delimiter": query["delimiter"]} if query.get("delimiter") else {})
    if query.get("continuation-token"):
        asked["pageToken"] = query["continuation-token"]
    elif query.get("start-after"):
        asked["startOffset"] = query["start-after"] + "\0"  # the smallest name after it: the offset itself is included
    path = f"/storage/v1/b/{url.quote(policy.name, safe='')}/o?{url.urlencode(asked)}"
    status, _, body = handler.pass_on("GET", path)
    if status != 200:
        raise Refused(400, "invalid", "The store behind this test server refused the listing.")
    handler.reply(200, listing(policy.name, query, json.loads(body)).encode(), XML)


def listing(bucket, query, page):
    """One page as a ListBucketResult."""
    quote = (lambda name: url.quote(name, safe="/")) if query.get("encoding-type") == "url" else escape
    token = page.get("nextPageToken")
    parts = [
        "<?xml version='1.0' encoding='UTF-8'?><ListBucketResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'>",
        f"<Name>{escape(bucket)}</Name><Prefix>{quote(query.get('prefix', ''))}</Prefix>",
        f"<IsTruncated>{'true' if token else 'false'}</IsTruncated>",
    ]
    if token:
        parts.append(f"<NextContinuationToken>{escape(token)}</NextContinuationToken>")
    parts += [contents(stored, quote) for stored in page.get("items") or []]
    parts += [f"<CommonPrefixes><Prefix>{quote(p)}</Prefix></CommonPrefixes>" for p in page.get("prefixes") or []]
    return "".join(parts) + "</ListBucketResult>"


def contents(stored, quote):
    """One object of a listing."""
    return (
        f"<Contents><Key>{quote(stored['name'])}</Key><Generation>{stored['generation']}</Generation>"
        f"<MetaGeneration>{stored['metageneration']}</MetaGeneration><LastModified>{stored['updated']}</LastModified>"
        f"<ETag>{escape(quoted(stored['etag']))}</ETag><Size>{stored['size']}</Size></Contents>"
    )
