//! The client for programs without an async runtime: `.wait()` takes the place of `.await`.
//!
//! A blocking client has a small runtime of its own, on one thread. It also works inside an async runtime, where it blocks
//! the thread that calls it.
//!
//! Inside its own callbacks (`on_undelivered`, `on_progress`, `metrics`, `on_refresh`, `token_provider`) a blocking call
//! would wait for itself, so it is refused: events end as [`NotSent`](crate::Outcome::NotSent), and [`event`](Client::event)
//! returns an error. Calls that need not wait work there: [`Sender::send`] while there is room, and [`Sender::try_send`].
//!
//! ```
//! # #[cfg(all(feature = "sandbox", feature = "derive"))]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use timeline_core::blocking::{Client, SendBatch};
//! use timeline_core::{EventInput, Sandbox};
//! # let sandbox = tokio::runtime::Builder::new_current_thread().build()?.block_on(Sandbox::start())?;
//! # let template = timeline_core::EventTemplate::new("Visited", timeline_core::ObjectType::Contacts);
//! # let template_id = sandbox.add_template(template);
//!
//! let client = Client::new(sandbox.client())?;
//! let report = (0..250)
//!     .map(|n| EventInput::new(&template_id).email(format!("visitor-{n}@example.com")))
//!     .send_batch(&client)
//!     .wait()?;
//! assert_eq!(report.created(), 250);
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "sandbox", feature = "derive")))]
//! # fn main() {}
//! ```

mod background;
mod client;
mod sender;

pub use self::client::{Client, Outcomes, SendBatch, Sending};
pub use self::sender::{Pending, Sender};
