//! Connections: direct, or through the proxy that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` name. A proxy
//! sees only the host, because every request goes through a tunnel.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioExecutor;

use super::SourceError;

/// Unused connections are closed after this time.
const IDLE: Duration = Duration::from_secs(30);

type Direct = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;
type Tunnelled = Client<HttpsConnector<Tunnel<HttpConnector>>, Full<Bytes>>;

/// Keeps connections and reuses them.
pub(super) struct Connections {
    matcher: Matcher,
    direct: Direct,
    /// By the proxy's address.
    tunnelled: Mutex<HashMap<Uri, Tunnelled>>,
}

impl Connections {
    /// Connections that trust the system's certificates, through the proxies that `matcher` tells.
    pub(super) fn new(matcher: Matcher) -> Result<Self, SourceError> {
        let direct = tls()?.wrap_connector(tcp());
        Ok(Self {
            matcher,
            direct: Client::builder(TokioExecutor::new())
                .pool_idle_timeout(IDLE)
                .build(direct),
            tunnelled: Mutex::default(),
        })
    }

    /// Sends a request to the host in its address.
    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Error> {
        let proxy = self.matcher.intercept(request.uri());
        match proxy.and_then(|proxy| self.through(&proxy)) {
            Some(client) => client.request(request).await,
            None => self.direct.request(request).await,
        }
    }

    /// The client for a proxy.
    fn through(&self, proxy: &Intercept) -> Option<Tunnelled> {
        let mut clients = self.tunnelled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(proxy.uri()) {
            return Some(client.clone());
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp());
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        let connector = tls().ok()?.wrap_connector(tunnel);
        let client: Tunnelled = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .build(connector);
        clients.insert(proxy.uri().clone(), client.clone());
        Some(client)
    }
}

fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(Duration::from_secs(10)));
    tcp
}

fn tls() -> Result<HttpsConnectorBuilder<hyper_rustls::builderstates::WantsProtocols2>, SourceError> {
    // Named outright: with a second provider somewhere in the program, rustls would refuse to choose.
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let builder = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider);
    let builder = builder.map_err(|_| SourceError::Config {
        what: "the system's certificates".to_owned(),
        why: "none were found; install them or point SSL_CERT_FILE at a bundle".to_owned(),
    })?;
    Ok(builder.https_or_http().enable_http1())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_proxy_is_asked_for_a_tunnel_and_sees_no_path() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("http://user:word@{}", listener.local_addr().unwrap());
        let served = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut seen = vec![0; 4096];
            let read = stream.read(&mut seen).unwrap();
            stream
                .write_all(b"HTTP/1.1 403 no\r\ncontent-length: 0\r\n\r\n")
                .unwrap();
            String::from_utf8_lossy(&seen[..read]).into_owned()
        });
        let matcher = Matcher::builder().all(proxy).no("direct.invalid").build();
        let connections = Connections::new(matcher).unwrap();
        let request = |uri: &str| Request::get(uri).body(Full::default()).unwrap();
        assert!(
            connections
                .send(request("https://store.invalid/secret?key=1"))
                .await
                .is_err()
        );
        let seen = served.join().unwrap();
        assert!(
            seen.starts_with("CONNECT store.invalid:443 HTTP/1.1\r\n"),
            "{seen}"
        );
        assert!(!seen.contains("secret") && seen.to_lowercase().contains("proxy-authorization: basic"));
        assert!(
            connections
                .matcher
                .intercept(&Uri::from_static("http://direct.invalid"))
                .is_none()
        );
    }
}
