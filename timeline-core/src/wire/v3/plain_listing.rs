//! The answer to a batch as it nearly always is: a list of what was created, and nothing odd. It is read in one pass.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::wire::answer::{BatchProgress, ListedEvent, Listing};
use crate::wire::texts::Texts;

/// An answer without errors, in its usual form. An answer in any other form cannot be read as this, and is read with more
/// care.
#[derive(Deserialize)]
struct Plain<'a> {
    #[serde(borrow)]
    status: Status<'a>,
    #[serde(borrow)]
    results: Vec<PlainResult<'a>>,
    #[expect(
        dead_code,
        reason = "it is read so that an answer with errors is refused"
    )]
    errors: Option<[IgnoredAny; 0]>,
    #[serde(rename = "numErrors")]
    num_errors: Option<usize>,
}

/// Texts without escapes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlainResult<'a> {
    #[serde(alias = "eventTypeName")]
    event_template_id: &'a str,
    id: &'a str,
    #[serde(borrow)]
    object_id: Option<&'a str>,
    #[serde(borrow)]
    created_at: Option<&'a str>,
}

#[derive(Deserialize)]
struct Status<'a>(&'a str);

/// Reads a plain answer about so many events; `None` if the answer is not plain, or longer than most.
pub(super) fn read_plain(bytes: &[u8], events: usize) -> Option<Listing> {
    // The whole answer is read in one pass, so it has limits of its own.
    const AROUND: usize = 4 * 1024;
    const EACH: usize = 4 * 1024;
    if bytes.len() > AROUND + events.saturating_mul(EACH) {
        return None;
    }
    // To check all bytes at once costs a fraction of checking each text by itself.
    let text = str::from_utf8(bytes).ok()?;
    let plain: Plain<'_> = serde_json::from_str(text).ok()?;
    if plain.status.0 != "COMPLETE" {
        return None;
    }
    let mut texts = Texts::with_capacity(bytes.len() / 4);
    let results = plain.results.iter().map(|result| ListedEvent {
        template_id: texts.add(result.event_template_id),
        id: texts.add(result.id),
        object_id: result.object_id.map(|text| texts.add(text)),
        created_at: result.created_at.map(|text| texts.add(text)),
    });
    Some(Listing {
        status: BatchProgress::Complete,
        num_errors: plain.num_errors,
        results: results.collect(),
        texts,
        errors: Vec::new(),
    })
}
