"""Who may do what to a Google Cloud Storage bucket, by the rules that Google documents.

Pure decisions, no sockets. The rules, and where Google states them:

* IAM roles and the permissions in them: "IAM roles for Cloud Storage".
* A bucket's ACL *is* its legacy bucket role bindings: "Overview of access control lists", relation to IAM.
* Uniform bucket-level access: object ACLs stop counting, ACL calls answer 400: "Uniform bucket-level access".
* Public access prevention: grants to `allUsers` and `allAuthenticatedUsers` stay but do not work, new ones answer
  412, except through a default object ACL: "Public access prevention".
* A missing object reads as forbidden to a caller who may not list: "HTTP status and error codes".
"""

import base64
import hashlib
import re

PUBLIC = frozenset({"allUsers", "allAuthenticatedUsers"})
PROJECT = "lakewarden-test"
PROJECT_NUMBER = "100000000001"
OWNERS = f"project-owners-{PROJECT_NUMBER}"

_OBJECT = "storage.objects."
_BUCKET = "storage.buckets."
_READ = {_OBJECT + "get"}
_LIST = {_OBJECT + "list"}
_WRITE = {_OBJECT + verb for verb in ("create", "delete", "update")}
_OBJECT_ACL = {_OBJECT + verb for verb in ("getIamPolicy", "setIamPolicy")}
_BUCKET_POLICY = {_BUCKET + verb for verb in ("getIamPolicy", "setIamPolicy", "update")}

ROLES = {
    "roles/storage.objectViewer": _READ | _LIST,
    "roles/storage.objectCreator": {_OBJECT + "create"},
    "roles/storage.objectUser": _READ | _LIST | _WRITE,
    "roles/storage.objectAdmin": _READ | _LIST | _WRITE | _OBJECT_ACL,
    "roles/storage.bucketViewer": {_BUCKET + "get", _BUCKET + "list"},
    "roles/storage.admin": _READ | _LIST | _WRITE | _OBJECT_ACL | _BUCKET_POLICY
    | {_BUCKET + verb for verb in ("get", "list", "create", "delete")} | {"storage.managedFolders.list"},
    "roles/storage.legacyObjectReader": _READ,
    "roles/storage.legacyObjectOwner": _READ | _OBJECT_ACL | {_OBJECT + "update"},
    "roles/storage.legacyBucketReader": _LIST | {_BUCKET + "get"},
    "roles/storage.legacyBucketWriter": _LIST | {_BUCKET + "get", _OBJECT + "create", _OBJECT + "delete"},
    "roles/storage.legacyBucketOwner": _LIST | _BUCKET_POLICY
    | {_BUCKET + "get", _OBJECT + "create", _OBJECT + "delete"},
}

# From weakest to strongest: the ACL role and the IAM role that is the same thing.
BUCKET_ACL = {
    "READER": "roles/storage.legacyBucketReader",
    "WRITER": "roles/storage.legacyBucketWriter",
    "OWNER": "roles/storage.legacyBucketOwner",
}
OBJECT_ACL = {"READER": "roles/storage.legacyObjectReader", "OWNER": "roles/storage.legacyObjectOwner"}

PREDEFINED_OBJECT = {
    "private": {},
    "projectPrivate": {OWNERS: "OWNER"},
    "bucketOwnerRead": {OWNERS: "READER"},
    "bucketOwnerFullControl": {OWNERS: "OWNER"},
    "authenticatedRead": {"allAuthenticatedUsers": "READER"},
    "publicRead": {"allUsers": "READER"},
}
PREDEFINED_BUCKET = {
    "private": {},
    "projectPrivate": {OWNERS: "OWNER"},
    "authenticatedRead": {"allAuthenticatedUsers": "READER"},
    "publicRead": {"allUsers": "READER"},
    "publicReadWrite": {"allUsers": "WRITER"},
}

# The one condition that this guard can evaluate; others are refused rather than guessed.
_CONDITION = re.compile(r'resource\.name\.startsWith\("projects/_/buckets/([^/"]+)/objects/([^"]*)"\)')

SETTINGS = (
    "autoclass", "billing", "cors", "customPlacementConfig", "defaultEventBasedHold", "encryption",
    "hierarchicalNamespace", "iamConfiguration", "ipFilter", "labels", "lifecycle", "logging", "objectRetention",
    "retentionPolicy", "rpo", "softDeletePolicy", "versioning", "website",
)


class Refused(Exception):
    """A call that Cloud Storage answers with an error: HTTP status, the API's `reason`, and a message."""

    def __init__(self, status, reason, message):
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message


class Caller:
    """Who sent a request. `owner` may do everything; the others hold what their members are granted."""

    def __init__(self, email, owner=False):
        self.email, self.owner = email, owner
        self.members = {"allUsers"}
        if email:
            self.members |= {"allAuthenticatedUsers", f"user:{email}", f"serviceAccount:{email}"}

    def __str__(self):
        return self.email or "Anonymous caller"


ANONYMOUS = Caller(None)


def check_object_name(name):
    """Refuses a name that Google's object naming rules do not admit."""
    size = len(name.encode())
    bad = (
        not 1 <= size <= 1024
        or name in (".", "..")
        or "\r" in name
        or "\n" in name
        or name.startswith(".well-known/acme-challenge/")
    )
    if bad:
        raise Refused(400, "invalid", "Invalid object name.")


def entity_of(member):
    """The ACL entity for an IAM member: `user:a@b` is `user-a@b`."""
    kind, _, name = member.partition(":")
    if kind.startswith("project") and name:
        return f"project-{kind[len('project'):].lower()}s-{PROJECT_NUMBER}"
    if kind == "serviceAccount":
        return f"user-{name}"
    return f"{kind}-{name}" if name else kind


def member_of(entity):
    """The IAM member for an ACL entity: the reverse of `entity_of`."""
    kind, _, name = entity.partition("-")
    if kind == "project":
        team = name.partition("-")[0]
        return f"project{team.capitalize().rstrip('s')}:{PROJECT}"
    return f"{kind}:{name}" if name else kind


class Policy:
    """The settings and grants of one bucket."""

    def __init__(self, name):
        self.name = name
        self.settings = {}
        self.bindings = [
            {"role": BUCKET_ACL["OWNER"], "members": [f"projectEditor:{PROJECT}", f"projectOwner:{PROJECT}"]},
            {"role": BUCKET_ACL["READER"], "members": [f"projectViewer:{PROJECT}"]},
        ]
        self.default_acl = {OWNERS: "OWNER"}
        self.object_acls = {}
        self.changes = 1

    # ---- settings

    def uniform(self):
        """Whether uniform bucket-level access is on."""
        access = self.settings.get("iamConfiguration", {}).get("uniformBucketLevelAccess", {})
        return bool(access.get("enabled"))

    def prevented(self):
        """Whether public access prevention is enforced on this bucket."""
        return self.settings.get("iamConfiguration", {}).get("publicAccessPrevention") == "enforced"

    def change_settings(self, wanted):
        """Takes over the known settings in a bucket resource; null removes one."""
        prevention = (wanted.get("iamConfiguration") or {}).get("publicAccessPrevention", "inherited")
        if prevention not in ("enforced", "inherited", "unspecified"):
            raise Refused(400, "invalid", f"Invalid publicAccessPrevention: {prevention}")
        for name in SETTINGS:
            if name not in wanted:
                continue
            if isinstance(wanted[name], dict) and isinstance(self.settings.get(name), dict):
                self.settings[name] = {**self.settings[name], **wanted[name]}
            elif wanted[name] is None:
                self.settings.pop(name, None)
            else:
                self.settings[name] = wanted[name]

    def iam_configuration(self):
        """The bucket resource's `iamConfiguration`, with its defaults spelled out."""
        kept = self.settings.get("iamConfiguration", {})
        uniform = {"enabled": self.uniform()}
        if self.uniform():
            uniform["lockedTime"] = "2099-01-01T00:00:00.000Z"
        prevention = kept.get("publicAccessPrevention", "inherited")
        return {
            "bucketPolicyOnly": dict(uniform),
            "uniformBucketLevelAccess": uniform,
            "publicAccessPrevention": "inherited" if prevention == "unspecified" else prevention,
        }

    # ---- decisions

    def allows(self, caller, permission, key=None):
        """Whether `caller` holds `permission` on this bucket, or on the object `key` in it."""
        if caller.owner:
            return True
        members = caller.members - PUBLIC if self.prevented() else caller.members
        if any(self._grants(binding, members, permission, key) for binding in self.bindings):
            return True
        if self.uniform() or key is None:
            return False
        acl = self.object_acls.get(key, {})
        return any(permission in ROLES[OBJECT_ACL[acl[e]]] for e in map(entity_of, members) if e in acl)

    def _grants(self, binding, members, permission, key):
        return (
            permission in ROLES.get(binding["role"], ())
            and bool(members & set(binding["members"]))
            and self._holds(binding.get("condition"), key)
        )

    def _holds(self, condition, key):
        if condition is None:
            return True
        bucket, prefix = _CONDITION.fullmatch(condition["expression"]).groups()
        return key is not None and bucket == self.name and key.startswith(prefix)

    def demand(self, caller, permission, key=None):
        """Raises what Cloud Storage answers to a caller without `permission`: 401 anonymous, else 403."""
        if self.allows(caller, permission, key):
            return
        what = "object" if permission.startswith(_OBJECT) and key is not None else "bucket"
        message = f"{caller} does not have {permission} access to the {what} (or it may not exist)."
        raise Refused(403, "forbidden", message) if caller.email else Refused(401, "required", message)

    # ---- IAM policy

    def etag(self):
        """Changes with every change of the IAM policy."""
        return base64.b64encode(b"CA" + self.changes.to_bytes(3, "big")).decode()

    def iam_policy(self, version):
        """The policy as `getIamPolicy` shows it to a caller who asked for `version`.

        Below version 3 a conditional role is shown without its condition, under a changed name.
        """
        shown = [dict(b) if version >= 3 or "condition" not in b else _without_condition(b) for b in self.bindings]
        has_condition = any("condition" in b for b in self.bindings)
        return {
            "kind": "storage#policy",
            "resourceId": f"projects/_/buckets/{self.name}",
            "version": 3 if has_condition and version >= 3 else 1,
            "etag": self.etag(),
            "bindings": shown,
        }

    def set_iam_policy(self, wanted):
        """Replaces the bindings, unless that would add a public grant under prevention."""
        if wanted.get("etag") not in (None, "", self.etag()):
            raise Refused(412, "conditionNotMet", "The policy was changed by another request.")
        bindings = [self._checked(binding, wanted.get("version", 1)) for binding in wanted.get("bindings", [])]
        self._refuse_new_public(_public_pairs(bindings) - _public_pairs(self.bindings))
        self.bindings = bindings
        self.changes += 1

    def _checked(self, binding, version):
        role, members = binding.get("role", ""), list(binding.get("members", []))
        if role not in ROLES and not re.fullmatch(r"(projects|organizations)/[^/]+/roles/[^/]+", role):
            raise Refused(400, "invalid", f"Role {role} is not supported for this resource.")
        kept = {"role": role, "members": members}
        condition = binding.get("condition")
        if condition:
            if version < 3 or not self.uniform():
                raise Refused(400, "invalid", "Conditions need policy version 3 and uniform bucket-level access.")
            if not _CONDITION.fullmatch(condition.get("expression", "")):
                raise Refused(501, "notImplemented", "This test server cannot evaluate that condition.")
            kept["condition"] = condition
        return kept

    def _refuse_new_public(self, pairs):
        if pairs and self.prevented():
            raise Refused(
                412, "conditionNotMet",
                "The member bindings allUsers and allAuthenticatedUsers are not allowed since public access "
                "prevention is enforced.",
            )

    # ---- ACLs

    def refuse_acls_if_uniform(self):
        """ACL calls answer 400 while uniform bucket-level access is on."""
        if self.uniform():
            raise Refused(400, "invalid", "ACL calls are not possible while uniform bucket-level access is enabled.")

    def bucket_acl(self):
        """{entity: role}, read from the legacy bucket role bindings."""
        acl = {}
        for role, iam_role in BUCKET_ACL.items():
            for binding in self.bindings:
                if binding["role"] == iam_role and "condition" not in binding:
                    acl.update((entity_of(member), role) for member in binding["members"])
        return acl

    def set_bucket_grant(self, entity, role):
        """Gives `entity` exactly `role` in the bucket's ACL; None takes it out."""
        if role is not None:
            self.check_grant(entity, role, BUCKET_ACL)
        member = member_of(entity)
        for binding in self.bindings:
            if binding["role"] in BUCKET_ACL.values():
                binding["members"] = [m for m in binding["members"] if m != member]
        if role is not None:
            self._binding(BUCKET_ACL[role])["members"].append(member)
        self.bindings = [b for b in self.bindings if b["members"]]
        self.changes += 1

    def _binding(self, role):
        for binding in self.bindings:
            if binding["role"] == role and "condition" not in binding:
                return binding
        self.bindings.append({"role": role, "members": []})
        return self.bindings[-1]

    def check_grant(self, entity, role, roles):
        """Refuses an unknown role, and a public entity under prevention."""
        if role not in roles:
            raise Refused(400, "invalid", f"Invalid role: {role}")
        self._refuse_new_public({(role, entity)} if entity in PUBLIC else set())

    def new_object_acl(self, caller, predefined):
        """The ACL of an object being created. Only an explicit public ACL is refused under prevention."""
        if predefined is None:
            acl = self.default_acl
        else:
            self.refuse_acls_if_uniform()
            if predefined not in PREDEFINED_OBJECT:
                raise Refused(400, "invalid", f"Invalid predefined ACL: {predefined}")
            acl = PREDEFINED_OBJECT[predefined]
            self._refuse_new_public(PUBLIC & set(acl))
        return {f"user-{caller.email}": "OWNER", **acl} if caller.email else dict(acl)


def _without_condition(binding):
    mark = hashlib.sha256(binding["condition"]["expression"].encode()).hexdigest()[:20]
    return {"role": f"{binding['role']}_withcond_{mark}", "members": binding["members"]}


def _public_pairs(bindings):
    return {(b["role"], member) for b in bindings for member in b["members"] if member in PUBLIC}
