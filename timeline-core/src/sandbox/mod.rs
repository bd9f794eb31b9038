//! A simulated HubSpot for tests and experiments: an HTTP server on 127.0.0.1 with the v3 timeline API and the API of
//! app events. It checks what HubSpot documents as checked, holds the events that it accepts, and can inject faults.
//! Any client can use it.
//!
//! ```
//! use timeline_core::{EventInput, EventTemplate, ObjectType, SendBatch, TokenDefinition};
//! use timeline_core::sandbox::{Fault, Sandbox};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let sandbox = Sandbox::start().await?;
//! let template = EventTemplate::new("Pet adopted", ObjectType::Contacts)
//!     .token(TokenDefinition::new::<str>("petName", "Pet name")?);
//! let template_id = sandbox.add_template(template); // for your own types: sandbox.register::<PetAdopted>()
//! sandbox.inject(Fault::cut_after()); // the first batch is stored, and its answer lost
//!
//! let event = EventInput::new(template_id).email("ada@example.com").token("petName", "Rex");
//! let report = [event].send_batch(&sandbox.client()).await?;
//!
//! assert_eq!((report.requests(), report.retries()), (2, 1));
//! let events = sandbox.events();
//! assert_eq!((events.len(), events[0].writes, events[0].sent), (1, 1, 2));
//! assert_eq!(events[0].tokens["petName"], "Rex");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Other clients send their requests to [`base_url`](Sandbox::base_url).
//!
//! # What it checks
//!
//! | what | answer |
//! |---|---|
//! | an unknown path; another method | 404 "resource not found", without a category; 405 |
//! | an event's `detail` or `render` | 501: the sandbox renders no templates |
//! | no access token, or a revoked one; an expired or unreadable one | 401 `INVALID_AUTHENTICATION`; 401 `EXPIRED_AUTHENTICATION` |
//! | a token without the scope ([`scopes`](SandboxBuilder::scopes)) | 403 `MISSING_SCOPES` with the scope's name |
//! | a body over 4,000,000 bytes ([`Rules::request_bytes`]) | 413 |
//! | a content type other than `application/json` | 415 |
//! | a body that is not JSON; a key that has another type | 400, nothing is created |
//! | a key that is missing | 400 with the place, the type and the key, without a category; nothing is created |
//! | more than 100 events ([`Rules::events_per_batch`]) | 400, nothing is created |
//! | an unknown template, an undeclared token | the event is refused |
//! | a value that is not its token's: a number, a date in milliseconds, one of the options | the event is refused |
//! | no `objectId`, nor `utk` or `email` for a contact | the event is refused |
//! | an `email` that is no address | the event is refused, code `INVALID_EMAIL_ADDRESS` |
//! | an id over 500 bytes, a token over 510,000, an event over 1,000,000 | the event is refused, its id in the message |
//! | an iframe's side over 2,147,483,647 pixels | 400, nothing is created |
//! | an id that is already in use ([`Rules::same_id`], [`Rules::other_object`]) | the event is refused |
//!
//! App events are checked by the same rules, with these differences: a batch may have 500 events; if one of them is
//! bad, nothing is created, and the answer is 400, or 409 if all bad events have ids that are in use; a custom object
//! needs its `objectTypeFullyQualifiedName`, which is refused for other records. In v3, a 207 lists the refused events
//! beside the created ones; the path for one event answers a refused event with 400. These are assumptions, and so is
//! everything that [`Rules`] can change. The sandbox does not check whether a record's id exists, and all app ids share
//! one set of templates. An unknown e-mail makes a contact, with an id that follows from the account and the e-mail. A
//! tracking cookie (`utk`) belongs to no contact until it comes with another identifier. An event without a `timestamp`
//! gets the time of receipt.
//!
//! An e-mail is `local@domain` of at most 254 bytes: letters of any script, digits and ``!#$%&'*+-/=?^_`{|}~`` with single dots
//! inside, at a name with a dot. Quotes, blanks, display names, lists and IP addresses are refused. That this is HubSpot's
//! rule is an assumption; HubSpot seems to check top-level domains too, and the sandbox does not.
//!
//! # Time
//!
//! The sandbox uses real time, unless it has a [`TestClock`] ([`SandboxBuilder::clock`]), which its clients then share:
//! an outage of an hour takes milliseconds. tokio's own paused clock (`#[tokio::test(start_paused = true)]`) does not
//! work with real sockets: tokio moves it forward while all tasks wait for the network, so an attempt reaches its time
//! limit while its answer is on the way, and a new event comes back as "already there".
//!
//! # Credentials
//!
//! The sandbox takes [`ACCESS_TOKEN`] as a bearer token, or an access token that its token endpoint issued for
//! [`REFRESH_TOKEN`]. The paths of templates also take [`DEVELOPER_KEY`] as `?hapikey=`. [`SandboxBuilder`] changes all of
//! them. [`Sandbox::add_portal`] adds accounts.
//!
//! The token endpoint is `/oauth/2026-09/token` (also `2026-03`, `v3` and `v1`), form-encoded, with `…/introspect` and
//! `…/revoke` under all but `v1`. It answers
//!
//! | what | answer, and the `status` in its body |
//! |---|---|
//! | an unknown client id; a wrong secret | 400 `BAD_CLIENT_ID`; 400 `BAD_CLIENT_SECRET`, for any token |
//! | an unknown or revoked refresh token | 400 `BAD_REFRESH_TOKEN`, `error` is `invalid_grant` |
//! | the refresh token of an account that has [uninstalled](Sandbox::uninstall) the app | 403 `BAD_HUB` |
//! | an unknown or used [authorization code](Sandbox::authorization_code); no redirect URL | 400 `BAD_AUTH_CODE`; 400 `BAD_REDIRECT_URI` |
//! | another grant type | 400 `BAD_GRANT_TYPE` |
//!
//! The words are recorded from HubSpot, except `BAD_HUB` and all categories, which are assumptions. The redirect URL is
//! not compared with the app's.

mod account_methods;
mod accounts;
mod answer;
mod app_events;
mod app_types;
mod builder;
mod call;
mod catalog;
mod check_event;
mod clock;
mod console;
mod credentials;
mod dates;
mod email;
mod event;
mod fault;
mod fault_queue;
mod handle;
mod input;
mod limiter;
mod missing;
mod oauth;
mod path;
mod refusal;
mod routes;
mod rules;
mod serve;
mod server;
mod shared;
mod state;
mod store;
mod templates;

pub use self::builder::SandboxBuilder;
pub use self::clock::TestClock;
pub use self::credentials::{ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, DEVELOPER_KEY, REFRESH_TOKEN};
pub use self::event::StoredEvent;
pub use self::fault::{Fault, Route};
pub use self::handle::Sandbox;
pub use self::rules::{BadEvent, ErrorId, OtherObject, ResultOrder, Rules, SameId};
pub use self::state::SeenRequest;
