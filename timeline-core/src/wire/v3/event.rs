//! An event as JSON, twice: a writer that allocates nothing per token, and `Serialize` for all other uses.
//!
//! Both leave out what is unset and write the same bytes; a test compares them.

use std::cell::Cell;
use std::fmt;
use std::io::Write;

use serde::ser::{Error as _, SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};

#[cfg(feature = "client")]
use crate::event::{Content, SealedEvent, SealedTime};
use crate::event::{EventInput, InvalidEvent, InvalidKind};
use crate::limits;
use crate::token::{InvalidToken, Iso8601, Repr, Token};
use crate::wire::plain::{has_control, is_plain};

/// One of HubSpot's own keys as [`write_key`] writes it, in one piece.
macro_rules! key {
    ($key:literal) => {
        concat!(",\"", $key, "\":").as_bytes()
    };
}

impl EventInput<'_> {
    /// Appends the event as HubSpot's v3 JSON: what `Serialize` gives, without an allocation per token, and checked
    /// against the limits on sizes.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent`] for the first mistake in the input or a size over its limit; `out` is then as it was.
    pub fn write_json(&self, out: &mut Vec<u8>) -> Result<(), InvalidEvent> {
        self.check()?;
        write_event(self, self.template_id(), self.get_id(), self.timestamp, out)
    }
}

/// Writes an input that has been checked, under the template, id and time of the caller's choice.
pub(crate) fn write_event(
    input: &EventInput<'_>,
    template_id: Option<&str>,
    id: Option<&str>,
    timestamp: Option<i64>,
    out: &mut Vec<u8>,
) -> Result<(), InvalidEvent> {
    let start = out.len();
    let written = write_keys(input, template_id, id, timestamp, out);
    let size = out.len() - start;
    let result = match written {
        Ok(()) if size <= limits::EVENT_BYTES => return Ok(()),
        Ok(()) => Err(InvalidKind::EventTooLong(size).into()),
        Err(error) => Err(error),
    };
    out.truncate(start);
    result
}

fn write_keys(
    input: &EventInput<'_>,
    template_id: Option<&str>,
    id: Option<&str>,
    timestamp: Option<i64>,
    out: &mut Vec<u8>,
) -> Result<(), InvalidEvent> {
    let start = out.len();
    write_member(key!("eventTemplateId"), template_id, out);
    write_member(key!("id"), id, out);
    write_identifiers(input, out);
    write_custom_object(input, out);
    if let Some(timestamp) = timestamp {
        let timestamp = iso8601(timestamp)?;
        out.extend_from_slice(key!("timestamp"));
        write_quoted(timestamp.as_bytes(), out);
    }
    write_tokens(input, out)?;
    write_rest(input, start, out)
}

/// The content of an input that has been checked. The buffer is only a workspace.
#[cfg(feature = "client")]
pub(crate) fn content(
    input: &EventInput<'_>,
    buffer: &mut Vec<u8>,
) -> Result<Content, InvalidEvent> {
    buffer.clear();
    write_identifiers(input, buffer);
    // Begins behind the comma. If nothing stands before it, this comma becomes the opening brace.
    let custom_object = buffer.len() + 1;
    write_custom_object(input, buffer);
    let tokens = buffer.len() + 1;
    write_tokens(input, buffer)?;
    write_rest(input, 0, buffer)?;
    Ok(Content::new(buffer, custom_object, tokens))
}

fn write_identifiers(input: &EventInput<'_>, out: &mut Vec<u8>) {
    write_member(key!("email"), input.email.as_deref(), out);
    write_member(key!("utk"), input.utk.as_deref(), out);
    write_member(key!("objectId"), input.object_id.as_deref(), out);
    write_member(key!("domain"), input.domain.as_deref(), out);
}

fn write_custom_object(input: &EventInput<'_>, out: &mut Vec<u8>) {
    let custom_object_type_id = input.custom_object_type_id.as_deref();
    write_member(key!("customObjectTypeId"), custom_object_type_id, out);
}

fn write_tokens(input: &EventInput<'_>, out: &mut Vec<u8>) -> Result<(), InvalidEvent> {
    out.extend_from_slice(key!("tokens"));
    let tokens = out.len();
    for (name, token) in &input.tokens {
        write_key(name, out);
        let start = out.len();
        write_token(token, out).map_err(|error| InvalidKind::Token(name.to_string(), error))?;
        let bytes = out.len() - start - 2;
        if bytes > limits::TOKEN_BYTES {
            let name = name.to_string();
            return Err(InvalidKind::TokenTooLong { name, bytes }.into());
        }
    }
    close(tokens, out);
    Ok(())
}

/// What stands behind the tokens, and the end of the object that begins at `start`.
fn write_rest(input: &EventInput<'_>, start: usize, out: &mut Vec<u8>) -> Result<(), InvalidEvent> {
    if let Some(data) = &input.extra_data {
        let before = out.len();
        out.extend_from_slice(key!("extraData"));
        let value = out.len();
        data.write_json(out)
            .map_err(|error| InvalidKind::ExtraData(error.to_string()))?;
        let written = out.get_mut(value..).unwrap_or_default();
        // Raw JSON can have line breaks, between its values only. An event is one line, also in a file of them.
        if has_control(written) {
            let is_break = |byte: &&mut u8| matches!(byte, b'\n' | b'\r');
            let breaks = written.iter_mut().filter(is_break);
            breaks.for_each(|byte| *byte = b' ');
        }
        if *written == *b"null" {
            out.truncate(before);
        }
    }
    if let Some(iframe) = &input.iframe {
        out.extend_from_slice(key!("timelineIFrame"));
        write_value(iframe, out);
    }
    close(start, out);
    Ok(())
}

/// How many bytes [`write_sealed`] appends.
#[cfg(feature = "client")]
pub(crate) fn event_size(event: &SealedEvent) -> usize {
    const AROUND: usize = r#"{"eventTemplateId":,"id":,"timestamp":,"tokens":"#.len();
    let texts = text_size(event.template.text()) + text_size(&event.id) + time_size(&event.time);
    let content = event.content.before_tokens().len() + event.content.tokens_and_after().len();
    AROUND + texts + content
}

/// How many bytes a time takes in JSON.
#[cfg(feature = "client")]
pub(crate) fn time_size(time: &SealedTime) -> usize {
    match time {
        SealedTime::Milliseconds(_) => r#""2026-08-01T12:00:00.000Z""#.len(),
        SealedTime::Written(json) => json.len(),
    }
}

/// How many bytes a text takes in JSON, with its quotes.
#[cfg(feature = "client")]
pub(crate) fn text_size(text: &str) -> usize {
    if is_plain(text) {
        return text.len() + 2;
    }
    let mut json = Vec::new();
    write_value(text, &mut json);
    json.len()
}

/// Appends a sealed event as HubSpot's v3 JSON.
#[cfg(feature = "client")]
pub(crate) fn write_sealed(event: &SealedEvent, out: &mut Vec<u8>) {
    out.push(b'{');
    // An event without a template id is not sent, only written down.
    if let Some(template_id) = event.template_id() {
        out.extend_from_slice(br#""eventTemplateId":"#);
        write_text(template_id, out);
        out.push(b',');
    }
    out.extend_from_slice(br#""id":"#);
    write_text(&event.id, out);
    out.push(b',');
    out.extend_from_slice(event.content.before_tokens());
    out.extend_from_slice(br#""timestamp":"#);
    write_time(&event.time, out);
    out.extend_from_slice(br#","tokens":"#);
    out.extend_from_slice(event.content.tokens_and_after());
}

#[cfg(feature = "client")]
pub(crate) fn write_time(time: &SealedTime, out: &mut Vec<u8>) {
    match time {
        SealedTime::Milliseconds(milliseconds) => {
            let text = Iso8601::new(*milliseconds);
            write_quoted(text.as_ref().map_or(b"", Iso8601::as_bytes), out);
        }
        SealedTime::Written(json) => out.extend_from_slice(json.as_bytes()),
    }
}

fn iso8601(timestamp: i64) -> Result<Iso8601, InvalidEvent> {
    Iso8601::new(timestamp).ok_or_else(|| InvalidKind::DateOutOfRange.into())
}

// Inlined, since copying a key of known length takes no call.
#[inline(always)]
fn write_member(key: &[u8], text: Option<&str>, out: &mut Vec<u8>) {
    if let Some(text) = text {
        out.extend_from_slice(key);
        write_text(text, out);
    }
}

/// `,"key":`. Keys are HubSpot's own or checked token names, and need no escaping. [`close`] makes a brace of the first
/// comma.
#[inline(always)]
fn write_key(key: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}

/// Makes an object of the keys and values written since `start`.
fn close(start: usize, out: &mut Vec<u8>) {
    match out.get_mut(start) {
        Some(comma) => *comma = b'{',
        None => out.push(b'{'),
    }
    out.push(b'}');
}

#[inline(always)]
fn write_quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

pub(crate) fn write_text(text: &str, out: &mut Vec<u8>) {
    if is_plain(text) {
        write_quoted(text.as_bytes(), out);
    } else {
        write_value(text, out);
    }
}

/// Writes a value whose `Serialize` cannot fail. Writing into a vector cannot fail either.
fn write_value<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    let written = serde_json::to_writer(out, value);
    debug_assert!(written.is_ok(), "a text or a plain struct is always JSON");
}

/// The token between quotes. Numbers are digits, signs and points, which need no escaping.
fn write_token(token: &Token<'_>, out: &mut Vec<u8>) -> Result<(), InvalidToken> {
    fn write_number(number: impl fmt::Display, out: &mut Vec<u8>) {
        out.push(b'"');
        let written = write!(out, "{number}");
        debug_assert!(written.is_ok(), "a vector takes everything");
        out.push(b'"');
    }
    match token.repr() {
        Repr::Absent => out.extend_from_slice(b"\"\""),
        Repr::Text(text) => write_text(text, out),
        Repr::Char(c) => write_value(c, out),
        Repr::Display(value) => {
            let failed = Cell::new(false);
            write_value(&Text(Careful(value, &failed)), out);
            if failed.get() {
                return Err(InvalidToken::new("cannot be written: its `Display` failed"));
            }
        }
        Repr::Signed(n) => {
            out.push(b'"');
            write_value(n, out);
            out.push(b'"');
        }
        Repr::Wide(n) => write_number(i128::from_ne_bytes(*n), out),
        Repr::WideUnsigned(n) => write_number(u128::from_ne_bytes(*n), out),
        Repr::Single(n) => write_number(n, out),
        Repr::Double(n) => write_number(n, out),
    }
    Ok(())
}

/// A `Display` that may fail. serde_json takes that for impossible, so the failure is noted here.
struct Careful<'d, T>(T, &'d Cell<bool>);

impl<T: fmt::Display> fmt::Display for Careful<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if write!(f, "{}", self.0).is_err() {
            self.1.set(true);
        }
        Ok(())
    }
}

/// Serializes as the text that `Display` gives.
struct Text<T>(T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

struct Tokens<'s, 'a>(&'s EventInput<'a>);

impl Serialize for Tokens<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.tokens.len()))?;
        for (name, token) in &self.0.tokens {
            map.serialize_entry(&**name, &Text(token))?;
        }
        map.end()
    }
}

/// HubSpot's v3 JSON. Fails with the first mistake in the input; sizes are checked by
/// [`write_json`](EventInput::write_json) alone.
impl Serialize for EventInput<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn field<T: Serialize, St: SerializeStruct>(
            keys: &mut St,
            key: &'static str,
            value: Option<T>,
        ) -> Result<(), St::Error> {
            match value {
                Some(value) => keys.serialize_field(key, &value),
                None => keys.skip_field(key),
            }
        }
        self.check().map_err(S::Error::custom)?;
        // Whether extra data is `null` is only known once it is written.
        let extra_data = match &self.extra_data {
            Some(data) if is_null(data).map_err(S::Error::custom)? => None,
            data => data.as_ref(),
        };
        let present = [
            self.template_id().is_some(),
            self.id.is_some(),
            self.email.is_some(),
            self.utk.is_some(),
            self.object_id.is_some(),
            self.domain.is_some(),
            self.custom_object_type_id.is_some(),
            self.timestamp.is_some(),
            true,
            extra_data.is_some(),
            self.iframe.is_some(),
        ];
        let count = present.into_iter().filter(|present| *present).count();
        let mut keys = serializer.serialize_struct("EventInput", count)?;
        field(&mut keys, "eventTemplateId", self.template_id())?;
        field(&mut keys, "id", self.id.as_deref())?;
        field(&mut keys, "email", self.email.as_deref())?;
        field(&mut keys, "utk", self.utk.as_deref())?;
        field(&mut keys, "objectId", self.object_id.as_deref())?;
        field(&mut keys, "domain", self.domain.as_deref())?;
        field(
            &mut keys,
            "customObjectTypeId",
            self.custom_object_type_id.as_deref(),
        )?;
        let timestamp = self.timestamp.map(iso8601).transpose();
        field(&mut keys, "timestamp", timestamp.map_err(S::Error::custom)?)?;
        field(&mut keys, "tokens", Some(Tokens(self)))?;
        field(&mut keys, "extraData", extra_data)?;
        field(&mut keys, "timelineIFrame", self.iframe.as_ref())?;
        keys.end()
    }
}

fn is_null(data: &impl Serialize) -> Result<bool, InvalidEvent> {
    serde_json::to_vec(data)
        .map(|json| json == b"null")
        .map_err(|error| InvalidKind::ExtraData(error.to_string()).into())
}
