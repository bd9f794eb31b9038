//! The handle of a queue in Postgres.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_postgres::Config;
use tokio_postgres::types::Type;

use super::connection::Connection;
use super::error::PgmqError;
use super::settings::PgmqBuilder;
use super::statement;
use super::tls::tls;

/// A queue of sealed events in a Postgres of your own.
///
/// Events come into it by [`ENQUEUE_SQL`](super::ENQUEUE_SQL), in the transaction that writes what has happened. Relays on any
/// number of hosts ([`Client::relay`](crate::Client::relay) with a `Pgmq` of their own) share it: a message that one relay has
/// read is hidden from the others while that relay works on it, and comes again if the relay dies.
///
/// - A message whose event is on HubSpot is deleted. A message whose event did not get there comes again after a while.
/// - A message whose event HubSpot refuses goes to a second queue, `<queue>_dead`, as `{"reason": "…", "message": {…}}`, and
///   the original into pgmq's archive, in one transaction.
///
/// The functions of pgmq have to be in the database: `CREATE EXTENSION pgmq` where the server has it (Supabase Queues is
/// pgmq), else pgmq's own file `pgmq.sql`, which is plain SQL and needs no extension: `psql -f pgmq.sql`. This queue was tested
/// with pgmq 1.11.1 on Postgres 15; the calls that it uses are there since 1.4.
///
/// One account's limit is shared by all hosts that work for it, and they know of each other by HubSpot's headers alone: a
/// queue for each account keeps a busy one from holding up the others.
///
/// ```no_run
/// # async fn run(client: timeline_core::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use timeline_core::pgmq::Pgmq;
///
/// let queue = Pgmq::connect("postgresql://app:secret@db.example.com/app", "timeline").await?;
/// # let stop = std::future::pending::<()>();
/// // `stop` is any future that ends it: `tokio::signal::ctrl_c()`, for instance.
/// let report = client.relay(queue).stop_on(stop).await?;
/// println!("{report}");
/// # Ok(())
/// # }
/// ```
///
/// **The connection.** One, made again when it is lost. A host that is not this machine is reached by TLS, with the
/// certificate checked against the platform's roots or [`root_certificate`](PgmqBuilder::root_certificate); `sslmode=disable` in the
/// configuration turns that off. Each call is one statement and none is prepared, so a pooler in transaction mode will do.
///
/// **What `jsonb` changes.** The order of keys, and the spelling of numbers (`1e2` becomes `100`); texts and tokens stay as
/// they are. A text with the character U+0000 is refused by Postgres, and with it the transaction.
pub struct Pgmq {
    pub(super) connection: Arc<Connection>,
    pub(super) queue: Arc<str>,
    pub(super) dead: Box<str>,
    pub(super) park: Box<str>,
    pub(super) lease: Duration,
    /// A read whose caller has gone; in `read`, the messages beyond those that were asked for.
    pub(super) reading: Option<Reading>,
    pub(super) read: Vec<Message>,
}

/// A message, with the time when it was asked for.
pub(super) struct Message {
    pub(super) id: i64,
    pub(super) json: String,
    pub(super) since: Instant,
}

pub(super) type Reading = JoinHandle<Result<Vec<Message>, PgmqError>>;

impl Pgmq {
    /// Connects with the default settings, and makes the queue and the one for its dead messages if they are not there; see
    /// [`PgmqBuilder::connect`].
    ///
    /// # Errors
    ///
    /// As [`PgmqBuilder::connect`].
    pub async fn connect(config: &str, queue: &str) -> Result<Self, PgmqError> {
        Self::builder().connect(config, queue).await
    }

    /// Settings for a queue.
    pub fn builder() -> PgmqBuilder {
        PgmqBuilder::new()
    }
}

impl PgmqBuilder {
    /// Connects, and makes the queue and `<queue>_dead` if they are not there. The configuration is a URL
    /// (`postgresql://user:password@host/database`) or `host=… user=… password=… dbname=…`; the queue's name has 1 to 42 of `a` to
    /// `z`, `0` to `9` and `_`.
    ///
    /// # Errors
    ///
    /// [`PgmqError`] if the configuration or the name is invalid, there is no connection, the server refuses it, or pgmq is
    /// not in the database.
    pub async fn connect(self, config: &str, queue: &str) -> Result<Pgmq, PgmqError> {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if queue.is_empty() || queue.len() > LONGEST_NAME || !queue.bytes().all(is_name) {
            return Err(PgmqError::invalid_name(queue));
        }
        let mut config: Config = config.parse().map_err(|_| PgmqError::invalid_config())?;
        if config.get_application_name().is_none() {
            config.application_name("timeline-core");
        }
        let tls = tls(&mut config, self.root_certificate.as_deref())?;
        let connection = Connection::new(config, tls, self.timeout);
        let (table, dead) = (table(queue), format!("{queue}_dead"));

        let tables = vec![table.clone(), self::table(&dead)];
        let found = connection
            .query(statement::FIND, &[(&tables, Type::TEXT_ARRAY)])
            .await?;
        let found = |column: usize| {
            let row = found.first();
            row.is_some_and(|row| row.try_get(column).unwrap_or(false))
        };
        if !found(0) {
            return Err(PgmqError::not_installed());
        }
        for (name, is_there) in [(queue, found(1)), (&dead, found(2))] {
            if !is_there {
                connection
                    .query(statement::CREATE, &[(&name, Type::TEXT)])
                    .await?;
            }
        }
        Ok(Pgmq {
            connection: Arc::new(connection),
            queue: queue.into(),
            park: statement::park(&table).into(),
            dead: dead.into(),
            lease: self.lease,
            reading: None,
            read: Vec::new(),
        })
    }
}

/// pgmq allows 47 bytes, of which `_dead` takes five.
const LONGEST_NAME: usize = 42;

/// The table of a queue. Its name has been checked.
fn table(queue: &str) -> String {
    format!("pgmq.q_{queue}")
}

/// The queue's name and the lease, not the configuration, which has a password.
impl fmt::Debug for Pgmq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pgmq")
            .field("queue", &self.queue)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}
