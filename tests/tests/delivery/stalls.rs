//! Wherever the other side stops, the call ends in time, and does not say more than is known.

use std::future::{Future, pending};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use timeline_core::{Client, ClientBuilder, OAuth, RateLimit, RetryPolicy, SendBatch};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::network::{AUTHORITY, large, read_request, serve, tls, told};
use crate::{Visit, order, visits};

/// The time limit of an attempt.
const LIMIT: Duration = Duration::from_millis(400);

/// How much longer than [`LIMIT`] a call may take, on a busy machine.
const GRACE: Duration = Duration::from_secs(1);

/// The settings of a client that tries once. The credentials are still to come.
fn settings(base_url: impl Into<String>) -> ClientBuilder {
    Client::builder()
        .base_url(base_url)
        .rate_limit(RateLimit::unlimited())
        .retry(RetryPolicy::none())
        .timeout(LIMIT)
}

fn plain(server: SocketAddr) -> ClientBuilder {
    settings(format!("http://{server}")).access_token("token")
}

fn encrypted(server: SocketAddr) -> ClientBuilder {
    settings(format!("https://localhost:{}", server.port())).access_token("token")
}

fn behind(proxy: SocketAddr, base_url: &str) -> ClientBuilder {
    settings(base_url)
        .access_token("token")
        .allow_http(true)
        .proxy(format!("http://{proxy}"))
}

/// Takes every connection, and neither reads nor writes anything.
async fn silent() -> SocketAddr {
    serve(|stream| async move {
        let _open = stream;
        pending().await
    })
    .await
}

/// Answers whatever comes first with these bytes, and nothing else.
async fn greets(greeting: &'static [u8]) -> SocketAddr {
    serve(move |mut stream| async move {
        stream
            .read_buf(&mut Vec::with_capacity(65_536))
            .await
            .ok()?;
        stream.write_all(greeting).await.ok()?;
        pending().await
    })
    .await
}

/// Answers whatever comes first with these bytes, and hangs up.
async fn greets_and_goes(greeting: &'static [u8]) -> SocketAddr {
    serve(move |mut stream| async move {
        stream
            .read_buf(&mut Vec::with_capacity(65_536))
            .await
            .ok()?;
        stream.write_all(greeting).await.ok()?;
        None
    })
    .await
}

/// Answers a request with these bytes, and from then on with one more `drop` every 50 ms, without end.
async fn answers(beginning: impl Into<String>, drop: &'static str) -> SocketAddr {
    let beginning: Arc<str> = beginning.into().into();
    serve(move |mut stream| {
        let beginning = Arc::clone(&beginning);
        async move {
            read_request(&mut stream).await?;
            stream.write_all(beginning.as_bytes()).await.ok()?;
            while !drop.is_empty() {
                tokio::time::sleep(Duration::from_millis(50)).await;
                stream.write_all(drop.as_bytes()).await.ok()?;
            }
            pending().await
        }
    })
    .await
}

/// Agrees on TLS, reads the request, and does not answer.
async fn silent_behind_tls() -> SocketAddr {
    let acceptor = TlsAcceptor::from(Arc::new(tls()));
    serve(move |stream| {
        let accepted = acceptor.accept(stream);
        async move {
            let mut stream = accepted.await.ok()?;
            read_request(&mut stream).await?;
            pending().await
        }
    })
    .await
}

/// A system connects or writes within this time, if it does so at all.
const SOON: Duration = Duration::from_millis(100);

/// A port with room for no more than the beginning of a large body, of which nothing is read; `None` where the system
/// has room for all of it.
async fn unread(body: usize) -> Option<SocketAddr> {
    let listener = listen(16, Some(1));
    let address = listener.local_addr().expect("an address");
    let mut trial = TcpStream::connect(address).await.ok()?;
    let trial = tokio::time::timeout(SOON, trial.write_all(&vec![0; body])).await;
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            open.push(stream);
        }
    });
    trial.is_err().then_some(address)
}

/// A port whose queue is full, so that the system drops every attempt to connect; `None` if the system does something
/// else.
async fn full() -> Option<(SocketAddr, Vec<TcpStream>, TcpListener)> {
    let listener = listen(1, None);
    let address = listener.local_addr().expect("an address");
    let mut waiting = Vec::new();
    for _ in 0..16 {
        match tokio::time::timeout(SOON, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => waiting.push(stream),
            Ok(Err(_)) => return None,
            Err(_) => return Some((address, waiting, listener)),
        }
    }
    None
}

/// A port of its own, with this many places in its queue and, if it is given, this little room for what arrives. The
/// system may give it some more.
fn listen(queue: u32, room: Option<u32>) -> TcpListener {
    let socket = TcpSocket::new_v4().expect("a socket");
    if let Some(bytes) = room {
        socket.set_recv_buffer_size(bytes).expect("a size");
    }
    let local = "127.0.0.1:0".parse().expect("an address");
    socket.bind(local).expect("a port");
    socket.listen(queue).expect("a queue")
}

/// What a case comes to, in words.
type Call = Pin<Box<dyn Future<Output = String> + Send>>;

struct Case {
    name: &'static str,
    call: Call,
    ends: &'static str,
    /// Whether nothing but a time limit can end it, that of the attempt or that of connecting.
    stalls: bool,
}

/// Sending one event.
fn sends(name: &'static str, client: ClientBuilder, ends: &'static str) -> Case {
    sends_all(name, client, visits(1), ends)
}

fn sends_all(
    name: &'static str,
    client: ClientBuilder,
    events: Vec<Visit>,
    ends: &'static str,
) -> Case {
    let client = client.build().expect("good settings");
    Case {
        name,
        call: Box::pin(async move { told(&events.send_batch(&client).report().await) }),
        ends,
        stalls: true,
    }
}

/// Reading an event back, of which nothing can be said.
fn reads(name: &'static str, server: SocketAddr) -> Case {
    let client = plain(server).build().expect("good settings");
    let call = async move {
        match client.event("1001298", "a").await {
            Ok(event) => format!("{event:?}"),
            Err(_) => "no answer".to_owned(),
        }
    };
    Case {
        name,
        call: Box::pin(call),
        ends: "no answer",
        stalls: true,
    }
}

const NOT_CONNECTED: &str = "not-sent: no connection";
const NO_TOKEN: &str = "not-sent: no token";

/// Stalls before the request: nothing can have been sent.
async fn before_the_request() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.push(sends(
        "the TLS handshake is not answered",
        encrypted(silent().await),
        NOT_CONNECTED,
    ));
    // The beginning of a handshake record of 80 bytes.
    let record = b"\x16\x03\x03\x00\x50\x02\x00\x00";
    cases.push(sends(
        "the TLS handshake stops in a record",
        encrypted(greets(record).await),
        NOT_CONNECTED,
    ));
    cases.push(Case {
        stalls: false,
        ..sends(
            "the TLS handshake is cut in a record",
            encrypted(greets_and_goes(record).await),
            NOT_CONNECTED,
        )
    });
    let far = "https://hubspot.example";
    cases.push(sends(
        "the proxy does not answer CONNECT",
        behind(silent().await, far),
        NOT_CONNECTED,
    ));
    cases.push(sends(
        "the proxy's answer to CONNECT stops half-way",
        behind(greets(b"HTTP/1.1 200 Connec").await, far),
        NOT_CONNECTED,
    ));
    cases.push(sends(
        "the server behind the proxy does not speak TLS",
        behind(greets(b"HTTP/1.1 200 Connected\r\n\r\n").await, far),
        NOT_CONNECTED,
    ));

    let oauth = |server| {
        let oauth = OAuth::new("client", "secret", "refresh");
        settings(format!("http://{server}")).oauth(oauth)
    };
    cases.push(sends(
        "the token endpoint does not answer",
        oauth(silent().await),
        NO_TOKEN,
    ));
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\n{\"access_token\":\"tok";
    cases.push(sends(
        "the token endpoint's answer stops half-way",
        oauth(answers(half, "").await),
        NO_TOKEN,
    ));
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n";
    cases.push(sends(
        "the token endpoint's answer trickles",
        oauth(answers(head, " ").await),
        NO_TOKEN,
    ));
    let unused = silent().await;
    cases.push(sends(
        "the token provider never ends",
        settings(format!("http://{unused}")).token_provider(pending::<Result<String, String>>),
        NO_TOKEN,
    ));
    cases
}

/// Stalls after the request has left: all of it can have arrived.
async fn after_the_request() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.push(sends(
        "the server behind TLS does not answer",
        encrypted(silent_behind_tls().await).root_certificate(AUTHORITY),
        "unknown",
    ));
    cases.push(sends(
        "a proxy for http does not answer",
        behind(silent().await, "http://hubspot.example"),
        "unknown",
    ));
    for (name, beginning, drop) in [
        ("no answer", "", ""),
        ("half a status line", "HTTP/1.1 20", ""),
        ("100 and no more", "HTTP/1.1 100 Continue\r\n\r\n", ""),
        ("100 without end", "", "HTTP/1.1 100 Continue\r\n\r\n"),
    ] {
        let client = plain(answers(beginning, drop).await);
        cases.push(sends(name, client, "unknown"));
    }

    let length = "content-length: 60\r\n\r\n";
    let chunked = "transfer-encoding: chunked\r\n\r\n";
    for (name, head, body, drop) in [
        ("half of the headers", "content-le", "", ""),
        ("headers without their end", "x: y\r\n", "", ""),
        ("headers that trickle", "x-long: ", "", "x"),
        ("no body", length, "", ""),
        ("half of the body", length, r#"{"results":["#, ""),
        ("a body that trickles", length, "", " "),
        (
            "a body without a length or an end",
            "\r\n",
            r#"{"results":[]}"#,
            "",
        ),
        ("no chunk", chunked, "", ""),
        ("half a chunk", chunked, "40\r\n{\"results\":[", ""),
        ("no last chunk", chunked, "e\r\n{\"results\":[]}\r\n", ""),
        ("chunks that trickle", chunked, "", "1\r\n \r\n"),
        ("a chunk size that trickles", chunked, "", "0"),
        ("trailers that trickle", chunked, "2\r\n{}\r\n0\r\nx: ", "y"),
    ] {
        let client = plain(answers(format!("HTTP/1.1 201 Created\r\n{head}{body}"), drop).await);
        cases.push(sends(name, client, "unknown"));
    }

    for (name, status, ends) in [
        ("half of a server's error", 503, "unknown"),
        // The rest might have said that the id is in use.
        ("half of a refusal", 400, "unknown"),
        // This says enough by itself: HubSpot has not looked at the event.
        ("half of a 429", 429, "not-sent: rate limit"),
    ] {
        let client = plain(answers(format!("HTTP/1.1 {status} No\r\n{length}{{"), "").await);
        cases.push(sends(name, client, ends));
    }
    cases
}

/// Stalls while an event is read back, by the client itself or for the user.
async fn reading_back() -> Vec<Case> {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n";
    let mut cases = vec![
        reads("reading is not answered", answers("", "").await),
        reads("what is read stops", answers(head, "").await),
        reads("what is read trickles", answers(head, " ").await),
    ];
    // The event's own id is in use, and whose it is cannot be read.
    let server = serve(|mut stream| async move {
        read_request(&mut stream).await?;
        let conflict = b"HTTP/1.1 409 Conflict\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(conflict).await.ok()?;
        pending().await
    });
    let client = plain(server.await).build().expect("good settings");
    cases.push(Case {
        name: "a conflict, and reading is not answered",
        call: Box::pin(async move { told(&[order("a")].send_batch(&client).report().await) }),
        ends: "unknown",
        stalls: true,
    });
    cases
}

/// Runs all cases at once.
async fn all_end(cases: Vec<Case>) {
    let ended = cases.into_iter().map(async |case| {
        let started = Instant::now();
        let ended = tokio::time::timeout(LIMIT + GRACE, tokio::spawn(case.call)).await;
        let took = started.elapsed();
        let ended = match &ended {
            Ok(Ok(ended)) => ended,
            Ok(Err(_)) => "a panic",
            Err(_) => "a hang",
        };
        let line = format!("{}: {ended} after {took:?}", case.name);
        println!("{line}");
        let good = ended == case.ends && (took >= LIMIT / 2 || !case.stalls);
        (!good).then(|| format!("{line}, instead of {}", case.ends))
    });
    let ended = futures_util::future::join_all(ended).await;
    let bad: Vec<String> = ended.into_iter().flatten().collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

#[tokio::test]
async fn what_has_not_left_is_not_sent() {
    let mut cases = before_the_request().await;
    let full = full().await;
    match &full {
        Some((address, ..)) => {
            cases.push(sends("connecting hangs", plain(*address), NOT_CONNECTED));
        }
        None => println!("skipped, connecting hangs: no queue of this system is ever full"),
    }
    all_end(cases).await;
}

#[tokio::test]
async fn what_has_left_is_in_doubt() {
    let mut cases = after_the_request().await;
    cases.extend(reading_back().await);
    all_end(cases).await;
}

#[tokio::test]
async fn what_is_on_its_way_out_is_in_doubt() {
    let Some(address) = unread(3_500_000).await else {
        println!("skipped: this system has room for a whole body that is not read");
        return;
    };
    let name = "the body is not read";
    all_end(vec![sends_all(name, plain(address), large(7), "unknown*7")]).await;
}
