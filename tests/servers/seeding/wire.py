"""HTTP requests whose path is sent exactly as given: no library may fold `x/../y` or drop a slash."""

import http.client
import threading
import urllib.parse as url

_LOCAL = threading.local()


class Failed(Exception):
    """A server answered with an error where success was needed."""


class Reply:
    """Status, headers (lower-case names) and body."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def need(self, what, *statuses):
        """Itself, if the status is one of those wanted (any 2xx when none is named)."""
        if self.status in statuses or (not statuses and 200 <= self.status < 300):
            return self
        raise Failed(f"{what}: HTTP {self.status}: {self.body[:300].decode('utf-8', 'replace')}")


def quote(text, safe=""):
    """Percent-encodes all but the unreserved characters of RFC 3986, in UTF-8."""
    return url.quote(text, safe=safe + "-._~")


def quote_key(key):
    """A key as the path of a URL: only slashes stay as they are."""
    return quote(key, "/")


def send(endpoint, method, target, headers=None, body=b""):
    """One request on a connection kept per thread. `target` is path and query, already encoded."""
    host = url.urlsplit(endpoint).netloc
    kept = _LOCAL.__dict__.setdefault("connections", {})
    for attempt in (1, 2):
        if host not in kept:
            kept[host] = http.client.HTTPConnection(host, timeout=120)
        try:
            kept[host].request(method, target, body or None, headers or {})
            answer = kept[host].getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        except (http.client.HTTPException, ConnectionError):
            kept.pop(host).close()
            if attempt == 2:
                raise
    return None
