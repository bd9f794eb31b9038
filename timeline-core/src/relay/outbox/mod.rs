//! An embedded queue: events on disk in one SQLite file, until HubSpot has them. `writer` is the thread that has the file,
//! `table` is the content of the file, and `rows` has the statements.

mod aside;
mod command;
mod error;
mod file;
mod following;
mod handle;
mod leases;
mod queue;
mod rows;
mod sender;
mod settings;
mod stats;
mod table;
mod writer;

pub use self::error::{OutboxError, OutboxErrorKind};
pub use self::handle::Outbox;
pub use self::queue::OutboxTicket;
pub use self::settings::OutboxBuilder;
pub use self::stats::{Dead, OutboxStats, Waiting};
