//! Two ways to send a batch with reqwest and serde, written by hand. Each gives the ids that the answer does not list.
//!
//! `lean` is as lean as it can be: everything is borrowed, the timestamps are constants, and nothing is tried again.
//! `usual` is as such code is written with care: serde structs that own their texts, timestamps that are formatted,
//! `.json(…)` on both ways, a look at the status, three more attempts after a 429 or a 5xx, and a comparison of the
//! answer with what was sent.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::events::{Adopted, ByHand, Visit};
use super::{ACCESS_TOKEN, Result};

fn address(url: &str) -> String {
    format!("{url}/integrators/timeline/v3/events/batch/create")
}

pub(crate) mod lean {
    use super::*;

    #[derive(Serialize)]
    struct Batch<'a> {
        inputs: Vec<ByHand<'a>>,
    }

    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        results: Vec<Created<'a>>,
    }

    #[derive(Deserialize)]
    struct Created<'a> {
        id: &'a str,
    }

    pub(crate) async fn send<'b>(
        http: &reqwest::Client,
        url: &str,
        batch: &'b [Adopted],
    ) -> Result<Vec<&'b str>> {
        let inputs = batch.iter().map(ByHand::from).collect();
        let request = http
            .post(address(url))
            .bearer_auth(ACCESS_TOKEN)
            .header("content-type", "application/json")
            .body(serde_json::to_vec(&Batch { inputs })?);
        let response = request.send().await?.error_for_status()?;
        let body = response.bytes().await?;
        let answer: Answer<'_> = serde_json::from_slice(&body)?;
        let mut sent: HashSet<&str> = batch.iter().map(|event| &*event.id).collect();
        for created in &answer.results {
            if !sent.remove(created.id) {
                return Err("an id that was not sent".into());
            }
        }
        Ok(sent.into_iter().collect())
    }
}

pub(crate) mod usual {
    use super::*;

    /// What a program without this crate has for an event.
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Owned {
        event_template_id: String,
        id: String,
        email: String,
        timestamp: String,
        tokens: HashMap<String, String>,
        extra_data: Visit,
    }

    impl From<&Adopted> for Owned {
        fn from(event: &Adopted) -> Self {
            let timestamp = jiff::Timestamp::try_from(event.adopted_at);
            let tokens = [
                ("petName", event.name.clone()),
                ("petKind", event.kind.clone()),
                ("petAge", event.age.to_string()),
            ];
            Owned {
                event_template_id: "1001298".to_owned(),
                id: event.id.clone(),
                email: event.owner.clone(),
                timestamp: timestamp.map_or_else(|_| String::new(), |time| format!("{time:.3}")),
                tokens: tokens.map(|(name, value)| (name.to_owned(), value)).into(),
                extra_data: event.visit.clone(),
            }
        }
    }

    #[derive(Serialize)]
    struct Batch {
        inputs: Vec<Owned>,
    }

    #[derive(Deserialize)]
    struct Answer {
        results: Vec<Created>,
    }

    #[derive(Deserialize)]
    struct Created {
        id: String,
    }

    /// The pauses before the second, the third and the last attempt.
    const PAUSES: [Duration; 3] = [
        Duration::from_secs(1),
        Duration::from_secs(2),
        Duration::from_secs(4),
    ];

    pub(crate) async fn send<'b>(
        http: &reqwest::Client,
        url: &str,
        batch: &'b [Adopted],
    ) -> Result<Vec<&'b str>> {
        let url = address(url);
        let batch_json = Batch {
            inputs: batch.iter().map(Owned::from).collect(),
        };
        let mut pauses = PAUSES.into_iter();
        let response = loop {
            let request = http.post(&url).bearer_auth(ACCESS_TOKEN).json(&batch_json);
            let response = request.send().await?;
            let status = response.status();
            let may_pass = status.is_server_error() || status.as_u16() == 429;
            if may_pass && let Some(pause) = pauses.next() {
                tokio::time::sleep(pause).await;
                continue;
            }
            break response.error_for_status()?;
        };
        let answer: Answer = response.json().await?;
        let created: HashSet<String> = answer.results.into_iter().map(|of| of.id).collect();
        let ids = batch.iter().map(|event| &*event.id);
        Ok(ids.filter(|id| !created.contains(*id)).collect())
    }
}
