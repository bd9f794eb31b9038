//! The outbox as a queue of a relay.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::select;

use super::command::RowFate;
use super::error::OutboxError;
use super::handle::Outbox;
use super::leases::{LEASE, Row};
use super::rows::TakenEvent;
use crate::relay::queue::{Queue, Settled};
use crate::relay::settle::Settle;

/// The longest wait for a file in which nothing happens. New events are noticed at once.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// An event of an outbox that a relay has.
#[derive(Clone, Debug)]
pub struct OutboxTicket {
    pub(super) row: Row,
    /// The event's id.
    pub(super) id: Box<str>,
}

impl Queue for Outbox {
    type Ticket = OutboxTicket;
    type Error = OutboxError;

    /// Waits until there are events.
    async fn receive(
        &mut self,
        at_most: usize,
    ) -> Result<Vec<(Vec<u8>, Self::Ticket)>, Self::Error> {
        loop {
            let mut news = self.news();
            let taken = self.take(at_most, LEASE).await?;
            if !taken.events.is_empty() {
                for following in self.following() {
                    for event in &taken.events {
                        following.is_out(&event.id);
                    }
                }
                let given = |TakenEvent { row, id, message }| (message, OutboxTicket { row, id });
                return Ok(taken.events.into_iter().map(given).collect());
            }
            let wait = taken.wait.unwrap_or(LONGEST_WAIT);
            select(pin!(news.changed()), self.clock().sleep(wait)).await;
        }
    }

    async fn settle(&mut self, settled: Vec<Settled<Self::Ticket>>) -> Result<(), Self::Error> {
        // All events are noted: an event that is not followed now may be enqueued again, and followed, before it is settled.
        let following = self.following();
        let mut told = Vec::new();
        if !following.is_empty() {
            let tell = |one: &Settled<OutboxTicket>| {
                let OutboxTicket { row, id } = &one.ticket;
                (id.clone(), *row, one.settle, one.outcome.clone())
            };
            told.extend(settled.iter().map(tell));
        }
        let fate = |one: Settled<OutboxTicket>| {
            let fate = match one.settle {
                Settle::Done => RowFate::Done,
                Settle::Again(after) => RowFate::Again(after),
                Settle::Park => RowFate::Park(one.outcome.to_string()),
            };
            (one.ticket.row, fate)
        };
        self.settle_rows(settled.into_iter().map(fate).collect())
            .await?;
        for following in following {
            for (id, row, settle, outcome) in &told {
                following.settled(id, *row, *settle, outcome);
            }
            following.give_up_if_all_come_later();
        }
        Ok(())
    }

    async fn hold(&mut self, tickets: &[&Self::Ticket]) -> Result<(), Self::Error> {
        let rows = tickets.iter().map(|ticket| ticket.row).collect();
        self.hold_rows(rows, LEASE).await
    }
}
