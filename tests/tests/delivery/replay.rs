//! Files of dead letters as they come: whole and broken, from us and from elsewhere.

use std::io::{self, Read};

use crate::letters::write;
use crate::{sandbox, visits, words};

#[tokio::test]
async fn lines_that_are_none() {
    let sandbox = sandbox().await;
    let good = r#"{"outcome":"notSent","reason":"x","event":{"eventTemplateId":"1001299","id":"good","email":"ada@example.com","timestamp":"2026-08-01T12:00:00.000Z","tokens":{"amount":"1"}}}"#;
    let twice = format!("{good}\n\n  \r\n{good}");
    let long = format!("{{\"reason\":\"{}\"}}", "x".repeat(3_000_000));
    for (file, outcomes) in [
        ("", ""),
        ("\n\n", ""),
        (&*twice, "created*2"),
        ("nonsense\n", "rejected"),
        ("[]", "rejected"),
        ("{}", "rejected"),
        (&good[..50], "rejected"),
        (r#"{"outcome":"created","reason":"x"}"#, "rejected"),
        (
            r#"{"outcome":"notSent","reason":"x","event":7}"#,
            "rejected",
        ),
        (
            r#"{"outcome":"notSent","reason":"x","event":{"id":"a"}}"#,
            "rejected",
        ),
        ("\u{0}\u{1}", "rejected"),
    ] {
        let report = sandbox.client().replay(file.as_bytes()).report().await;
        assert_eq!(words(report.outcomes()), outcomes, "{file}");
        if outcomes == "rejected" {
            // The line is written again as it was: the user may know how to correct it.
            let again = String::from_utf8(write(&report)).expect("text");
            assert_eq!(again.trim_end(), file.trim_end());
        }
    }
    // A line that is too long is refused once, wherever it stands.
    for (file, outcomes, line) in [
        (format!("{long}\n{good}\n"), "rejected exists", 1),
        (format!("{good}\n\n{long}"), "exists rejected", 3),
    ] {
        let report = sandbox.client().replay(file.as_bytes()).report().await;
        assert_eq!(words(report.outcomes()), outcomes);
        let (_, rejected) = report.undelivered().next().expect("one");
        assert!(
            rejected.to_string().starts_with(&format!(
                "rejected: line {line} has more than 2000000 bytes"
            )),
            "{rejected}"
        );
    }
}

/// A line with an event, as HubSpot's JSON.
fn event(id: &str) -> String {
    format!(
        r#"{{"eventTemplateId":"1001299","id":"{id}","email":"ada@example.com","tokens":{{"amount":"1"}}}}"#
    )
}

/// The rest of an over-long line is never read as a line of its own.
#[tokio::test]
async fn what_stands_behind_in_a_line_that_is_too_long_is_not_sent() {
    let sandbox = sandbox().await;
    for before in [1_999_990, 2_000_000, 2_000_001, 4_000_000, 8_000_000] {
        let hidden = " ".repeat(before) + &event("hidden");
        let file = [event("first"), hidden, event("last")].join("\n");
        let report = sandbox.client().replay(file.as_bytes()).report().await;
        assert_eq!(report.total(), 3, "{before}");
        assert_eq!(
            (report.outcomes()[1].is_delivered(), report.rejected()),
            (false, 1),
            "{before}"
        );
    }
    assert_eq!(sandbox.event_count(), 2);
}

/// Files as other programs write them.
#[tokio::test]
async fn files_from_elsewhere() {
    let sandbox = sandbox().await;
    let event = |id: &str| {
        format!(
            r#"{{"eventTemplateId":"1001299","id":"{id}","email":"ada@example.com","timestamp":"2026-08-01T12:00:00Z","tokens":{{"amount":"1"}}}}"#
        )
    };
    let letter = format!(
        r#"{{"outcome":"notSent","reason":"x","event":{}}}"#,
        event("b")
    );
    let pretty = |json: &str| {
        let json: serde_json::Value = serde_json::from_str(json).expect("JSON");
        format!("{json:#}")
    };
    let utf16 = |text: &str, mark: bool| -> Vec<u8> {
        let mark = mark.then_some(0xfeff);
        let units = mark.into_iter().chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let both = format!("{}\r\n{letter}\r\n", event("a"));
    let list = format!("[\n  {},\n  {}\n]\n", event("c"), event("d"));
    for (file, outcomes, says) in [
        (format!("\u{feff}{both}").into_bytes(), "created*2", ""),
        // Two such files in one, and a UTF-16 file behind a line of UTF-8 or of nothing.
        (
            format!("\u{feff}{both}\u{feff}{}", event("f")).into_bytes(),
            "exists*2 created",
            "",
        ),
        (
            [b"\n", &*utf16(&both, false)].concat(),
            "rejected*3",
            "rejected: line 2 has NUL bytes, as UTF-16 has: write the file as UTF-8",
        ),
        (
            utf16(&both, true),
            "rejected",
            "rejected: line 1 is UTF-16, and so is the file: write it as UTF-8",
        ),
        (
            utf16(&both, false),
            "rejected",
            "rejected: line 1 is UTF-16, and so is the file: write it as UTF-8",
        ),
        (
            format!(
                "{}\n{}\n{}",
                pretty(&event("e")),
                pretty(&letter),
                event("a")
            )
            .into_bytes(),
            "rejected*22 exists",
            "rejected: line 1 begins JSON that goes over several lines (pretty-printed)",
        ),
        (
            list.into_bytes(),
            "rejected*4",
            "rejected: line 1 begins JSON that goes over several lines (pretty-printed)",
        ),
    ] {
        let shown = String::from_utf8_lossy(&file).into_owned();
        let report = sandbox.client().replay(&file[..]).report().await;
        assert_eq!(words(report.outcomes()), outcomes, "{shown}");
        if !says.is_empty() {
            let first = report.outcomes()[0].to_string();
            assert!(first.starts_with(says), "{first}");
        }
    }
    assert_eq!(sandbox.event_count(), 3);
}

/// JSON over several lines ends with the bracket that stands where it began. Lines inside are not sent, whatever they
/// look like; lines behind it are.
#[tokio::test]
async fn what_is_inside_pretty_printed_json_is_not_sent() {
    let sandbox = sandbox().await;
    for (n, (open, inside, close)) in [
        ("{", "  },", "}"),
        ("  {", "    },", "  },"),
        ("[", "  ]", "]"),
        ("\t[", "  ],", "\t],"),
        ("{", "]", "}"),
    ]
    .into_iter()
    .enumerate()
    {
        let (inner, outer) = (event(&format!("inside-{n}")), event(&format!("behind-{n}")));
        let file = format!("{open}\n{inside}\n{inner}\n{close}\n{outer}\n");
        let report = sandbox.client().replay(file.as_bytes()).report().await;
        let outcomes = words(report.outcomes());
        assert_eq!(outcomes, "rejected*4 created", "{file}");
        let inside = report.outcomes()[2].to_string();
        assert!(
            inside.contains("line 3 is a part of the JSON that begins in line 1"),
            "{inside}"
        );
        assert_eq!(sandbox.event_count(), n + 1, "{file}");
    }
}

/// Lines of the current version and of the one before it are read.
#[tokio::test]
async fn letters_of_an_earlier_version_are_read() {
    let sandbox = sandbox().await;
    let file = concat!(
        r#"{"portalId":62515,"id":"a","timestamp":"2026-08-01T12:00:00.000Z","outcome":"notSent","reason":"x","idOrigin":"user","event":{"eventTemplateId":"1001299","id":"a","email":"ada@example.com","timestamp":"2026-08-01T12:00:00.000Z","tokens":{"amount":"1"}}}"#,
        "\n",
        r#"{"outcome":"rejected","reason":"token `amount` is NaN or infinite, not a number"}"#,
        "\n",
        r#"{"portalId":62515,"id":"a","timestamp":"2026-08-01T12:00:00.000Z","outcome":"rejected","reason":"x","idOrigin":"user","sameIdTwice":true,"event":{"eventTemplateId":"1001299","id":"a","email":"ada@example.com","timestamp":"2026-08-01T12:00:00.000Z","tokens":{"amount":"2"}}}"#,
        "\n",
    );
    let report = sandbox.client().replay(file.as_bytes()).report().await;
    assert_eq!(words(report.outcomes()), "created rejected*2");
}

struct Breaks(usize);

impl Read for Breaks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let line = b"{\"outcome\":\"notSent\",\"reason\":\"x\"}\n";
        self.0 += 1;
        if self.0 > 1 {
            return Err(io::Error::other("the disk is gone"));
        }
        buffer[..line.len()].copy_from_slice(line);
        Ok(line.len())
    }
}

/// An error of the reader is reported.
#[tokio::test]
async fn a_reader_that_breaks() {
    let sandbox = sandbox().await;
    let report = sandbox.client().replay(Breaks(0)).report().await;
    assert_eq!(words(report.outcomes()), "rejected*2");
    assert_eq!(
        report.outcomes()[1].to_string(),
        "rejected: the dead letters could not be read from line 2 on: the disk is gone"
    );
}

/// A signal that interrupts a read loses nothing.
#[tokio::test]
async fn a_reader_that_is_interrupted() {
    struct Interrupted<'l>(&'l [u8], bool);
    impl Read for Interrupted<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            match self.1 {
                true => Err(io::ErrorKind::Interrupted.into()),
                false => self.0.read(buffer),
            }
        }
    }
    let sandbox = sandbox().await;
    let client = sandbox.client();
    let lines: Vec<String> = visits(2)
        .iter()
        .map(|visit| client.seal(visit).expect("sound"))
        .map(|event| serde_json::to_string(&event).expect("JSON"))
        .collect();
    let file = lines.join("\n");
    let reader = Interrupted(file.as_bytes(), false);
    let report = client.replay(reader).report().await;
    assert_eq!(words(report.outcomes()), "created*2");
}

#[tokio::test]
async fn progress_does_not_guess_how_many_lines_there_are() {
    let sandbox = sandbox().await;
    let (mut told, file) = (Vec::new(), "no event\nno event either\n");
    let replayed = sandbox.client().replay(file.as_bytes());
    let replayed =
        replayed.on_progress(|progress| told.push((progress.undelivered, progress.expected)));
    assert_eq!(replayed.report().await.rejected(), 2);
    assert_eq!(told.last(), Some(&(2, None)), "{told:?}");
}
