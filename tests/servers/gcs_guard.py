#!/usr/bin/env python3
"""Access control in front of fake-gcs-server, which stores objects well but checks nobody's rights.

Answers the JSON API (buckets, IAM policies, ACLs, objects) and the part of the XML API that readers use, decides each
request by `gcs_policy`, and passes what is allowed to the server behind it. What it does not know it answers with 501:
a call must never look as if it had worked.

    gcs_guard.py PORT BACKEND_PORT [--key FILE]

Callers: no `Authorization` header is anonymous; `Bearer owner-token` may do everything; `Bearer user-token` is a
signed-in stranger, user@example.com; a JWT signed by the service account in FILE may do everything; any other token is
invalid.
"""

import argparse
import base64
import hashlib
import hmac
import http.client
import http.server
import json
import re
import threading
import time
import urllib.parse as url

import gcs_xml
from gcs_policy import (
    ANONYMOUS, BUCKET_ACL, OBJECT_ACL, PREDEFINED_BUCKET, PREDEFINED_OBJECT, PROJECT_NUMBER, Caller, Policy, Refused,
    check_object_name,
)

OWNER = Caller("owner@example.com", owner=True)
USER = Caller("user@example.com")
TOKENS = {"owner-token": OWNER, "user-token": USER}
PASSED_HEADERS = ("Content-Type", "Range", "Accept-Encoding")


class ServiceAccount:
    """Checks JWTs of one service account (RFC 7519, RS256), as `service_account.py` writes its public half."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            key = json.load(file)
        self.email, self.modulus, self.exponent = key["client_email"], int(key["modulus"]), int(key["exponent"])

    def signed(self, token):
        """Whether `token` is signed by this account and has not expired."""
        try:
            head, claims, signature = token.split(".")
            claimed = json.loads(_unpadded(claims))
            expected = _pkcs1_sha256(f"{head}.{claims}".encode(), self.modulus)
            found = pow(int.from_bytes(_unpadded(signature), "big"), self.exponent, self.modulus)
            return (
                found == expected
                and json.loads(_unpadded(head))["alg"] == "RS256"
                and claimed["iss"] == self.email
                and claimed["exp"] > time.time()
            )
        except (ValueError, KeyError, TypeError):
            return False


def _unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _pkcs1_sha256(message, modulus):
    """The padded digest that an RSASSA-PKCS1-v1_5 signature must open to (RFC 8017, 9.2)."""
    info = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(message).digest()
    size = (modulus.bit_length() + 7) // 8
    return int.from_bytes(b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info, "big")


class Guard(http.server.ThreadingHTTPServer):
    """The listening server and everything it remembers."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, backend_port, service_account):
        super().__init__(("127.0.0.1", port), Handler)
        self.backend_port, self.service_account = backend_port, service_account
        self.lock = threading.RLock()  # guards `policies` and what is in them
        self.policies = {}

    def policy(self, bucket):
        """The policy of an existing bucket."""
        if bucket not in self.policies:
            raise Refused(404, "notFound", "The specified bucket does not exist.")
        return self.policies[bucket]


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection; keeps one connection of its own to the server behind."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120
    backend = None

    def log_message(self, *_):
        """Stays quiet."""

    # ---- request and reply

    def handle_any(self):
        """Reads one request whole, answers it, and turns refusals into the API's error documents."""
        self.split = url.urlsplit(self.path)
        self.query = dict(url.parse_qsl(self.split.query, keep_blank_values=True))
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        json_paths = ("/storage/v1/", "/upload/storage/v1/", "/download/storage/v1/", "/token")
        refuse = Handler.refuse_json if self.split.path.startswith(json_paths) else gcs_xml.refuse
        try:
            self.route()
        except Refused as refused:
            refuse(self, refused)
        except (ValueError, KeyError, TypeError):
            refuse(self, Refused(400, "invalid", "The request cannot be understood."))

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: the names are http.server's

    def route(self):
        """Sends the request to the API that it speaks."""
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            self.close_connection = True
            raise Refused(501, "notImplemented", "This test server wants a Content-Length.")
        if self.split.path == "/token":
            self.exchange_token()
        elif self.split.path.startswith(("/storage/v1/", "/upload/storage/v1/", "/download/storage/v1/")):
            self.route_json(self.caller())
        else:
            gcs_xml.route(self, self.caller())

    def reply(self, status, body=b"", kind="application/json; charset=UTF-8", headers=(), length=None):
        """Sends a whole reply; `length` replaces the body's own in answer to HEAD."""
        bare = status in (204, 304)
        body = b"" if bare else body
        self.send_response(status)
        if body or length is not None:
            self.send_header("Content-Type", kind)
        for name, value in headers:
            self.send_header(name, value)
        if not bare:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def reply_json(self, document, status=200):
        """Sends a JSON document."""
        self.reply(status, json.dumps(document).encode())

    def refuse_json(self, refused):
        """The error document of the JSON API."""
        error = {"message": refused.message, "domain": "global", "reason": refused.reason}
        document = {"error": {"code": refused.status, "message": refused.message, "errors": [error]}}
        headers = [("WWW-Authenticate", 'Bearer realm="storage"')] if refused.status == 401 else []
        self.reply(refused.status, json.dumps(document).encode(), headers=headers)

    def pass_on(self, method, path, body=b"", headers=None):
        """Asks the server behind: (status, headers, body). One retry where it had dropped an idle connection."""
        headers = {k: v for k, v in (headers or {}).items() if v is not None}
        headers["Host"] = f"127.0.0.1:{self.server.server_port}"  # the links in its replies must lead through here
        for attempt in (1, 2):
            if self.backend is None:
                self.backend = http.client.HTTPConnection("127.0.0.1", self.server.backend_port, timeout=60)
            try:
                self.backend.request(method, path, body, headers)
                answer = self.backend.getresponse()
                return answer.status, answer.headers, answer.read()
            except (http.client.RemoteDisconnected, ConnectionError):
                self.backend = None
                if attempt == 2:
                    raise
        return None

    def object_resource(self, bucket, key):
        """The stored object's JSON resource, or None."""
        generation = f"?generation={int(self.query['generation'])}" if "generation" in self.query else ""
        status, _, body = self.pass_on("GET", object_path(bucket, key) + generation)
        return json.loads(body) if status == 200 else None

    # ---- who is asking

    def caller(self):
        """Whose token the request carries."""
        header = self.headers.get("Authorization")
        if header is None:
            return ANONYMOUS
        scheme, _, token = header.partition(" ")
        if scheme == "Bearer":
            for known, caller in TOKENS.items():
                if hmac.compare_digest(known.encode(), token.encode()):
                    return caller
            account = self.server.service_account
            if account and account.signed(token):
                return Caller(account.email, owner=True)
        raise Refused(401, "authError", "Invalid Credentials")

    def exchange_token(self):
        """The OAuth exchange of a signed assertion for an access token (RFC 7523)."""
        assertion = dict(url.parse_qsl(self.body.decode("ascii", "replace"))).get("assertion", "")
        account = self.server.service_account
        if not account or not account.signed(assertion):
            raise Refused(401, "authError", "Invalid assertion")
        self.reply_json({"access_token": "owner-token", "token_type": "Bearer", "expires_in": 3600})

    # ---- JSON API

    def route_json(self, caller):
        """Dispatches on the path below `/storage/v1`."""
        parts = [url.unquote(part) for part in self.split.path.strip("/").split("/")]
        parts = parts[parts.index("v1") + 1 :]
        if self.split.path.startswith("/upload/") and parts[0] == "b" and parts[2:] == ["o"]:
            return self.upload(caller, parts[1])
        if self.split.path.startswith("/download/"):
            self.query["alt"] = "media"
        if parts == ["b"]:
            return self.json_buckets(caller)
        if parts[0] != "b":
            raise Refused(501, "notImplemented", "This test server does not know that path.")
        with self.server.lock:
            policy = self.server.policy(parts[1])
        return self.route_bucket(caller, policy, parts[2:])

    def route_bucket(self, caller, policy, rest):
        """Dispatches on the path below one bucket."""
        match rest:
            case []:
                return self.json_bucket(caller, policy)
            case ["iam"]:
                return self.json_iam(caller, policy)
            case ["iam", "testPermissions"]:
                return self.json_test_permissions(caller, policy)
            case ["acl", *entity]:
                return self.json_bucket_acl(caller, policy, entity)
            case ["defaultObjectAcl", *entity]:
                return self.json_default_acl(caller, policy, entity)
            case ["managedFolders"] if self.command == "GET":
                policy.demand(caller, "storage.managedFolders.list")
                return self.reply_json({"kind": "storage#managedFolders"})
            case ["o"] if self.command == "GET":
                return self.json_objects(caller, policy)
            case ["o", key]:
                return self.json_object(caller, policy, key)
            case ["o", key, "acl", *entity]:
                return self.json_object_acl(caller, policy, key, entity)
        raise Refused(501, "notImplemented", "This test server does not know that path.")

    def json_buckets(self, caller):
        """buckets.list and buckets.insert: a project's own affair, so only the owner's."""
        permission = "storage.buckets.create" if self.command == "POST" else "storage.buckets.list"
        Policy("project").demand(caller, permission)
        if self.command == "POST":
            return self.create_bucket()
        status, _, body = self.pass_on("GET", self.path)
        if status != 200:
            return self.reply(status, body)
        listing = json.loads(body)
        with self.server.lock:
            known = [b for b in listing.get("items", []) if b["name"] in self.server.policies]
            listing["items"] = [self.bucket_resource(self.server.policies[b["name"]], b) for b in known]
        return self.reply_json(listing)

    def create_bucket(self):
        """buckets.insert with its settings and predefined ACLs."""
        wanted = json.loads(self.body)
        if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{1,61}[a-z0-9]", wanted["name"]):
            raise Refused(400, "invalid", "Invalid bucket name.")
        policy = Policy(wanted["name"])
        policy.change_settings(wanted)
        for parameter, known in (("predefinedAcl", PREDEFINED_BUCKET), ("predefinedDefaultObjectAcl", PREDEFINED_OBJECT)):
            if parameter in self.query:
                policy.refuse_acls_if_uniform()
                if self.query[parameter] not in known:
                    raise Refused(400, "invalid", f"Invalid value for {parameter}")
        for entity, role in PREDEFINED_BUCKET.get(self.query.get("predefinedAcl"), {}).items():
            policy.set_bucket_grant(entity, role)
        policy.default_acl.update(PREDEFINED_OBJECT.get(self.query.get("predefinedDefaultObjectAcl"), {}))
        status, _, body = self.pass_on("POST", self.path, self.body, {"Content-Type": "application/json"})
        if status != 200:
            return self.reply(status, body)
        with self.server.lock:
            self.server.policies[policy.name] = policy
        return self.reply_json(self.bucket_resource(policy, json.loads(body)))

    def json_bucket(self, caller, policy):
        """buckets.get, patch, update and delete."""
        verb = {"PATCH": "update", "PUT": "update", "DELETE": "delete"}.get(self.command, "get")
        policy.demand(caller, f"storage.buckets.{verb}")
        path = f"/storage/v1/b/{url.quote(policy.name, safe='')}"
        if verb == "update":
            with self.server.lock:
                policy.change_settings(json.loads(self.body))
        status, _, body = self.pass_on("DELETE" if verb == "delete" else "GET", path)
        if status >= 300:
            return self.reply(status, body)
        if verb == "delete":
            with self.server.lock:
                self.server.policies.pop(policy.name, None)
            return self.reply(204)
        full = self.query.get("projection", "full" if verb == "update" else "noAcl") == "full"
        if full:
            policy.demand(caller, "storage.buckets.getIamPolicy")
        return self.reply_json(self.bucket_resource(policy, json.loads(body), full))

    def bucket_resource(self, policy, stored, full=False):
        """The server's own bucket resource with the settings that it does not keep."""
        resource = {**stored, **policy.settings, "projectNumber": PROJECT_NUMBER}
        resource["iamConfiguration"] = policy.iam_configuration()
        if full and not policy.uniform():
            extra = {"bucket": policy.name}
            resource["acl"] = acl_items("bucketAccessControl", policy.bucket_acl(), extra)
            resource["defaultObjectAcl"] = acl_items("objectAccessControl", policy.default_acl, {})
        return resource

    def json_iam(self, caller, policy):
        """buckets.getIamPolicy and setIamPolicy."""
        if self.command not in ("GET", "PUT"):
            raise Refused(405, "methodNotAllowed", "Method not allowed.")
        verb = "set" if self.command == "PUT" else "get"
        policy.demand(caller, f"storage.buckets.{verb}IamPolicy")
        version = int(self.query.get("optionsRequestedPolicyVersion", 1))
        with self.server.lock:
            if verb == "set":
                wanted = json.loads(self.body)
                policy.set_iam_policy(wanted)
                version = wanted.get("version", 1)
            self.reply_json(policy.iam_policy(version))

    def json_test_permissions(self, caller, policy):
        """buckets.testIamPermissions: which of the asked permissions the caller holds; anyone may ask."""
        asked = [value for name, value in url.parse_qsl(self.split.query) if name == "permissions"]
        held = [permission for permission in asked if policy.allows(caller, permission)]
        reply = {"kind": "storage#testIamPermissionsResponse"}
        self.reply_json({**reply, "permissions": held} if held else reply)

    # ---- access control lists

    def json_bucket_acl(self, caller, policy, entity):
        """bucketAccessControls."""
        def change(who, role):
            policy.set_bucket_grant(who, role)

        permission = "storage.buckets.getIamPolicy" if self.command == "GET" else "storage.buckets.setIamPolicy"
        policy.demand(caller, permission)
        self.edit_acl(policy, policy.bucket_acl, change, "bucketAccessControl", {"bucket": policy.name}, entity)

    def json_default_acl(self, caller, policy, entity):
        """defaultObjectAccessControls."""
        permission = "storage.buckets.getIamPolicy" if self.command == "GET" else "storage.buckets.setIamPolicy"
        policy.demand(caller, permission)
        change = self.object_grant(policy, policy.default_acl)
        self.edit_acl(policy, lambda: policy.default_acl, change, "objectAccessControl", {}, entity)

    def json_object_acl(self, caller, policy, key, entity):
        """objectAccessControls."""
        policy.refuse_acls_if_uniform()
        permission = "storage.objects.getIamPolicy" if self.command == "GET" else "storage.objects.setIamPolicy"
        policy.demand(caller, permission, key)
        if key not in policy.object_acls:
            raise Refused(404, "notFound", "No such object.")
        acl = policy.object_acls[key]
        extra = {"bucket": policy.name, "object": key}
        self.edit_acl(policy, lambda: acl, self.object_grant(policy, acl), "objectAccessControl", extra, entity)

    @staticmethod
    def object_grant(policy, acl):
        """A function that sets or removes one entity of an object's ACL."""
        def change(who, role):
            if role is None:
                acl.pop(who, None)
            else:
                policy.check_grant(who, role, OBJECT_ACL)
                acl[who] = role

        return change

    def edit_acl(self, policy, read, change, kind, extra, entity):
        """list, get, insert, update and delete on one access control list."""
        policy.refuse_acls_if_uniform()
        with self.server.lock:
            if self.command == "GET" and not entity:
                items = acl_items(kind, read(), extra)
                return self.reply_json({"kind": f"storage#{kind}s", "items": items})
            if self.command in ("POST", "PUT", "PATCH"):
                wanted = json.loads(self.body)
                who = entity[0] if entity else wanted["entity"]
                change(who, wanted["role"])
            else:
                who = entity[0] if entity else ""
            if who not in read():
                raise Refused(404, "notFound", "The specified entity is not in the access control list.")
            if self.command == "DELETE":
                change(who, None)
                return self.reply(204)
            return self.reply_json(acl_items(kind, {who: read()[who]}, extra)[0])

    # ---- objects

    def upload(self, caller, bucket):
        """objects.insert with `uploadType=media`."""
        if self.query.get("uploadType") != "media":
            raise Refused(501, "notImplemented", "This test server takes uploadType=media only.")
        with self.server.lock:
            policy = self.server.policy(bucket)
        resource = self.store(caller, policy, self.query.get("name", ""), self.query.get("predefinedAcl"))
        self.reply_json(self.shown_object(caller, policy, resource))

    def store(self, caller, policy, key, predefined):
        """Creates or overwrites an object, and gives it its first ACL; returns its resource."""
        check_object_name(key)
        policy.demand(caller, "storage.objects.create", key)
        stored = self.object_resource(policy.name, key)
        if stored is not None:
            policy.demand(caller, "storage.objects.delete", key)
        self.check_generation(stored)
        acl = policy.new_object_acl(caller, predefined)
        path = f"/upload/storage/v1/b/{url.quote(policy.name, safe='')}/o?"
        path += url.urlencode({"uploadType": "media", "name": key}, quote_via=url.quote, safe="")
        kind = self.headers.get("Content-Type") or "application/octet-stream"
        status, _, body = self.pass_on("POST", path, self.body, {"Content-Type": kind})
        if status != 200:
            raise Refused(status, "backendError", "The store behind this test server refused the upload.")
        with self.server.lock:
            policy.object_acls[key] = acl
        return json.loads(body)

    def check_generation(self, stored):
        """The documented preconditions on generations, from either API's spelling."""
        generation = stored["generation"] if stored else "0"
        metageneration = stored["metageneration"] if stored else "0"
        for name, header, current in (
            ("ifGenerationMatch", "x-goog-if-generation-match", generation),
            ("ifMetagenerationMatch", "x-goog-if-metageneration-match", metageneration),
        ):
            wanted = self.query.get(name, self.headers.get(header))
            if wanted is not None and wanted != current:
                raise Refused(412, "conditionNotMet", "At least one of the pre-conditions did not hold.")
        if self.query.get("ifGenerationNotMatch") == generation and stored:
            raise Refused(304, "notModified", "Not Modified")

    def readable_object(self, caller, policy, key, permission="storage.objects.get"):
        """The object's resource, if the caller may read it; a missing one is named only to who may list."""
        policy.demand(caller, permission, key)
        stored = self.object_resource(policy.name, key)
        if stored is None:
            policy.demand(caller, "storage.objects.list")
            raise Refused(404, "notFound", "No such object.")
        return stored

    def json_object(self, caller, policy, key):
        """objects.get (resource or media) and objects.delete."""
        if self.command == "DELETE":
            self.readable_object(caller, policy, key, "storage.objects.delete")
            status, _, _ = self.pass_on("DELETE", object_path(policy.name, key))
            policy.object_acls.pop(key, None)
            return self.reply(204 if status < 300 else status)
        if self.command not in ("GET", "HEAD"):
            raise Refused(501, "notImplemented", "This test server does not change objects.")
        stored = self.readable_object(caller, policy, key)
        self.check_generation(stored)
        if self.query.get("alt") == "media":
            return self.send_media(policy, key)
        return self.reply_json(self.shown_object(caller, policy, stored))

    def send_media(self, policy, key, extra=()):
        """The object's bytes, or the asked range of them, with the server's own headers."""
        path = object_path(policy.name, key) + "?alt=media"
        if "generation" in self.query:
            path += f"&generation={int(self.query['generation'])}"
        wanted = {name: self.headers.get(name) for name in PASSED_HEADERS}
        status, headers, body = self.pass_on(self.command, path, b"", wanted)
        dropped = {"content-length", "content-type", "connection", "date", "transfer-encoding"}
        kept = [(name, value) for name, value in headers.items() if name.lower() not in dropped]
        length = int(headers.get("Content-Length") or 0) if self.command == "HEAD" else None
        kind = headers.get("Content-Type", "application/octet-stream")
        self.reply(status, body, kind, [*kept, *extra], length)

    def json_objects(self, caller, policy):
        """objects.list."""
        policy.demand(caller, "storage.objects.list")
        status, _, body = self.pass_on("GET", self.path)
        if status != 200:
            return self.reply(status, body)
        listing = json.loads(body)
        if "items" in listing:
            listing["items"] = [self.shown_object(caller, policy, stored) for stored in listing["items"]]
        return self.reply_json(listing)

    def shown_object(self, caller, policy, stored):
        """An object resource as the caller may see it: the ACL only on request, and only where ACLs count."""
        resource = {name: value for name, value in stored.items() if name != "acl"}
        key = stored["name"]
        if self.query.get("projection") == "full" and not policy.uniform():
            if policy.allows(caller, "storage.objects.getIamPolicy", key):
                extra = {"bucket": policy.name, "object": key}
                resource["acl"] = acl_items("objectAccessControl", policy.object_acls.get(key, {}), extra)
        return resource


def object_path(bucket, key):
    """The path of an object's resource on the server behind."""
    return f"/storage/v1/b/{url.quote(bucket, safe='')}/o/{url.quote(key, safe='')}"


def acl_items(kind, acl, extra):
    """An access control list as the API's resources."""
    return [{"kind": f"storage#{kind}", "entity": entity, "role": role, **extra} for entity, role in sorted(acl.items())]


def main():
    """Serves until it is killed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("backend_port", type=int)
    parser.add_argument("--key", help="what the service account's signatures are checked with")
    arguments = parser.parse_args()
    account = ServiceAccount(arguments.key) if arguments.key else None
    Guard(arguments.port, arguments.backend_port, account).serve_forever()


if __name__ == "__main__":
    main()
