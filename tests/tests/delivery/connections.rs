//! Servers that cannot be reached, or that answer badly.

use std::time::Duration;

use timeline_core::{
    Client, NotSentReason, Outcome, RateLimit, RetryPolicy, SendBatch, UnknownReason,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::{order, orders, visits, words};

fn client(base_url: String) -> Client {
    Client::builder()
        .base_url(base_url)
        .access_token("token")
        .rate_limit(RateLimit::unlimited())
        .retry(RetryPolicy::none())
        .timeout(Duration::from_millis(400))
        .build()
        .expect("good settings")
}

/// Answers the first request on every connection with these bytes, then closes it.
async fn serve(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = vec![0; 65_536];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(answer).await;
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let report = visits(3).send_batch(&client(url)).report().await;
    assert_eq!(words(report.outcomes()), "not-sent*3");
    let Outcome::NotSent {
        reason: NotSentReason::NotConnected(cause),
        ..
    } = &report.outcomes()[0]
    else {
        panic!("{:?}", report.outcomes()[0]);
    };
    assert!(cause.contains("refused"), "{cause}");
}

#[tokio::test]
async fn a_server_that_speaks_no_tls() {
    let url = serve(b"").await.replace("http", "https");
    let report = visits(1).send_batch(&client(url)).report().await;
    assert_eq!(words(report.outcomes()), "not-sent");
}

#[tokio::test]
async fn answers_that_are_none() {
    for (answer, expected) in [
        (&b""[..], "unknown"),
        (b"HTTP/1.1 201 Created\r\n", "unknown"),
        (
            b"HTTP/1.1 201 Created\r\ncontent-length: 50\r\n\r\n{\"results\":[",
            "unknown",
        ),
        (
            b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n",
            "unknown",
        ),
        (
            b"HTTP/1.1 201 Created\r\ncontent-length: 4\r\n\r\nnull",
            "unknown",
        ),
        (b"nonsense\r\n\r\n", "unknown"),
        (
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
            "not-sent",
        ),
        (
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\n<html",
            "not-sent",
        ),
    ] {
        let report = [order("a")]
            .send_batch(&client(serve(answer).await))
            .report()
            .await;
        assert_eq!(
            words(report.outcomes()),
            expected,
            "{}",
            String::from_utf8_lossy(answer)
        );
    }
}

#[tokio::test]
async fn a_server_that_stalls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let held = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    let report = visits(1).send_batch(&client(url)).report().await;
    held.abort();
    let Outcome::Unknown { reason, .. } = &report.outcomes()[0] else {
        panic!("{:?}", report.outcomes()[0]);
    };
    assert_eq!(reason, &UnknownReason::TimedOut);
}

/// Answers that never end are read up to a limit.
#[tokio::test]
async fn an_endless_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let Ok((mut stream, _)) = listener.accept().await else {
            return;
        };
        let mut buffer = vec![0; 65_536];
        let _ = stream.read(&mut buffer).await;
        let _ = stream
            .write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 100000000\r\n\r\n")
            .await;
        while stream.write_all(&buffer).await.is_ok() {}
    });
    let client = Client::builder()
        .base_url(url)
        .access_token("token")
        .retry(RetryPolicy::none())
        .build()
        .expect("good settings");
    let report = orders(1).send_batch(&client).report().await;
    let Outcome::Unknown { reason, .. } = &report.outcomes()[0] else {
        panic!("{:?}", report.outcomes()[0]);
    };
    assert_eq!(reason, &UnknownReason::Unreadable);
}

/// The body and the token never go to another host than the one that was asked.
#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = elsewhere.local_addr().expect("an address");
    let answer = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{address}/\r\ncontent-length: 0\r\n\r\n"
    );
    let url = serve(Box::leak(answer.into_boxed_str()).as_bytes()).await;
    let report = visits(2).send_batch(&client(url)).report().await;
    assert_eq!(words(report.outcomes()), "not-sent*2");
    let nobody = futures_util::FutureExt::now_or_never(elsewhere.accept());
    assert!(nobody.is_none(), "the redirect was followed");
}

/// A proxy is used for requests that leave the machine, and is asked for the whole URL.
#[tokio::test]
async fn a_proxy_stands_between() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let proxy_url = format!("http://{}", proxy.local_addr().expect("an address"));
    let builder = |token: String| {
        Client::builder()
            .access_token(token)
            .retry(RetryPolicy::none())
            .proxy(&proxy_url)
    };
    let client = builder("token".to_owned())
        .base_url("http://hubspot.example")
        .allow_http(true)
        .build()
        .expect("good settings");
    let asked = async {
        let (mut stream, _) = proxy.accept().await.expect("a connection");
        let mut buffer = vec![0; 65_536];
        let read = stream.read(&mut buffer).await.expect("a request");
        let answer = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).await.expect("still there");
        String::from_utf8_lossy(&buffer[..read]).into_owned()
    };
    let (report, asked) = tokio::join!(visits(1).send_batch(&client).report(), asked);
    assert_eq!(words(report.outcomes()), "not-sent");
    let line = "POST http://hubspot.example/integrators/timeline/v3/events/batch/create HTTP/1.1";
    assert!(asked.starts_with(line), "{asked}");

    // Requests that stay on the machine do not use the proxy.
    let sandbox = crate::sandbox().await;
    let client = builder(sandbox.access_token())
        .base_url(sandbox.base_url())
        .build()
        .expect("good settings");
    visits(1).send_batch(&client).await.expect("created");
}

/// Speaks TLS with a certificate that only our own authority vouches for, and lists the event `a` as created.
async fn serve_tls() -> String {
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

    let certificate = CertificateDer::from_pem_slice(include_bytes!("certificates/server.pem"));
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("certificates/server-key.pem"));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.expect("PEM")], key.expect("PEM"))
        .expect("a pair");
    let acceptor = TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut buffer = vec![0; 65_536];
            let _ = stream.read(&mut buffer).await;
            let body =
                r#"{"status":"COMPLETE","results":[{"eventTemplateId":"1001299","id":"a"}]}"#;
            let answer = format!(
                "HTTP/1.1 201 Created\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    format!("https://localhost:{port}")
}

#[tokio::test]
async fn a_certificate_is_trusted_if_its_authority_is() {
    let url = serve_tls().await;
    let builder = || {
        Client::builder()
            .base_url(&url)
            .access_token("token")
            .retry(RetryPolicy::none())
    };
    let stranger = builder().build().expect("good settings");
    let report = [order("a")].send_batch(&stranger).report().await;
    assert_eq!(words(report.outcomes()), "not-sent");

    let trusting = builder()
        .root_certificate(include_bytes!("certificates/authority.pem"))
        .build()
        .expect("good settings");
    let report = [order("a")].send_batch(&trusting).report().await;
    assert_eq!(
        words(report.outcomes()),
        "created",
        "{:?}",
        report.outcomes()
    );
}

/// A time limit that is longer than timers can add to the time.
#[tokio::test]
async fn the_longest_time_limit() {
    let sandbox = crate::sandbox().await;
    let client = sandbox
        .client_builder()
        .timeout(Duration::MAX)
        .rate_limit(RateLimit::new(2, Duration::MAX))
        .build()
        .expect("good settings");
    visits(1).send_batch(&client).await.expect("created");
}
