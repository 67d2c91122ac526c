#!/usr/bin/env python3
"""Makes a service account for the GCS guard: the usual key file, and the public half that the guard checks with.

service_account.py KEY_FILE PUBLIC_FILE TOKEN_URI
"""

import json
import os
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

EMAIL = "scanner@lakewarden-test.iam.example.com"


def write(path, document):
    """Writes JSON that only its owner may read."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(document, file)


def main():
    """Writes both files."""
    key_file, public_file, token_uri = sys.argv[1:]
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    write(key_file, {
        "type": "service_account", "project_id": "lakewarden-test", "private_key_id": "1", "private_key": pem,
        "client_email": EMAIL, "client_id": "1", "token_uri": token_uri,
    })
    numbers = key.public_key().public_numbers()
    write(public_file, {"client_email": EMAIL, "modulus": str(numbers.n), "exponent": str(numbers.e)})


if __name__ == "__main__":
    main()
