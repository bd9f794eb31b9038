//! A queue in a Postgres of the user's own, by the functions of [pgmq](https://github.com/pgmq/pgmq): `queue` implements the
//! relay's trait, `connection` is the connection to Postgres, `statement` has the SQL.

mod connection;
mod error;
mod handle;
mod queue;
mod settings;
mod statement;
mod tls;

pub use self::error::{PgmqError, PgmqErrorKind};
pub use self::handle::Pgmq;
pub use self::queue::PgmqTicket;
pub use self::settings::PgmqBuilder;
pub use self::statement::ENQUEUE_SQL;
