"""AWS Signature Version 4, so that keys can be sent that SDKs would change on the way."""

import datetime
import hashlib
import hmac
import urllib.parse as url

from . import wire


class Account:
    """An endpoint with the keys to sign for it."""

    def __init__(self, endpoint, key, secret, token=None, service="s3"):
        self.endpoint, self.key, self.secret, self.token = endpoint, key, secret, token
        self.region, self.service = "us-east-1", service

    def send(self, method, path, query=(), body=b"", headers=None):
        """A signed request. `path` is already encoded; `query` is pairs of plain text."""
        encoded = "&".join(f"{wire.quote(k)}={wire.quote(v)}" for k, v in sorted(query))
        headers = self.signed(method, path, encoded, body, headers or {})
        return wire.send(self.endpoint, method, path + (f"?{encoded}" if encoded else ""), headers, body)

    def signed(self, method, path, query, body, headers):
        """The request's headers with date, digest and `Authorization`."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        headers = {k.lower(): v for k, v in headers.items()}
        headers["host"] = url.urlsplit(self.endpoint).netloc
        headers["x-amz-date"] = now
        headers["x-amz-content-sha256"] = hashlib.sha256(body).hexdigest()
        if self.token:
            headers["x-amz-security-token"] = self.token
        names = ";".join(sorted(headers))
        canonical = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
        request = "\n".join([method, path, query, canonical, names, headers["x-amz-content-sha256"]])
        scope = f"{now[:8]}/{self.region}/{self.service}/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(request.encode()).hexdigest()])
        signature = hmac.new(self.signing_key(now[:8]), text.encode(), hashlib.sha256).hexdigest()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        return headers

    def signing_key(self, date):
        """The key derived for one day, region and service."""
        key = ("AWS4" + self.secret).encode()
        for part in (date, self.region, self.service, "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return key
