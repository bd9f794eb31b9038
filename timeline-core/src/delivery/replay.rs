//! Sends dead letters again: a file is read line by line, in bounded memory, and each line ends in one outcome.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::client::Client;
use crate::delivery::intake::event::Event;
use crate::delivery::intake::seal::{Sealer, now};
use crate::delivery::intake::source::{Given, Next, Source};
use crate::delivery::outcome::dead_letter::read::{Line, parse};
use crate::delivery::outcome::dead_letter::write::DeadLetterOutcome;
use crate::delivery::outcome::reason::UnknownReason;
use crate::delivery::outcome::rejection::Rejection;
use crate::delivery::outcome::undelivered::{EarlierIndex, UndeliveredEvent};
use crate::delivery::sending::Sending;
use crate::event::{InvalidEvent, ReadError};
use crate::limits;

impl Client {
    /// Sends again what [`BatchReport::write_undelivered`](crate::BatchReport::write_undelivered) has written, under the
    /// same ids and with the same timestamps. Every line ends in one outcome; empty lines do not count.
    ///
    /// A line may also be the JSON of a [`SealedEvent`](crate::SealedEvent), whose format dead letters are in, or a plain
    /// v3 event, `{"eventTemplateId": "…", "id": "…", "email": "…", "tokens": {…}}`. A plain event needs
    /// an `id`: without one, a line that is sent twice would make two events. Without a `timestamp` it is stamped now.
    ///
    /// A line is checked as every event is, and a wrong one is [`Rejected`](crate::Outcome::Rejected) with its number and the
    /// field that is wrong. These lines are rejected too: a line of another account than the client's `portal_id`, or
    /// that names an account if the client knows none; a line whose event could not be encoded and has not been corrected;
    /// and a line whose event has the id of another event of its call but other content. A rejected line can be written
    /// once more, as it was. Only a line of more than 2 MB, which is too long for an event, is skipped and not kept.
    ///
    /// The file is UTF-8; a byte order mark in front of a line is skipped.
    ///
    /// The reader is read between requests, so it should be quick: a file or a buffer, not a socket.
    pub fn replay<'e>(&self, reader: impl Read + Send + 'e) -> Sending<'e> {
        let sealer = Sealer::new(self.clone());
        let letters = DeadLetters {
            lines: Lines::new(reader),
            sealer: sealer.clone(),
            block: None,
            ended: false,
        };
        Sending::new(sealer, Box::new(letters))
    }
}

/// A line is longer than its event by an id, a reason and HubSpot's words. A longer line cannot be a dead letter.
const LONGEST_LINE: usize = 2 * limits::EVENT_BYTES;

/// How many bytes are read in one go before other tasks get their turn.
const BUDGET: usize = 4 * limits::EVENT_BYTES;

struct DeadLetters<R> {
    lines: Lines<R>,
    sealer: Sealer,
    /// The JSON over several lines that the next line is a part of.
    block: Option<Block>,
    ended: bool,
}

impl<R: Read + Send> Source for DeadLetters<R> {
    fn poll_next(
        &mut self,
        context: &mut Context<'_>,
        take: &mut dyn FnMut(Given<'_>),
    ) -> Poll<Next> {
        if self.ended {
            return Poll::Ready(Next::End);
        }
        let event = match self.lines.next() {
            Ok(Found::More) => {
                // Other tasks get their turn.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Ok(Found::End) => {
                self.ended = true;
                return Poll::Ready(Next::End);
            }
            Ok(Found::TooLong) => Err(refused(format!(
                "line {} has more than {LONGEST_LINE} bytes, which no event has: it was skipped, and is not kept",
                self.lines.number
            ))),
            Ok(Found::Line) => self.open(),
            Err(error) => {
                self.ended = true;
                Err(refused(format!(
                    "the dead letters could not be read from line {} on: {error}",
                    self.lines.number + 1
                )))
            }
        };
        take(Given::Event(event));
        Poll::Ready(Next::Event)
    }
}

fn refused(reason: String) -> Rejection {
    Rejection::invalid(None, InvalidEvent::new(reason))
}

impl<R> DeadLetters<R> {
    /// The event in the line that was read.
    fn open(&mut self) -> Result<Event, Rejection> {
        let number = self.lines.number;
        let client = &self.sealer.client;
        let whole = &*self.lines.line;
        if number == 1 && is_utf16(whole) {
            self.ended = true;
            return Err(refused(
                "line 1 is UTF-16, and so is the file: write it as UTF-8 (`iconv -f UTF-16 -t UTF-8`); nothing of it \
                 was read"
                    .to_owned(),
            ));
        }
        let line = whole.trim_ascii();
        let unsendable = |id, why: String| {
            let reason = format!("line {number}{why}");
            Rejection::unsendable(id, InvalidEvent::new(reason), line)
        };
        if let Some(block) = &self.block {
            let first = block.first;
            if block.is_closed_by(whole) {
                self.block = None;
            }
            let why = format!(" is a part of the JSON that begins in line {first}");
            return Err(unsendable(None, why));
        }
        if let Some(block) = Block::opened_by(whole, number) {
            self.block = Some(block);
            let why = " begins JSON that goes over several lines (pretty-printed): a dead letter is one line, as \
                       `jq -c .` writes it";
            return Err(unsendable(None, why.to_owned()));
        }
        let (apis, api) = (&client.root.apis, client.api());
        let find = |template| apis.find(api, template);
        let parsed = parse(line, find, now(client));
        let Line {
            index,
            ended,
            api,
            same_id_twice,
            event: mut sealed,
        } = parsed.map_err(|ReadError { id, reason }| {
            // What is said of a field or of the event needs a colon.
            let verb = ["is ", "has ", "names "];
            let colon = match verb.iter().any(|verb| reason.starts_with(verb)) {
                true => "",
                false => ":",
            };
            unsendable(id, format!("{colon} {reason}"))
        })?;
        let ours = client.portal.id;
        if let Some(theirs) = sealed.portal_id.filter(|theirs| ours != Some(*theirs)) {
            let reason = match ours {
                Some(ours) => format!("line {number} is of account {theirs}, not of {ours}"),
                None => format!(
                    "line {number} is of account {theirs}; tell the client that this is its `portal_id`"
                ),
            };
            let id = sealed.id.to_string();
            let kept = UndeliveredEvent::new(sealed, api, EarlierIndex::new(index), None);
            return Err(Rejection::kept(
                &id,
                InvalidEvent::new(reason),
                Box::new(kept),
            ));
        }
        sealed.portal_id = ours;
        let id = Arc::clone(&sealed.id);
        let ready = self.sealer.ready(sealed, Some(&mut Vec::new()));
        let mut event =
            ready.map_err(|error| unsendable(Some(id.to_string()), format!(": {error}")))?;
        let is_unknown = ended == Some(DeadLetterOutcome::Unknown);
        event.uncertain = is_unknown.then_some(UnknownReason::Earlier);
        event.lost = is_unknown;
        if is_unknown {
            // An uncertain event stays with its API, where HubSpot finds the duplicate.
            event.api = api;
        }
        event.earlier_index = EarlierIndex::new(index);
        match same_id_twice {
            // The event that has the id was sent. With another id this line is a separate event.
            true => Err(Rejection::same_id_twice(
                event.id(),
                event.undelivered(None),
            )),
            false => Ok(event),
        }
    }
}

/// JSON that goes over several lines.
struct Block {
    first: usize,
    indent: usize,
    close: &'static [u8],
}

impl Block {
    /// The block that a line begins, if the line is only an opening bracket.
    fn opened_by(line: &[u8], number: usize) -> Option<Self> {
        let close: &[u8] = match line.trim_ascii() {
            b"{" => b"}",
            b"[" => b"]",
            _ => return None,
        };
        Some(Block {
            first: number,
            indent: indent(line),
            close,
        })
    }

    fn is_closed_by(&self, line: &[u8]) -> bool {
        let text = line.trim_ascii();
        let text = text.strip_suffix(b",").unwrap_or(text);
        indent(line) == self.indent && text == self.close
    }
}

fn indent(line: &[u8]) -> usize {
    line.len() - line.trim_ascii_start().len()
}

/// Recognises UTF-16 by its byte order mark, or by a zero byte beside the first bracket.
fn is_utf16(line: &[u8]) -> bool {
    matches!(
        line,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'{' | b'[', 0, ..] | [0, b'{' | b'[', ..]
    )
}

/// Lines of a reader, none of them empty.
struct Lines<R> {
    reader: BufReader<R>,
    /// The number of the line that was read last, from 1 on.
    number: usize,
    line: Vec<u8>,
    /// The line has been handed over, and the next one takes its place.
    is_done: bool,
    /// The current line is too long, so the rest of it is skipped.
    skips: bool,
}

#[derive(Debug, PartialEq)]
enum Found {
    Line,
    TooLong,
    /// No line yet: the budget is used up.
    More,
    End,
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl<R: Read> Lines<R> {
    fn new(reader: R) -> Self {
        Lines {
            reader: BufReader::new(reader),
            number: 0,
            line: Vec::new(),
            is_done: false,
            skips: false,
        }
    }

    /// The next line that is not empty.
    fn next(&mut self) -> io::Result<Found> {
        let mut budget = BUDGET;
        if std::mem::take(&mut self.is_done) {
            self.line.clear();
        }
        loop {
            let part = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                part => part?,
            };
            let is_over = part.is_empty();
            let end = part.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(part.len(), |end| end + 1);
            if !self.skips {
                let fits = self.line.len() + length <= LONGEST_LINE;
                match part.get(..length) {
                    Some(part) if fits => self.line.extend_from_slice(part),
                    _ => {
                        self.skips = true;
                        self.line = Vec::new();
                    }
                }
            }
            self.reader.consume(length);
            if end.is_some() || (is_over && (self.skips || !self.line.is_empty())) {
                if let Some(found) = self.found() {
                    self.is_done = true;
                    return Ok(found);
                }
            } else if is_over {
                return Ok(Found::End);
            }
            budget = budget.saturating_sub(length);
            if budget == 0 {
                return Ok(Found::More);
            }
        }
    }

    /// What has been found in the line that has just ended; `None` if the line is empty.
    fn found(&mut self) -> Option<Found> {
        self.number += 1;
        if std::mem::take(&mut self.skips) {
            return Some(Found::TooLong);
        }
        // In a file that was joined from several, any line can begin with a byte order mark.
        if self.line.starts_with(BYTE_ORDER_MARK) {
            self.line.drain(..BYTE_ORDER_MARK.len());
        }
        if self.line.trim_ascii().is_empty() {
            self.line.clear();
            return None;
        }
        Some(Found::Line)
    }
}
