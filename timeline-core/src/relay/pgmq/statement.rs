//! The SQL statements. Each is a transaction of its own and is not prepared, so that a pooler between may hand each to
//! another connection.

/// Puts an event into a queue: `$1` is the queue's name and `$2` the JSON of a [`SealedEvent`](crate::SealedEvent), both as text. It
/// gives the message's number.
///
/// It is one plain statement for any driver, meant to be run in the transaction that writes what has happened: then either both
/// are there or none is. The queue exists once a [`Pgmq`](super::Pgmq) was connected to it, or after `SELECT pgmq.create('…')`.
///
/// ```
/// use timeline_core::pgmq::ENQUEUE_SQL;
/// # let _ = r#"
/// let transaction = database.transaction().await?;
/// transaction.execute("INSERT INTO adoptions …", &[…]).await?;
/// let event = serde_json::to_string(&client.seal(&adopted)?)?;
/// transaction.execute(ENQUEUE_SQL, &[&"timeline", &event]).await?;
/// transaction.commit().await?;
/// # "#;
/// assert_eq!(ENQUEUE_SQL, "SELECT pgmq.send($1::text, $2::text::jsonb)");
/// ```
pub const ENQUEUE_SQL: &str = "SELECT pgmq.send($1::text, $2::text::jsonb)";

/// Asks whether the schema is there, and each of the tables. `$1`: the tables of the queue and of its dead messages.
pub(super) const FIND: &str = "SELECT to_regnamespace('pgmq') IS NOT NULL, to_regclass($1[1]) IS NOT NULL, \
     to_regclass($1[2]) IS NOT NULL";

pub(super) const CREATE: &str = "SELECT pgmq.create($1)";

/// `$1`: the queue, `$2`: the seconds of the lease, `$3`: how many messages.
pub(super) const READ: &str = "SELECT msg_id, message::text FROM pgmq.read($1, $2, $3)";

/// `$1`: the queue, `$2`: the messages' numbers.
pub(super) const DELETE: &str = "SELECT count(*) FROM pgmq.delete($1, $2)";

/// `$1`: the queue, `$2`: the messages' numbers, `$3`: the seconds. It makes one call for each message: versions before 1.8
/// have no call for several.
pub(super) const SET_VT: &str = "SELECT count(*) FROM unnest($2, $3) AS later (id, seconds), \
     LATERAL pgmq.set_vt($1, later.id, later.seconds)";

/// Keeps messages with their reasons in the queue of dead messages, and archives them, in one statement. If two relays park
/// the same message, the second waits for the first, and does not find the message any more.
pub(super) fn park(table: &str) -> String {
    format!(
        "WITH refused AS MATERIALIZED ( \
             SELECT queue.msg_id, why.reason, queue.message \
             FROM unnest($2, $3) AS why (id, reason) JOIN {table} AS queue ON queue.msg_id = why.id \
             FOR UPDATE OF queue \
         ), dead AS MATERIALIZED ( \
             SELECT pgmq.send($4, jsonb_build_object('reason', reason, 'message', message)) AS id FROM refused \
         ) \
         SELECT count(*) FROM pgmq.archive( \
             $1, (SELECT array_agg(msg_id) FROM refused WHERE (SELECT count(dead.id) FROM dead) > 0) \
         )"
    )
}
