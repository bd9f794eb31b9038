//! The network: who is spoken to, in which language, and what becomes of events when the other side misbehaves.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use timeline_core::sandbox::Sandbox;
use timeline_core::{
    BatchReport, Client, ClientBuilder, NotSentReason, OAuth, Outcome, RateLimit, RetryPolicy,
    SendBatch,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::Acceptor;

use crate::{Order, Visit, order, visits, words};

/// A client that tries once.
pub(super) fn settings(base_url: impl Into<String>) -> ClientBuilder {
    Client::builder()
        .base_url(base_url)
        .rate_limit(RateLimit::unlimited())
        .retry(RetryPolicy::none())
        .timeout(Duration::from_secs(5))
}

/// Visits of half a megabyte each.
pub(super) fn large(count: usize) -> Vec<Visit> {
    let mut visits = visits(count);
    for visit in &mut visits {
        visit.page = "x".repeat(500_000);
    }
    visits
}

pub(super) fn client(base_url: impl Into<String>) -> Client {
    let settings = settings(base_url).access_token("token");
    settings.build().expect("good settings")
}

/// A client that tries again, and soon.
pub(super) fn stubborn(base_url: impl Into<String>) -> ClientBuilder {
    settings(base_url)
        .access_token("token")
        .retry(RetryPolicy::default().first_wait(Duration::from_millis(2)))
}

/// All outcomes in a word each, and for the first of them why it was not sent.
pub(super) fn told(report: &BatchReport) -> String {
    let why = match report.outcomes().first() {
        Some(Outcome::NotSent { reason, .. }) => match reason {
            NotSentReason::NotConnected(_) => ": no connection",
            NotSentReason::NoAccessToken(_) => ": no token",
            NotSentReason::RateLimited => ": rate limit",
            _ => ": otherwise",
        },
        _ => "",
    };
    format!("{}{why}", words(report.outcomes()))
}

/// A request as it came over the wire.
#[derive(Clone, Debug)]
pub(super) struct Received {
    head: String,
    pub(super) body: Vec<u8>,
}

impl Received {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = headers.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value.trim())
    }

    pub(super) fn events(&self) -> Vec<Value> {
        let mut body: Value = serde_json::from_slice(&self.body).expect("JSON");
        serde_json::from_value(body["inputs"].take()).expect("a batch")
    }

    /// The answer of a HubSpot that creates whatever it is sent.
    pub(super) fn listing(&self) -> Vec<u8> {
        let list =
            |event: &Value| json!({"eventTemplateId": event["eventTemplateId"], "id": event["id"]});
        let results: Vec<Value> = self.events().iter().map(list).collect();
        let body = json!({"status": "COMPLETE", "results": results}).to_string();
        let length = body.len();
        format!("HTTP/1.1 201 Created\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
    }
}

/// Reads one request; `None` if the connection ends before it does.
pub(super) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Received> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let body = bytes.split_off(end);
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let mut request = Received { head, body };
    let length = request.header("content-length").unwrap_or("0");
    let length: usize = length.parse().expect("a length");
    while request.body.len() < length {
        if stream.read_buf(&mut request.body).await.ok()? == 0 {
            return None;
        }
    }
    Some(request)
}

/// Serves every connection by the script, which closes it when it ends.
pub(super) async fn serve<Script, Served>(script: Script) -> SocketAddr
where
    Script: Fn(TcpStream) -> Served + Send + 'static,
    Served: Future<Output = Option<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(script(stream));
        }
    });
    address
}

/// What a server does with a request.
pub(super) enum Reply {
    /// Answers, and waits for the next one on the same connection.
    Answer(Vec<u8>),
    /// Answers, and closes its side of the connection after this time. A request that comes even so is seen, and not
    /// answered.
    LastAnswer(Vec<u8>, Duration),
    /// Closes the connection.
    Nothing,
}

/// A server that remembers every request it has seen.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    /// Requests are answered by what they are, and by how many have come on their connection before.
    pub(super) async fn start(
        reply: impl Fn(&Received, usize) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let seen: Arc<Mutex<Vec<Received>>> = Arc::default();
        let (sees, reply) = (Arc::clone(&seen), Arc::new(reply));
        let address = serve(move |mut stream| {
            let (seen, reply) = (Arc::clone(&sees), Arc::clone(&reply));
            async move {
                for turn in 0.. {
                    let request = read_request(&mut stream).await?;
                    seen.lock().expect("sound").push(request.clone());
                    match reply(&request, turn) {
                        Reply::Answer(answer) => stream.write_all(&answer).await.ok()?,
                        Reply::LastAnswer(answer, wait) => {
                            stream.write_all(&answer).await.ok()?;
                            tokio::time::sleep(wait).await;
                            stream.shutdown().await.ok()?;
                            loop {
                                let request = read_request(&mut stream).await?;
                                seen.lock().expect("sound").push(request);
                            }
                        }
                        Reply::Nothing => return None,
                    }
                }
                None
            }
        })
        .await;
        Server { address, seen }
    }

    /// A HubSpot that creates whatever it is sent.
    pub(super) async fn ledger() -> Server {
        Server::start(|request, _| Reply::Answer(request.listing())).await
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn seen(&self) -> Vec<Received> {
        self.seen.lock().expect("sound").clone()
    }

    /// The first lines of the requests that came since the last call of this.
    pub(super) fn asked(&self) -> Vec<String> {
        let seen = std::mem::take(&mut *self.seen.lock().expect("sound"));
        let line = |request: Received| request.head.lines().next().map(str::to_owned);
        seen.into_iter().filter_map(line).collect()
    }
}

/// The token, the events and the app's secret go to the host that was asked, and nowhere else; nor are they sent to it
/// once more.
#[tokio::test]
async fn redirects_are_never_followed() {
    let elsewhere = Server::ledger().await;
    for location in [
        format!("{}/elsewhere", elsewhere.url()),
        format!("//{}/elsewhere", elsewhere.address),
        "/elsewhere".to_owned(),
    ] {
        for status in [301, 302, 303, 307, 308] {
            let answer = format!(
                "HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
            );
            let case = format!("{status} to {location}");
            let server = Server::start(move |_, _| Reply::Answer(answer.clone().into())).await;

            let client = client(server.url());
            let report = visits(2).send_batch(&client).report().await;
            assert_eq!(told(&report), "not-sent*2: otherwise", "{case}");
            assert_eq!(report.requests(), 1, "{case}");
            assert_eq!(server.asked().len(), 1, "{case}");

            client.event("1001298", "a").await.expect_err("no answer");
            assert_eq!(server.asked().len(), 1, "{case}, reading");
        }
        let answer =
            format!("HTTP/1.1 307 Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        let server = Server::start(move |_, _| Reply::Answer(answer.clone().into())).await;
        let client = settings(server.url())
            .oauth(OAuth::new("app", "secret", "refresh"))
            .build()
            .expect("good settings");
        let report = visits(1).send_batch(&client).report().await;
        assert_eq!(told(&report), "not-sent: no token", "{location}");
        assert_eq!(server.asked().len(), 1, "{location}, for a token");
    }
    assert!(elsewhere.asked().is_empty());
}

/// The only authority that has signed [`tls`]'s certificate.
pub(super) const AUTHORITY: &[u8] = include_bytes!("certificates/authority.pem");

/// A server's side of TLS, for `localhost`.
pub(super) fn tls() -> ServerConfig {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("certificates/server.pem"));
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("certificates/server-key.pem"));
    ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.expect("PEM")], key.expect("PEM"))
        .expect("a pair")
}

/// HTTP/2 has endings of its own, such as GOAWAY, and the client does not know what these mean for an event. So HTTP/2
/// is not offered, and a server that prefers it does not speak it.
#[tokio::test]
async fn http_2_is_not_offered() {
    let offered: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
    let records = Arc::clone(&offered);
    let mut config = tls();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let config = Arc::new(config);
    let address = serve(move |stream| {
        let (records, config) = (Arc::clone(&records), Arc::clone(&config));
        async move {
            let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await;
            let hello = hello.expect("a greeting");
            let protocols = hello.client_hello().alpn().into_iter().flatten();
            let protocols: Vec<Vec<u8>> = protocols.map(<[u8]>::to_vec).collect();
            records.lock().expect("sound").extend(protocols);
            let mut stream = hello.into_stream(config).await.expect("a handshake");
            let request = read_request(&mut stream).await?;
            stream.write_all(&request.listing()).await.ok()?;
            stream.shutdown().await.ok()
        }
    })
    .await;
    let client = settings(format!("https://localhost:{}", address.port()))
        .access_token("token")
        .root_certificate(AUTHORITY)
        .build()
        .expect("good settings");
    let report = visits(1).send_batch(&client).report().await;
    assert_eq!(told(&report), "created");
    let offered = offered.lock().expect("sound");
    let other = |protocol: &Vec<u8>| protocol != b"http/1.1";
    assert!(!offered.iter().any(other), "{offered:?}");
}

#[tokio::test]
async fn a_server_that_speaks_http_2_all_the_same() {
    // Each frame is a length of three bytes, a type, flags, the connection's own stream 0, and a payload. The first has
    // no settings; the second says that no stream was looked at, without an error.
    let settings = *b"\0\0\0\x04\0\0\0\0\0";
    let goaway = *b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let frames = [&settings[..], &goaway].concat();
    let server = Server::start(move |_, _| Reply::LastAnswer(frames.clone(), Duration::ZERO)).await;
    let report = visits(2).send_batch(&client(server.url())).report().await;
    assert_eq!(told(&report), "unknown*2");
    assert_eq!((report.requests(), server.seen().len()), (1, 1));
}

/// Sends thirty orders one after the other, and thirty more in as many requests at once, and asserts that each is known
/// to be created, that none came in two shapes, and that the server was asked exactly as often as the client says: the
/// HTTP library has repeated nothing by itself. Gives back how often an event came again.
async fn each_is_created_once(server: &Server) -> usize {
    let client = stubborn(server.url()).batch_size(1).build();
    let client = client.expect("good settings");
    let (mut sent, mut requests) = (BTreeSet::new(), 0);
    let mut batches: Vec<Vec<Order>> = (0..30).map(|n| vec![order(&format!("one-{n}"))]).collect();
    batches.push((0..30).map(|n| order(&format!("many-{n}"))).collect());
    for (n, batch) in batches.into_iter().enumerate() {
        let report = batch.iter().send_batch(&client).await.expect("all created");
        assert_eq!(report.created(), batch.len());
        requests += report.requests();
        sent.extend(batch.into_iter().map(|order| order.id));
        // The pauses reach from none to a little longer than the server keeps the connection.
        tokio::time::sleep(Duration::from_micros(100 * n as u64)).await;
    }

    let seen = server.seen();
    assert_eq!(seen.len() as u64, requests, "a request was repeated unseen");
    let mut times: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for event in seen.iter().flat_map(Received::events) {
        let id = event["id"].as_str().expect("an id").to_owned();
        times.entry(id).or_default().push(event);
    }
    assert!(sent.iter().eq(times.keys()), "{:?}", times.keys());
    for events in times.values() {
        assert!(events.iter().all(|event| *event == events[0]), "{events:?}");
    }
    times.values().map(|events| events.len() - 1).sum()
}

/// The server closes the connection that it has just answered on, at once or a moment later.
#[tokio::test]
async fn a_connection_that_is_closed_while_idle() {
    let mut again = 0;
    for wait in [0, 500, 1000, 2000].map(Duration::from_micros) {
        let reply = move |request: &Received, _| Reply::LastAnswer(request.listing(), wait);
        let server = Server::start(reply).await;
        again += each_is_created_once(&server).await;
    }
    assert!(again > 0, "never while a request was on its way");
}

/// The next request on a connection is all there, and then the connection is gone: the events may be there or not.
#[tokio::test]
async fn a_connection_that_is_closed_under_a_request() {
    let server = Server::start(|request, turn| match turn {
        0 => Reply::Answer(request.listing()),
        _ => Reply::Nothing,
    })
    .await;
    assert!(each_is_created_once(&server).await > 0, "never closed");
}

/// Of the next request on a connection no more than the beginning is read, and then the connection is reset.
#[tokio::test]
async fn a_connection_that_is_reset_at_the_first_byte() {
    let seen: Arc<Mutex<Vec<Received>>> = Arc::default();
    let sees = Arc::clone(&seen);
    let address = serve(move |mut stream| {
        let seen = Arc::clone(&sees);
        async move {
            let request = read_request(&mut stream).await?;
            seen.lock().expect("sound").push(request.clone());
            stream.write_all(&request.listing()).await.ok()?;
            // The rest stays unread, so that closing the connection resets it.
            let first = stream.read_u8().await.ok()?;
            seen.lock().expect("sound").push(Received {
                head: char::from(first).to_string(),
                body: br#"{"inputs":[]}"#.to_vec(),
            });
            None
        }
    })
    .await;
    let server = Server { address, seen };
    each_is_created_once(&server).await;
    let begun = server.asked().iter().filter(|line| *line == "P").count();
    assert!(begun > 0, "never reset");

    // A body that is too long to be on its way all at once.
    let client = stubborn(server.url()).build().expect("good settings");
    visits(1).send_batch(&client).await.expect("created");
    server.asked();
    let report = large(7).send_batch(&client).await.expect("created");
    assert_eq!((report.requests(), server.asked().len()), (2, 2));
}

/// A refusal can come before the body is read, and it counts: the client does not wait until all of the body is written.
#[tokio::test]
async fn an_answer_before_the_body_is_read() {
    let address = serve(|mut stream| async move {
        stream.read_u8().await.ok()?;
        let refusal = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(refusal).await.ok()?;
        std::future::pending().await
    })
    .await;
    let client = client(format!("http://{address}"));
    let report = large(7).send_batch(&client).report().await;
    assert_eq!(told(&report), "not-sent*7: otherwise");
    assert_eq!(report.requests(), 1);
}

fn visits_of(portal: &str, count: usize) -> Vec<Visit> {
    let mut visits = visits(count);
    for visit in &mut visits {
        visit.who = visit.who.replace("example.com", portal);
    }
    visits
}

/// Nothing of one account's client gets into another's: no token, since each sandbox takes only its own, and no event.
#[tokio::test]
async fn two_accounts_in_one_process() {
    let start = async |token: &str, portal_id| {
        let builder = Sandbox::builder().access_token(token).portal_id(portal_id);
        crate::start(builder).await
    };
    let one = start("token-one", 1).await;
    let two = start("token-two", 2).await;
    let clients = [&one, &two].map(|sandbox| {
        let settings = sandbox.client_builder().batch_size(3);
        settings.build().expect("good settings")
    });
    for _ in 0..5 {
        let reports = tokio::join!(
            visits_of("one.example", 20).send_batch(&clients[0]),
            visits_of("two.example", 20).send_batch(&clients[1]),
            visits_of("one.example", 20).send_batch(&clients[0]),
        );
        reports
            .0
            .and(reports.1)
            .and(reports.2)
            .expect("all created");
    }
    for (sandbox, portal, count) in [(&one, "@one.example", 200), (&two, "@two.example", 100)] {
        let events = sandbox.events();
        assert_eq!(events.len(), count);
        let own =
            |email: &Option<String>| email.as_ref().is_some_and(|email| email.ends_with(portal));
        assert!(events.iter().all(|event| own(&event.email)), "{portal}");
        let seen = sandbox.seen();
        assert!(
            seen.iter()
                .all(|request| matches!(request.status, Some(200 | 201))),
            "{portal}"
        );
    }
}

/// Two processes that share an account know nothing of each other: each keeps the limit by itself, together they are
/// over it, and 429s are no loss.
#[tokio::test]
async fn two_processes_on_one_account() {
    let sandbox = Sandbox::builder()
        .rate_limit(20, Duration::from_secs(1))
        .start()
        .await
        .expect("a free port");
    sandbox.register::<Visit>();
    let process = || {
        sandbox
            .client_builder()
            .rate_limit(RateLimit::new(20, Duration::from_secs(1)))
            .batch_size(1)
            .concurrency(20)
            .build()
            .expect("good settings")
    };
    let (one, two) = (process(), process());
    let (one, two) = tokio::join!(visits(25).send_batch(&one), visits(25).send_batch(&two));
    let (one, two) = (one.expect("all created"), two.expect("all created"));
    let refused = sandbox
        .seen()
        .iter()
        .filter(|request| request.status == Some(429))
        .count();
    assert!(refused > 0, "they were never over the limit");
    assert_eq!(sandbox.event_count(), 50);
    assert_eq!(sandbox.requests(), one.requests() + two.requests());
}
