//! A hostile server: whatever it answers, every event has an outcome, nothing panics, and memory stays bounded. A
//! process of its own, since it counts what is allocated.

// The helpers of tests may end a test as the tests themselves may.
#![allow(clippy::expect_used, clippy::panic)]

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::{Value, json};
use timeline_core::{BatchReport, Client, EventInput, RateLimit, RetryPolicy, SendBatch};

/// By how much a call with a full batch may raise the level of memory.
const MOST: u64 = 16 * 1024 * 1024;
const EVENTS: usize = 100;
const MILLION: usize = 1_000_000;
const GIGABYTE: usize = 1_000 * MILLION;

/// Writes an answer to a request. The values are its events, as HubSpot would list them. An error means that the client
/// has hung up.
type Script = fn(&mut TcpStream, &[Value]) -> io::Result<()>;

/// Reads one request, and returns its events as an answer would list them.
fn read_request(stream: &mut impl BufRead) -> Option<Vec<Value>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).ok()?;
    let listed =
        |event: &Value| json!({"eventTemplateId": event["eventTemplateId"], "id": event["id"]});
    Some(body["inputs"].as_array()?.iter().map(listed).collect())
}

/// Answers every request by the script, and closes its connection.
fn serve(script: Script) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.expect("a connection"));
            if let Some(listed) = read_request(&mut stream) {
                let _ = script(stream.get_mut(), &listed);
            }
        }
    });
    format!("http://{address}")
}

/// Sends a full batch, once, and returns its report and by how much memory grew.
///
/// All of it happens on this thread, since the counter counts a thread's allocations; the server has its own.
fn send(script: Script) -> (BatchReport, u64) {
    let client = Client::builder()
        .base_url(serve(script))
        .access_token("token")
        .rate_limit(RateLimit::unlimited())
        .retry(RetryPolicy::none())
        .build()
        .expect("good settings");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut report = None;
    let memory = allocation_counter::measure(|| {
        let event = |n| EventInput::new("1001298").email(format!("visitor-{n}@example.com"));
        let sending = (0..EVENTS).map(event).send_batch(&client);
        report = Some(runtime.block_on(sending.report()));
    });
    (report.expect("a report"), memory.bytes_max)
}

/// Asserts that memory stays bounded, and says in a word what became of all events.
fn outcome_of_all(script: Script) -> &'static str {
    let (report, grown) = send(script);
    assert!(grown <= MOST, "memory grew by {grown} bytes");
    let counts = [
        ("created", report.created()),
        ("existing", report.already_existing()),
        ("rejected", report.rejected()),
        ("not sent", report.not_sent()),
        ("unknown", report.unknown()),
    ];
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<usize>(), EVENTS);
    assert_eq!(report.outcomes().len(), EVENTS);
    let all = counts.iter().find(|(_, count)| *count == EVENTS);
    all.map_or_else(|| panic!("{report}"), |(word, _)| *word)
}

fn answer(stream: &mut TcpStream, status: u16, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    )?;
    stream.write_all(body)
}

/// A success that lists all events behind, or before, what else is in it.
fn listing(stream: &mut TcpStream, before: &str, listed: &[Value], after: &str) -> io::Result<()> {
    let listed: Vec<String> = listed.iter().map(Value::to_string).collect();
    let body = format!(r#"{{{before}"results":[{}{after}]}}"#, listed.join(","));
    answer(stream, 201, body.as_bytes())
}

/// Writes a beginning, and then the same piece until there are this many bytes.
fn pour(stream: &mut TcpStream, head: &str, piece: &str, bytes: usize) -> io::Result<()> {
    stream.write_all(head.as_bytes())?;
    let buffer = piece.repeat(65_536 / piece.len());
    for _ in 0..bytes / buffer.len() {
        stream.write_all(buffer.as_bytes())?;
    }
    Ok(())
}

#[test]
fn a_body_without_end() {
    let chunked: Script = |stream, _| {
        let head = "HTTP/1.1 201 -\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
        pour(stream, head, &chunk, GIGABYTE)
    };
    assert_eq!(outcome_of_all(chunked), "unknown");
    let announced: Script = |stream, _| {
        let head = format!("HTTP/1.1 201 -\r\ncontent-length: {GIGABYTE}\r\n\r\n");
        pour(stream, &head, r#"{"results":["#, GIGABYTE)
    };
    assert_eq!(outcome_of_all(announced), "unknown");
    let until_closed: Script = |stream, _| pour(stream, "HTTP/1.1 201 -\r\n\r\n", "null", GIGABYTE);
    assert_eq!(outcome_of_all(until_closed), "unknown");
    // The beginning of an error is enough.
    let refusal: Script =
        |stream, _| pour(stream, "HTTP/1.1 400 -\r\n\r\n", "not like this", GIGABYTE);
    assert_eq!(outcome_of_all(refusal), "rejected");
}

#[test]
fn a_wrong_length() {
    let too_long: Script = |stream, _| {
        stream.write_all(b"HTTP/1.1 201 -\r\ncontent-length: 1000\r\n\r\n{\"results\":[]}")
    };
    assert_eq!(outcome_of_all(too_long), "unknown");
    let too_short: Script = |stream, _| {
        stream.write_all(b"HTTP/1.1 201 -\r\ncontent-length: 10\r\n\r\n{\"results\":[]}")
    };
    assert_eq!(outcome_of_all(too_short), "unknown");
    let no_number: Script = |stream, _| {
        stream.write_all(b"HTTP/1.1 201 -\r\ncontent-length: -1\r\n\r\n{\"results\":[]}")
    };
    assert_eq!(outcome_of_all(no_number), "unknown");
}

#[test]
fn headers_without_end() {
    let many: Script = |stream, _| pour(stream, "HTTP/1.1 201 -\r\n", "x: y\r\n", GIGABYTE);
    assert_eq!(outcome_of_all(many), "unknown");
    let long: Script = |stream, _| pour(stream, "HTTP/1.1 201 -\r\nx: ", "y", GIGABYTE);
    assert_eq!(outcome_of_all(long), "unknown");
    let early: Script = |stream, _| {
        let piece = "HTTP/1.1 100 Continue\r\n\r\n";
        pour(stream, "", piece, 4 * MILLION)
    };
    assert_eq!(outcome_of_all(early), "unknown");
}

#[test]
fn json_a_million_deep() {
    let beside: Script = |stream, listed| {
        let deep = format!("{}{}", "[".repeat(MILLION), "]".repeat(MILLION));
        listing(stream, &format!(r#""x":{deep},"#), listed, "")
    };
    assert_eq!(outcome_of_all(beside), "created");
    let within: Script = |stream, listed| {
        let deep = format!(r#",{}{}"#, "[".repeat(MILLION), "]".repeat(MILLION));
        listing(stream, "", listed, &deep)
    };
    assert_eq!(outcome_of_all(within), "created");
    let errors: Script = |stream, _| {
        let (open, close) = (r#"{"category":"OTHER","errors":["#, "]}");
        let body = format!("{}{}", open.repeat(100_000), close.repeat(100_000));
        answer(stream, 207, body.as_bytes())
    };
    assert_eq!(outcome_of_all(errors), "unknown");
    let unclosed: Script = |stream, _| answer(stream, 201, "[".repeat(MILLION).as_bytes());
    assert_eq!(outcome_of_all(unclosed), "unknown");
}

#[test]
fn a_million_elements() {
    let strangers: Script = |stream, _| {
        let body = format!(r#"{{"results":[{}1]}}"#, "{},".repeat(MILLION));
        answer(stream, 201, body.as_bytes())
    };
    assert_eq!(outcome_of_all(strangers), "unknown");
    let behind: Script = |stream, listed| listing(stream, "", listed, &",{}".repeat(MILLION));
    assert_eq!(outcome_of_all(behind), "created");
    // As many elements that could be events as fit.
    let likely: Script = |stream, listed| {
        let stranger = r#",{"id":1,"eventTemplateId":1}"#;
        listing(stream, "", listed, &stranger.repeat(140_000))
    };
    assert_eq!(outcome_of_all(likely), "created");
    let errors: Script = |stream, _| {
        let error = r#"{"category":"OTHER"},"#;
        let body = format!(r#"{{"errors":[{}1]}}"#, error.repeat(190_000));
        answer(stream, 207, body.as_bytes())
    };
    assert_eq!(outcome_of_all(errors), "unknown");
}

#[test]
fn values_that_swell() {
    let keys: Script = |stream, listed| {
        let keys = (0..300_000).map(|n| format!(r#""{n:x}":1,"#));
        listing(stream, &keys.collect::<String>(), listed, "")
    };
    assert_eq!(outcome_of_all(keys), "created");
    let an_id_of_many: Script = |stream, listed| {
        let id = "1,".repeat(MILLION);
        listing(stream, "", listed, &format!(r#",{{"id":[{id}1]}}"#))
    };
    assert_eq!(outcome_of_all(an_id_of_many), "created");
    let names: Script = |stream, listed| {
        let names = r#""a","#.repeat(900_000);
        let error = format!(r#""errors":[{{"context":{{"id":[{names}1]}}}}],"#);
        listing(stream, &error, listed, "")
    };
    assert_eq!(outcome_of_all(names), "created");
    let not_utf_8: Script = |stream, _| {
        let mut body = br#"{"results":[],"x":""#.to_vec();
        body.resize(4 * MILLION, 0xff);
        body.extend(br#""}"#);
        answer(stream, 201, &body)
    };
    assert_eq!(outcome_of_all(not_utf_8), "unknown");
}

/// A message about all events is kept for each of them.
#[test]
fn a_message_for_all() {
    let of_all: Script = |stream, listed| {
        let ids: Vec<&Value> = listed.iter().map(|event| &event["id"]).collect();
        let error = json!({"category": "VALIDATION_ERROR", "context": {"id": ids}, "message": "x".repeat(60_000)});
        let body = json!({"results": [], "errors": [error]});
        answer(stream, 207, body.to_string().as_bytes())
    };
    assert_eq!(outcome_of_all(of_all), "rejected");
    let megabytes: Script = |stream, listed| {
        let ids: Vec<&Value> = listed.iter().map(|event| &event["id"]).collect();
        let error = json!({"category": "VALIDATION_ERROR", "context": {"id": ids}, "message": "x".repeat(3 * MILLION)});
        let body = json!({"results": [], "errors": [error]});
        answer(stream, 207, body.to_string().as_bytes())
    };
    assert_eq!(outcome_of_all(megabytes), "rejected");
    let of_each: Script = |stream, _| {
        let body = json!({"category": "VALIDATION_ERROR", "message": "x".repeat(60_000)});
        answer(stream, 400, body.to_string().as_bytes())
    };
    assert_eq!(outcome_of_all(of_each), "rejected");
}

/// An answer that is given whole has every field, and costs some times its length at most, whatever it is made of.
#[test]
fn whole_answers() {
    let long = |before: &str, piece: &str, times: usize, after: &str| {
        format!("{before}{}{after}", piece.repeat(times)).into_bytes()
    };
    let keys = |count: usize| -> String {
        let keys: Vec<String> = (0..count).map(|n| format!("\"{n:x}\":0")).collect();
        keys.join(",")
    };
    for (name, body) in [
        ("results", long(r#"{"results":["#, "{},", 100_000, "{}]}")),
        ("errors", long(r#"{"errors":["#, "{},", 100_000, "{}]}")),
        (
            "errors inside",
            long(r#"{"errors":[{"errors":["#, "{},", 100_000, "{}]}]}"),
        ),
        (
            "context",
            long(r#"{"errors":[{"context":{"a":["#, "0,", 1_000_000, "0]}}]}"),
        ),
        ("a stranger", long(r#"{"x":["#, "0,", 1_000_000, "0]}")),
        (
            "deep",
            long(r#"{"results":[{"extraData":["#, "[],", 1_000_000, "0]}]}"),
        ),
        (
            "tokens",
            format!(r#"{{"results":[{{"tokens":{{{}}}}}]}}"#, keys(300_000)).into_bytes(),
        ),
        (
            "links",
            format!(r#"{{"links":{{{}}}}}"#, keys(300_000)).into_bytes(),
        ),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a connection");
            let mut stream = BufReader::new(stream);
            read_request(&mut stream);
            let _ = answer(stream.get_mut(), 207, &body);
        });
        let client = Client::builder().base_url(format!("http://{address}"));
        let client = client.access_token("token").build().expect("good settings");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let event = [EventInput::new("1001298").email("ada@example.com")];
        let memory = allocation_counter::measure(|| {
            let response = runtime.block_on(client.batch_create(&event));
            let response = response.expect("an answer");
            let kept = !response.other.is_empty()
                || response
                    .results
                    .iter()
                    .any(|record| !record.other.is_empty())
                || response.errors.iter().any(|error| !error.other.is_empty())
                || response.results[0].extra_data.is_some();
            assert!(kept, "{name}");
        });
        println!("{name}: {} bytes", memory.bytes_max);
        assert!(
            memory.bytes_max <= 4 * MOST,
            "{name}: {} bytes",
            memory.bytes_max
        );
    }
}
