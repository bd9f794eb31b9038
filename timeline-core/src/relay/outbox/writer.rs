//! The outbox's thread: it alone uses the file. Commands that come in while it writes are one transaction next, with one
//! wait for the disk.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::watch;

use super::command::{Command, Enqueued, Now, Reply, Taken};
use super::error::OutboxError;
use super::leases::Row;
use super::stats::{Dead, OutboxStats, Waiting};
use super::table::{Admitted, Changes, Table};
use crate::client::Clock;

/// How many commands are one transaction at most.
const TOGETHER: usize = 512;

/// After its work the thread looks for more this long before it sleeps. Otherwise a task that enqueues one event after the
/// other would wait as long for the thread to wake up as for a fast disk.
const SPIN: Duration = Duration::from_micros(30);

/// Runs until the outbox is closed, or all its handles are gone.
pub(super) fn run(
    connection: Connection,
    limit: usize,
    commands: &Receiver<Command>,
    news: &watch::Sender<u64>,
    clock: &dyn Clock,
) {
    let closed = match Table::new(&connection, limit) {
        Ok(table) => Writer { table, news, clock }.serve(commands),
        Err(error) => {
            let error = OutboxError::sqlite(error);
            loop {
                match commands.recv() {
                    Ok(Command::Close(reply)) => break Some(reply),
                    Ok(command) => command.fail(error.clone()),
                    Err(_) => break None,
                }
            }
        }
    };
    // Moves the log into the file, and ends the lock.
    drop(connection);
    if let Some(closed) = closed {
        drop(closed.send(Ok(())));
    }
    while let Ok(command) = commands.try_recv() {
        command.fail(OutboxError::closed());
    }
}

struct Writer<'w> {
    table: Table<'w>,
    /// Counts up when there may be something to take.
    news: &'w watch::Sender<u64>,
    /// Commands may have waited for the thread, so the time of a command is that at which it is carried out.
    clock: &'w dyn Clock,
}

/// An answer that is sent once the transaction is on the disk.
enum Answer {
    Unit(Reply<()>),
    /// The file is rewritten before it is sent, since that is no part of a transaction.
    Vacuum(Reply<()>),
    Enqueued(Reply<Enqueued>, Result<Enqueued, OutboxError>),
    Taken(Reply<Taken>, Taken),
    Stats(Reply<OutboxStats>, OutboxStats),
    Waiting(Reply<Vec<Waiting>>, Vec<Waiting>),
    Aside(Reply<Vec<(Row, String)>>, Vec<(Row, String)>),
    Dead(Reply<Vec<Dead>>, Vec<Dead>),
    Count(Reply<usize>, usize),
}

impl From<Admitted> for Answer {
    fn from((reply, enqueued): Admitted) -> Self {
        Answer::Enqueued(reply, enqueued)
    }
}

impl Answer {
    fn fail(self, error: OutboxError) {
        match self {
            Answer::Unit(reply) | Answer::Vacuum(reply) => drop(reply.send(Err(error))),
            Answer::Enqueued(reply, _) => drop(reply.send(Err(error))),
            Answer::Taken(reply, _) => drop(reply.send(Err(error))),
            Answer::Stats(reply, _) => drop(reply.send(Err(error))),
            Answer::Waiting(reply, _) => drop(reply.send(Err(error))),
            Answer::Aside(reply, _) => drop(reply.send(Err(error))),
            Answer::Dead(reply, _) => drop(reply.send(Err(error))),
            Answer::Count(reply, _) => drop(reply.send(Err(error))),
        }
    }
}

/// The value of an answer, and whether the transaction goes on. After an error the value is not sent.
fn told<T: Default>(done: rusqlite::Result<T>) -> (T, rusqlite::Result<()>) {
    match done {
        Ok(value) => (value, Ok(())),
        Err(error) => (T::default(), Err(error)),
    }
}

/// The next command; `None` at the end.
fn next(commands: &Receiver<Command>) -> Option<Command> {
    let since = Instant::now();
    while since.elapsed() < SPIN {
        match commands.try_recv() {
            Ok(command) => return Some(command),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => std::hint::spin_loop(),
        }
    }
    commands.recv().ok()
}

impl Writer<'_> {
    /// Serves commands. Returns the reply of the command that has closed the outbox, if one has.
    fn serve(&mut self, commands: &Receiver<Command>) -> Option<Reply<()>> {
        loop {
            let mut together = Vec::new();
            if !self.table.has_ready() {
                together.push(next(commands)?);
            }
            while together.len() < TOGETHER {
                match commands.try_recv() {
                    Ok(command) => together.push(command),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
            }
            let closed = self.transaction(together);
            if closed.is_some() {
                for reply in self.table.replies_of_deferred() {
                    drop(reply.send(Err(OutboxError::closed())));
                }
                return closed;
            }
        }
    }

    /// Carries out all commands in one transaction. Returns the reply of a command that closes the outbox: it is the last one
    /// that is carried out.
    fn transaction(&mut self, commands: Vec<Command>) -> Option<Reply<()>> {
        let mut commands = commands.into_iter();
        let (mut changes, mut answers, mut closed) = (Changes::default(), Vec::new(), None);
        let mut done = self.table.begin();
        while done.is_ok()
            && let Some(waited) = self.table.next_ready(&changes)
        {
            let (answer, next) = self.table.enqueue(waited, true, &mut changes);
            answers.extend(answer.map(Answer::from));
            done = next;
        }
        while done.is_ok()
            && closed.is_none()
            && let Some(command) = commands.next()
        {
            match self.carry_out(command, &mut changes) {
                ControlFlow::Break(reply) => closed = Some(reply),
                ControlFlow::Continue((answer, next)) => {
                    answers.extend(answer);
                    done = next;
                }
            }
        }
        match done.and_then(|()| self.table.commit()) {
            Ok(()) => {
                if self.table.apply(changes) {
                    self.news.send_modify(|news| *news = news.wrapping_add(1));
                }
                for answer in answers {
                    self.answer(answer);
                }
                // These commands came after the one that closes the outbox.
                commands.for_each(|command| command.fail(OutboxError::closed()));
            }
            Err(error) => {
                self.table.roll_back(changes);
                let error = OutboxError::sqlite(error);
                for answer in answers {
                    answer.fail(error.clone());
                }
                for command in commands {
                    match command {
                        // The outbox is closed all the same.
                        Command::Close(reply) if closed.is_none() => closed = Some(reply),
                        command => command.fail(error.clone()),
                    }
                }
                // Enqueues that wait for room would be tried again at once, and again.
                for reply in self.table.replies_of_deferred() {
                    drop(reply.send(Err(error.clone())));
                }
            }
        }
        closed
    }

    /// Carries out one command; the answer is sent once the transaction is on the disk. Breaks for a command that closes the
    /// outbox.
    fn carry_out(
        &mut self,
        command: Command,
        changes: &mut Changes,
    ) -> ControlFlow<Reply<()>, (Option<Answer>, rusqlite::Result<()>)> {
        let now = Now::of(self.clock);
        let (answer, next) = match command {
            Command::Close(reply) => return ControlFlow::Break(reply),
            Command::Enqueue(enqueue) => {
                let (answer, next) = self.table.enqueue(enqueue, false, changes);
                return ControlFlow::Continue((answer.map(Answer::from), next));
            }
            Command::Take {
                at_most,
                lease,
                reply,
            } => {
                let (taken, next) = told(self.table.take(at_most, now, lease, changes));
                (Answer::Taken(reply, taken), next)
            }
            Command::Settle { settled, reply } => {
                let done = self.table.settle(settled, now, changes);
                (Answer::Unit(reply), done)
            }
            Command::Hold { rows, lease, reply } => {
                self.table.hold(rows, now.elapsed.saturating_add(lease));
                (Answer::Unit(reply), Ok(()))
            }
            Command::Vacuum(reply) => (Answer::Vacuum(reply), Ok(())),
            Command::Stats(reply) => {
                let (stats, next) = told(self.table.stats(changes));
                (Answer::Stats(reply, stats), next)
            }
            Command::Waiting(reply) => {
                let (waiting, next) = told(self.table.all_waiting());
                (Answer::Waiting(reply, waiting), next)
            }
            Command::PutAside { ids, reply } => {
                let (aside, next) = told(self.table.put_aside(ids, now, changes));
                (Answer::Aside(reply, aside), next)
            }
            Command::Dead(reply) => {
                let (dead, next) = told(self.table.all_dead());
                (Answer::Dead(reply, dead), next)
            }
            Command::Revive(ids, reply) => {
                let (count, next) = told(self.table.revive(&ids, changes));
                (Answer::Count(reply, count), next)
            }
            Command::Discard(ids, reply) => {
                let (count, next) = told(self.table.discard(&ids, changes));
                (Answer::Count(reply, count), next)
            }
        };
        ControlFlow::Continue((Some(answer), next))
    }

    /// Rewrites the file. Leases end later by the time that this takes, since no relay can prolong them meanwhile.
    fn vacuum(&mut self) -> rusqlite::Result<()> {
        let begun = self.clock.elapsed();
        let done = self.table.vacuum();
        self.table
            .put_off_leases(self.clock.elapsed().saturating_sub(begun));
        done
    }

    fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::Unit(reply) => drop(reply.send(Ok(()))),
            Answer::Vacuum(reply) => {
                drop(reply.send(self.vacuum().map_err(OutboxError::sqlite)));
            }
            Answer::Enqueued(reply, enqueued) => drop(reply.send(enqueued)),
            Answer::Stats(reply, stats) => drop(reply.send(Ok(stats))),
            Answer::Waiting(reply, waiting) => drop(reply.send(Ok(waiting))),
            Answer::Aside(reply, aside) => drop(reply.send(Ok(aside))),
            Answer::Dead(reply, dead) => drop(reply.send(Ok(dead))),
            Answer::Count(reply, count) => drop(reply.send(Ok(count))),
            Answer::Taken(reply, taken) => {
                if let Err(Ok(unseen)) = reply.send(Ok(taken)) {
                    self.table.give_back(unseen);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use tokio::sync::{oneshot, watch};

    use super::super::command::{Command, Enqueue, Now, Reply};
    use super::super::error::{OutboxError, OutboxErrorKind};
    use super::super::file;
    use super::super::rows::NewEvent;
    use super::super::stats::OutboxStats;
    use crate::client::SystemClock;

    /// Enqueues all of this at once, so that it is one transaction, in a file that may have so many pages. Returns the answers.
    fn ask(
        pages: u32,
        together: Vec<Vec<NewEvent>>,
    ) -> (Vec<Result<(), OutboxError>>, OutboxStats) {
        let path =
            std::env::temp_dir().join(format!("timeline-full-{}-{pages}", std::process::id()));
        drop(std::fs::remove_file(&path));
        let connection = file::open(&path, Duration::ZERO).expect("an outbox");
        let limited = format!("PRAGMA max_page_count = {pages}");
        let limited = connection.query_row(&limited, [], |_| Ok(()));
        limited.expect("a limit");
        let (commands, received) = channel();
        let mut answers = Vec::new();
        for events in together {
            let (reply, answer) = oneshot::channel();
            let enqueue = Enqueue {
                events,
                waits: false,
                now: Now {
                    elapsed: Duration::ZERO,
                    of_day: 1,
                },
                reply: Reply::Task(reply),
                held: None,
            };
            commands.send(Command::Enqueue(enqueue)).expect("open");
            answers.push(answer);
        }
        let (reply, stats) = oneshot::channel();
        commands
            .send(Command::Stats(Reply::Task(reply)))
            .expect("open");
        let (reply, again) = oneshot::channel();
        commands
            .send(Command::Stats(Reply::Task(reply)))
            .expect("open");
        drop((commands, stats));
        super::run(
            connection,
            1_000,
            &received,
            &watch::Sender::new(0),
            &SystemClock::new(),
        );
        drop(std::fs::remove_file(&path));
        let answers = answers.into_iter().map(|answer| answer.blocking_recv());
        let answers = answers
            .map(|answer| answer.expect("an answer").map(drop))
            .collect();
        (
            answers,
            again
                .blocking_recv()
                .expect("an answer")
                .unwrap_or_default(),
        )
    }

    fn events(names: std::ops::Range<u32>, bytes: usize) -> Vec<NewEvent> {
        let event = |name: u32| NewEvent {
            id: name.to_string().into(),
            message: vec![b' '; bytes],
        };
        names.map(event).collect()
    }

    /// If events do not fit on the disk, each call whose events were to be written with them gets an error.
    #[test]
    fn a_full_disk_is_told() {
        let (answers, _) = ask(
            20,
            vec![
                events(0..2, 100),
                events(2..40, 10_000),
                events(40..42, 100),
            ],
        );
        for answer in answers {
            let error = answer.expect_err("no room on the disk");
            assert_eq!(error.kind(), OutboxErrorKind::DiskFull, "{error}");
            assert!(std::error::Error::source(&error).is_some());
        }
        let (answers, stats) = ask(2_000, vec![events(0..2, 100), events(2..40, 10_000)]);
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(stats.waiting, 40);
    }
}
