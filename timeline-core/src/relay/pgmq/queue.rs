//! The queue in Postgres as the queue of a relay.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_postgres::types::Type;

use super::connection::Value;
use super::error::PgmqError;
use super::handle::{Message, Pgmq};
use super::statement;
use crate::relay::queue::{Queue, Settled};
use crate::relay::settle::Settle;

/// A message that a relay has.
#[derive(Clone, Debug)]
pub struct PgmqTicket(i64);

impl Pgmq {
    /// The messages that were read already, if their lease is still long enough to work on them.
    fn at_hand(&mut self, at_most: usize) -> Vec<(Vec<u8>, PgmqTicket)> {
        let half = self.lease / 2;
        // The other messages come again by themselves.
        self.read.retain(|message| message.since.elapsed() < half);
        let count = at_most.min(self.read.len());
        let given = self.read.drain(..count);
        given
            .map(|message| (message.json.into_bytes(), PgmqTicket(message.id)))
            .collect()
    }

    async fn settle_all(
        &self,
        delivered: Vec<i64>,
        later: (Vec<i64>, Vec<i32>),
        parked: (Vec<i64>, Vec<String>),
    ) -> Result<(), PgmqError> {
        let (connection, queue) = (&self.connection, &*self.queue);
        let numbers = Type::INT8_ARRAY;
        if !parked.0.is_empty() {
            let (ids, reasons) = parked;
            let values: [Value<'_>; 4] = [
                (&queue, Type::TEXT),
                (&ids, numbers.clone()),
                (&reasons, Type::TEXT_ARRAY),
                (&&*self.dead, Type::TEXT),
            ];
            connection.query(&self.park, &values).await?;
        }
        if !delivered.is_empty() {
            let values: [Value<'_>; 2] = [(&queue, Type::TEXT), (&delivered, numbers)];
            connection.query(statement::DELETE, &values).await?;
        }
        if !later.0.is_empty() {
            self.set_vt(&later.0, &later.1).await?;
        }
        Ok(())
    }

    async fn set_vt(&self, ids: &[i64], seconds: &[i32]) -> Result<(), PgmqError> {
        let values: [Value<'_>; 3] = [
            (&&*self.queue, Type::TEXT),
            (&ids, Type::INT8_ARRAY),
            (&seconds, Type::INT4_ARRAY),
        ];
        self.connection
            .query(statement::SET_VT, &values)
            .await
            .map(drop)
    }
}

/// Whole seconds, rounded up.
fn seconds(time: Duration) -> i32 {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

impl Queue for Pgmq {
    type Ticket = PgmqTicket;
    type Error = PgmqError;

    async fn receive(
        &mut self,
        at_most: usize,
    ) -> Result<Vec<(Vec<u8>, Self::Ticket)>, Self::Error> {
        let at_hand = self.at_hand(at_most);
        if !at_hand.is_empty() {
            return Ok(at_hand);
        }
        // The read is a task of its own: if this future is dropped, the messages that it reads are given next time, and
        // not only when their lease is over.
        let reading = self.reading.get_or_insert_with(|| {
            let (connection, queue) = (Arc::clone(&self.connection), Arc::clone(&self.queue));
            let (lease, at_most) = (seconds(self.lease), i32::try_from(at_most));
            let at_most = at_most.unwrap_or(i32::MAX);
            tokio::spawn(async move {
                let since = Instant::now();
                let values: [Value<'_>; 3] = [
                    (&&*queue, Type::TEXT),
                    (&lease, Type::INT4),
                    (&at_most, Type::INT4),
                ];
                let rows = connection.query(statement::READ, &values).await?;
                let messages = rows.iter().map(|row| {
                    let json: Option<String> = row.try_get(1)?;
                    Ok(Message {
                        id: row.try_get(0)?,
                        // A message without content is no sealed event, and the relay says so.
                        json: json.unwrap_or_default(),
                        since,
                    })
                });
                messages
                    .collect::<Result<_, _>>()
                    .map_err(PgmqError::driver)
            })
        });
        let read = reading.await;
        self.reading = None;
        self.read = read.unwrap_or_else(|_| Err(PgmqError::ended()))?;
        Ok(self.at_hand(at_most))
    }

    async fn settle(&mut self, settled: Vec<Settled<Self::Ticket>>) -> Result<(), Self::Error> {
        let (mut delivered, mut later, mut parked) = (
            Vec::new(),
            (Vec::new(), Vec::new()),
            (Vec::new(), Vec::new()),
        );
        for Settled {
            ticket: PgmqTicket(id),
            settle,
            outcome,
        } in settled
        {
            match settle {
                Settle::Done => delivered.push(id),
                Settle::Again(after) => {
                    later.0.push(id);
                    later.1.push(seconds(after));
                }
                Settle::Park => {
                    parked.0.push(id);
                    parked.1.push(outcome.to_string());
                }
            }
        }
        self.settle_all(delivered, later, parked).await
    }

    async fn hold(&mut self, tickets: &[&Self::Ticket]) -> Result<(), Self::Error> {
        let ids: Vec<i64> = tickets.iter().map(|ticket| ticket.0).collect();
        let leases = vec![seconds(self.lease); ids.len()];
        self.set_vt(&ids, &leases).await
    }
}
