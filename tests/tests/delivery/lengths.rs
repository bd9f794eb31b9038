//! Answers that lie about their length.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use timeline_core::SendBatch;

use super::network::{Received, Reply, Server, client, stubborn, told};
use crate::order;

const LISTING: &str = r#"{"status":"COMPLETE","results":[{"eventTemplateId":"1001299","id":"a"}]}"#;

/// Sends the event of [`LISTING`], gives an answer with this after its status, and asserts what becomes of the event.
async fn ends(name: &str, rest: String, expected: &str) {
    let answer = format!("HTTP/1.1 201 Created\r\n{rest}");
    let reply = move |_: &Received, _| Reply::LastAnswer(answer.clone().into(), Duration::ZERO);
    let server = Server::start(reply).await;
    let client = client(server.url());
    let call = [order("a")].send_batch(&client).report();
    let report = tokio::time::timeout(Duration::from_secs(2), call).await;
    let report = report.unwrap_or_else(|_| panic!("{name}: a hang"));
    assert_eq!(told(&report), expected, "{name}");
    assert_eq!(server.seen().len(), 1, "{name}");
}

/// An answer that lies about its length tells nothing, unless all of it was read whichever length is right.
#[tokio::test]
async fn answers_of_the_wrong_length() {
    let size = LISTING.len();
    for (name, length, expected) in [
        ("right", format!("{size}"), "created"),
        (
            "twice right",
            format!("{size}\r\ncontent-length: {size}"),
            "created",
        ),
        ("longer than the body", format!("{}", size + 10), "unknown"),
        ("shorter than the body", format!("{}", size - 10), "unknown"),
        ("nothing", "0".to_owned(), "unknown"),
        ("negative", "-1".to_owned(), "unknown"),
        ("with a sign", format!("+{size}"), "unknown"),
        ("no number", "all".to_owned(), "unknown"),
        ("empty", String::new(), "unknown"),
        ("beyond all numbers", "9".repeat(30), "unknown"),
        ("beyond all memory", u64::MAX.to_string(), "unknown"),
        (
            "two of them",
            format!("10\r\ncontent-length: {size}"),
            "unknown",
        ),
        ("two in one", format!("10, {size}"), "unknown"),
    ] {
        let rest = format!("content-length: {length}\r\n\r\n{LISTING}");
        ends(name, rest, expected).await;
    }
    let behind = format!("content-length: {size}\r\n\r\n{LISTING}and more");
    ends("with more behind it", behind, "created").await;
    let none = format!("\r\n{LISTING}");
    ends("none, until the connection ends", none, "created").await;
}

#[tokio::test]
async fn chunks_of_the_wrong_length() {
    let hex = format!("{:x}", LISTING.len());
    let chunk = |size: &str| format!("{size}\r\n{LISTING}\r\n0\r\n\r\n");
    let chunked = "transfer-encoding: chunked\r\n";
    for (name, headers, body, expected) in [
        ("right", chunked, chunk(&hex), "created"),
        ("no number", chunked, chunk("zz"), "unknown"),
        ("negative", chunked, chunk(&format!("-{hex}")), "unknown"),
        (
            "beyond all numbers",
            chunked,
            chunk(&"f".repeat(17)),
            "unknown",
        ),
        (
            "beyond all memory",
            chunked,
            chunk(&"f".repeat(16)),
            "unknown",
        ),
        ("longer than the chunk", chunked, chunk("ff"), "unknown"),
        ("shorter than the chunk", chunked, chunk("a"), "unknown"),
        (
            "without a last chunk",
            chunked,
            format!("{hex}\r\n{LISTING}\r\n"),
            "unknown",
        ),
        ("no chunks", chunked, LISTING.to_owned(), "unknown"),
        // Then the chunks count, by HTTP's rules.
        (
            "beside a length",
            "content-length: 10\r\ntransfer-encoding: chunked\r\n",
            chunk(&hex),
            "created",
        ),
        (
            "beside a length, and no chunks",
            "content-length: 72\r\ntransfer-encoding: chunked\r\n",
            LISTING.to_owned(),
            "unknown",
        ),
    ] {
        ends(name, format!("{headers}\r\n{body}"), expected).await;
    }
}

/// The client does not ask for compressed answers. An answer that is called compressed and is not can be read; a
/// compressed one cannot.
#[tokio::test]
async fn answers_that_are_called_compressed() {
    let size = LISTING.len();
    let plain = format!("content-encoding: gzip\r\ncontent-length: {size}\r\n\r\n{LISTING}");
    ends("plain", plain, "created").await;
    let gzip = "content-encoding: gzip\r\ncontent-length: 10\r\n\r\n\x1f\x00\x08\0\0\0\0\0\0\x03";
    ends("compressed", gzip.to_owned(), "unknown").await;
    let coded = format!("transfer-encoding: gzip\r\n\r\n{LISTING}");
    ends("plain, on the way", coded, "created").await;
}

/// The bytes behind an answer are not taken for the answer to the next request.
#[tokio::test]
async fn an_answer_in_an_encoding_that_was_not_asked_for() {
    let server = Server::start(|request, _| {
        let refusal = br#"{"category":"VALIDATION_ERROR"}"#;
        let head = format!(
            "HTTP/1.1 400 Bad Request\r\ncontent-length: {}\r\n\r\n",
            refusal.len()
        );
        Reply::Answer([&request.listing(), head.as_bytes(), refusal].concat())
    })
    .await;
    let client = client(server.url());
    for n in 0..20 {
        let order = order(&format!("order-{n}"));
        let report = [&order].send_batch(&client).report().await;
        assert_eq!((&*told(&report), report.requests()), ("created", 1), "{n}");
        let seen = server.seen();
        assert_eq!(seen.len(), n + 1);
        assert_eq!(seen[n].events()[0]["id"], *order.id);
    }
}

/// The marks by which HubSpot's 404 is known may have been in the rest: it does not stop the call.
#[tokio::test]
async fn an_error_that_was_cut_stops_nothing() {
    let body = r#"{"status":"error","category":"OBJECT_NOT_FOUND"}"#;
    let long = format!(r#"{{"message":"{}"}}"#, "x".repeat(70_000));
    for status in ["404 Not Found", "402 Payment Required", "418 I'm a teapot"] {
        for (length, body) in [
            (body.len() + 1, body),
            (10_000, "{"),
            (10, ""),
            (long.len(), &*long),
        ] {
            let cut = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
            let seen = AtomicUsize::new(0);
            let server = Server::start(move |request: &Received, _| {
                if seen.fetch_add(1, Ordering::Relaxed) < 2 {
                    Reply::LastAnswer(cut.clone().into(), Duration::ZERO)
                } else {
                    Reply::Answer(request.listing())
                }
            })
            .await;
            let client = stubborn(server.url()).build().expect("good settings");
            let report = crate::orders(2).send_batch(&client).report().await;
            assert_eq!(told(&report), "created*2", "{status} {length}");
        }
    }
}
