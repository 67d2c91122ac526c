#!/usr/bin/env python3
"""Fills the running test servers and asks them what a stranger gets. Prints one JSON document.

Needs the standard library only. LAKEWARDEN_TEST_SERVERS names the endpoints.json of the servers (`tests/servers/up` prints it). Examples:

    seed.py s3-bucket demo --dir fixtures/lake --acl public-read --object-acl people.csv=public-read
    seed.py gcs-bucket demo --dir fixtures/lake --iam objectViewer=allUsers --prevention enforced
    seed.py azure-container demo --dir fixtures/lake --public blob
    seed.py s3-hostile odd-keys
    seed.py unsigned s3 demo people.csv
    seed.py delete s3 demo
"""

import argparse
import json
import sys

from seeding import azure, gcs, matrix, s3, wire


def add_named(commands, name, run, summary, folder=True):
    """A command about one bucket or container."""
    parser = commands.add_parser(name, help=summary, description=summary)
    parser.add_argument("name")
    if folder:
        parser.add_argument("--dir", metavar="FOLDER", help="store its files under their relative paths")
        parser.add_argument("--prefix", default="", help="put this before every key")
    parser.set_defaults(run=run)
    return parser


def add_s3(commands):
    """The commands for S3."""
    parser = add_named(commands, "s3-bucket", s3.bucket, "make an S3 bucket")
    parser.add_argument("--owner", choices=("owner", "other"), default="owner")
    parser.add_argument("--server", choices=("s3", "aws_control"), default="s3", help="Ceph, or moto")
    parser.add_argument("--account", default="123456789012", help="on moto: whose bucket it is")
    parser.add_argument("--acl", metavar="CANNED")
    parser.add_argument("--object-acl", metavar="KEY=CANNED", action="append", default=[])
    parser.add_argument("--policy", metavar="JSON|FILE")
    parser.add_argument("--pab", metavar="JSON|FILE", help="the bucket's public access block, put last")
    parser.add_argument("--ownership", help="object ownership; moto only")
    parser.add_argument("--versioning", action="store_true")
    parser = add_named(commands, "s3-hostile", s3.hostile, "a bucket full of keys that break careless readers", False)
    parser.add_argument("--owner", choices=("owner", "other"), default="owner")
    parser = add_named(commands, "s3-many", s3.many, "a bucket with many small objects", False)
    parser.add_argument("count", type=int)
    parser.add_argument("--prefix", default="", help="put this before every key")
    parser.add_argument("--owner", choices=("owner", "other"), default="owner")
    parser = commands.add_parser("aws-account", help="keys of an AWS account on moto")
    parser.add_argument("--id", help="its number; by default a new one")
    parser.add_argument("--pab", metavar="JSON|FILE", help="the account's public access block")
    parser.set_defaults(run=s3.aws_account)


def add_gcs(commands):
    """The commands for Google Cloud Storage."""
    parser = add_named(commands, "gcs-bucket", gcs.bucket, "make a GCS bucket")
    parser.add_argument("--acl", metavar="ENTITY=ROLE", action="append", default=[])
    parser.add_argument("--default-acl", metavar="ENTITY=ROLE", action="append", default=[])
    parser.add_argument("--object-acl", metavar="KEY=ENTITY=ROLE", action="append", default=[])
    parser.add_argument("--iam", metavar="ROLE=MEMBER[=PREFIX]", action="append", default=[])
    parser.add_argument("--uniform", action="store_true", help="uniform bucket-level access, set after the ACLs")
    parser.add_argument("--prevention", choices=("enforced", "inherited"), help="public access prevention, set last")
    add_named(commands, "gcs-hostile", gcs.hostile, "the hostile keys that Google admits", False)


def add_azure(commands):
    """The commands for Azure."""
    parser = add_named(commands, "azure-container", azure.container, "make an Azure container")
    parser.add_argument("--public", choices=("none", "blob", "container"), default="none")
    add_named(commands, "azure-hostile", azure.hostile, "the hostile keys that Azure admits", False)
    add_named(commands, "azure-sas", azure.sas, "a signature that lists and reads the blobs of a container", False)


def add_matrix(commands):
    """The commands about every combination of settings at once."""
    for name, run, summary in (
        ("matrix-make", matrix.make, "a bucket for every combination of settings"),
        ("matrix-ask", matrix.ask, "what nobody and a signed-in stranger get of each"),
        ("matrix-delete", matrix.remove, "remove them all"),
    ):
        parser = commands.add_parser(name, help=summary, description=summary)
        parser.add_argument("cloud", choices=matrix.CLOUDS)
        parser.add_argument("prefix")
        parser.set_defaults(run=run)


def add_common(commands):
    """The commands that every cloud has."""
    clouds = {"s3": s3, "gcs": gcs, "azure": azure}
    parser = commands.add_parser("unsigned", help="the HTTP status that a stranger gets for list, get and put")
    parser.add_argument("cloud", choices=clouds)
    parser.add_argument("name")
    parser.add_argument("key", nargs="*", help="keys to get")
    parser.add_argument("--put", metavar="KEY", action="append", default=[], help="keys to put")
    parser.add_argument("--as", dest="caller", choices=("nobody", "other", "user"), default="nobody",
                        help="on S3 the other account, on GCS a signed-in user")
    parser.add_argument("--server", choices=("s3", "aws_control"), default="s3")
    parser.set_defaults(run=lambda args: clouds[args.cloud].stranger(args))
    parser = commands.add_parser("delete", help="remove a bucket or container and all that is in it")
    parser.add_argument("cloud", choices=clouds)
    parser.add_argument("name")
    parser.add_argument("--owner", choices=("owner", "other"), default="owner")
    parser.add_argument("--account", help="on moto: whose bucket it is")
    parser.set_defaults(run=lambda args: clouds[args.cloud].delete(args))


def main():
    """Runs one command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (add_s3, add_gcs, add_azure, add_matrix, add_common):
        add(commands)
    args = parser.parse_args()
    try:
        print(json.dumps(args.run(args), indent=1))
    except wire.Failed as failed:
        sys.exit(f"seed: {failed}")


if __name__ == "__main__":
    main()
