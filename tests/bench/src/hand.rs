//! The loops that are written by hand: batches of 100, 8 requests at once. A batch whose request fails is an error, and the
//! others go on.

use std::iter;

use futures_util::{StreamExt, stream};

use crate::Job;
use crate::support::by_hand::{lean, usual};
use crate::support::events::Adopted;
use crate::told::{Told, Word};

const BATCH_SIZE: usize = 100;
const CONCURRENCY: usize = 8;

pub(crate) struct Way {
    http: reqwest::Client,
    url: String,
    is_lean: bool,
}

impl Way {
    pub(crate) fn new(url: &str, is_lean: bool) -> Self {
        Way {
            http: reqwest::Client::new(),
            url: url.to_owned(),
            is_lean,
        }
    }

    pub(crate) async fn send(&self, job: &Job) -> Told {
        let mut events = job.events();
        let batches = iter::from_fn(|| {
            let batch: Vec<Adopted> = events.by_ref().take(BATCH_SIZE).collect();
            (!batch.is_empty()).then_some(batch)
        });
        let posts = stream::iter(batches).map(|batch| self.post(batch, job.tells));
        let told = posts.buffer_unordered(CONCURRENCY);
        told.fold(Told::default(), async |mut all, batch| {
            all.add(batch);
            all
        })
        .await
    }

    async fn post(&self, batch: Vec<Adopted>, tells: bool) -> Told {
        let missing = match self.is_lean {
            true => lean::send(&self.http, &self.url, &batch).await,
            false => usual::send(&self.http, &self.url, &batch).await,
        };
        let mut told = Told::default();
        match missing {
            Ok(missing) if !tells => {
                told.count(Word::Created, batch.len() - missing.len());
                told.count(Word::Rejected, missing.len());
            }
            Err(_) if !tells => told.count(Word::Nothing, batch.len()),
            missing => {
                for event in &batch {
                    let word = match &missing {
                        Ok(missing) if missing.contains(&&*event.id) => Word::Rejected,
                        Ok(_) => Word::Created,
                        Err(_) => Word::Nothing,
                    };
                    told.tell(word, &event.id);
                }
            }
        }
        told
    }
}
