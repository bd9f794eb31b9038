//! A connection that is made when it is needed, and made again when it is lost.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, NoTls, Row};

use super::error::PgmqError;
use super::error::PgmqErrorKind::{NotConnected, TimedOut};
use super::tls::Tls;

/// A value for a statement, with its type: then Postgres need not be asked for the types first.
pub(super) type Value<'v> = (&'v (dyn ToSql + Sync), Type);

pub(super) struct Connection {
    config: Config,
    tls: Option<Tls>,
    timeout: Duration,
    client: Mutex<Option<Arc<Client>>>,
}

impl Connection {
    pub(super) fn new(config: Config, tls: Option<Tls>, timeout: Duration) -> Self {
        Connection {
            config,
            tls,
            timeout,
            client: Mutex::default(),
        }
    }

    /// Runs a statement, on a new connection if there is none.
    pub(super) async fn query(
        &self,
        statement: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, PgmqError> {
        let client = self.client().await?;
        let answered = self.in_time(client.query_typed(statement, values)).await;
        if !is_sound(&client, &answered) {
            *self.client.lock().await = None;
        }
        answered
    }

    async fn client(&self) -> Result<Arc<Client>, PgmqError> {
        let mut known = self.client.lock().await;
        if let Some(client) = known.as_ref().filter(|client| !client.is_closed()) {
            return Ok(Arc::clone(client));
        }
        let client = match &self.tls {
            None => {
                let (client, connection) = self.in_time(self.config.connect(NoTls)).await?;
                tokio::spawn(connection);
                client
            }
            Some(tls) => {
                let connecting = self.config.connect(tls.clone());
                let (client, connection) = self.in_time(connecting).await?;
                tokio::spawn(connection);
                client
            }
        };
        let client = Arc::new(client);
        *known = Some(Arc::clone(&client));
        Ok(client)
    }

    async fn in_time<T>(
        &self,
        call: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, PgmqError> {
        match timeout(self.timeout, call).await {
            Ok(answered) => answered.map_err(PgmqError::driver),
            Err(_) => Err(PgmqError::timed_out(self.timeout)),
        }
    }
}

/// Whether the connection can be used again: the database has answered.
fn is_sound<T>(client: &Client, answered: &Result<T, PgmqError>) -> bool {
    let kind = answered.as_ref().err().map(PgmqError::kind);
    !client.is_closed() && !matches!(kind, Some(NotConnected | TimedOut))
}
