//! The app: it tells HubSpot who has attended a webinar. Nothing in it is for tests.

use jiff::Timestamp;
use timeline_core::{Client, EventTemplate, Outcome, SendBatch, TimelineEvent, TokenEnum};

#[derive(TimelineEvent)]
#[timeline(
    template = "Webinar attended",
    header = "Attended **{{title}}**",
    detail = "For {{minutes}} minutes{{#if rating}}, and found it {{rating}}{{/if}}"
)]
struct WebinarAttended<'a> {
    #[timeline(email)]
    address: &'a str,
    #[timeline(timestamp)]
    joined: Timestamp,
    #[timeline(key)]
    webinar: u64,
    title: &'a str,
    minutes: u32,
    rating: Option<Rating>,
}

#[derive(Clone, Copy, TokenEnum)]
#[timeline(rename_all = "snake_case")]
pub(crate) enum Rating {
    Poor,
    Good,
    Great,
}

/// All templates of the app's events.
pub(crate) fn templates() -> Vec<EventTemplate> {
    WebinarAttended::templates() // of more: [A::templates(), B::templates()].concat()
}

pub(crate) struct Webinar {
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) attendees: Vec<Attendee>,
}

pub(crate) struct Attendee {
    pub(crate) address: String,
    pub(crate) joined: Timestamp,
    pub(crate) minutes: u32,
    pub(crate) rating: Option<Rating>,
}

/// What the app does next.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) count: usize,
    /// HubSpot refuses these: they have to be corrected by hand.
    pub(crate) refused: Vec<String>,
    /// These are to be sent again in the next run.
    pub(crate) later: Vec<String>,
}

/// Tells HubSpot who has stayed for ten minutes at least. It does no harm to tell HubSpot again.
pub(crate) async fn tell(client: &Client, webinar: &Webinar) -> Told {
    let stayed = webinar.attendees.iter().filter(|one| one.minutes >= 10);
    let events = stayed.map(|one| WebinarAttended {
        address: &one.address,
        joined: one.joined,
        webinar: webinar.number,
        title: &webinar.title,
        minutes: one.minutes,
        rating: one.rating,
    });
    let events: Vec<WebinarAttended> = events.collect();
    let report = events.iter().send_batch(client).report().await;

    let mut told = Told::default();
    for (event, outcome) in events.iter().zip(report.outcomes()) {
        let address = event.address.to_owned();
        match outcome {
            Outcome::Created(_) | Outcome::AlreadyExists { .. } => told.count += 1,
            Outcome::Rejected(_) => told.refused.push(address),
            Outcome::NotSent { .. } | Outcome::Unknown { .. } => told.later.push(address),
        }
    }
    told
}
