//! The derive macros of `timeline-core`, which re-exports them: depend on that crate, not on this one.
//!
//! A type goes through these stages, a file or a folder each: `parse` reads its attributes; `model` fills in what they
//! leave open; `check` applies the rules to the model and makes a `plan` of what is sound; `expand` writes the impl. The
//! first three report every mistake. Where nothing can be expanded, `fallback` writes an impl that does nothing, so that
//! rustc reports no missing impl wherever the type is used.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use syn::DeriveInput;

mod assertion;
mod case;
#[cfg(test)]
mod cases;
mod check;
mod doubt;
mod errors;
mod expand;
mod fallback;
mod handlebars;
mod manifest;
mod model;
#[cfg(test)]
mod mutate;
mod parse;
mod pattern;
mod plan;
mod role;
mod rust_type;
mod suggest;
mod token_enum;

use errors::Errors;
use fallback::Trait;

/// Turns a struct or an enum into a timeline event: implements `TimelineEvent` for it.
///
/// ```
/// use timeline_core::TimelineEvent;
///
/// #[derive(TimelineEvent)]
/// #[timeline(template_id = "1001298")]
/// struct PetAdopted {
///     #[timeline(email)]
///     owner: String,
///     #[timeline(timestamp)]
///     adopted_at: std::time::SystemTime,
///     #[timeline(token = "petName")]
///     name: String,
///     #[timeline(token = "petAge")]
///     age: u32,
///     #[timeline(skip)]
///     row: u64,
/// }
///
/// let event = PetAdopted {
///     owner: "ada@example.com".to_owned(),
///     adopted_at: std::time::UNIX_EPOCH,
///     name: "Rex".to_owned(),
///     age: 3,
///     row: 17,
/// };
/// assert_eq!(
///     serde_json::to_string(&event.event_input()?)?,
///     r#"{"eventTemplateId":"1001298","email":"ada@example.com","timestamp":"1970-01-01T00:00:00.000Z","tokens":{"petName":"Rex","petAge":"3"}}"#,
/// );
/// # assert_eq!(event.row, 17);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// `timeline_core::docs::attributes` shows every attribute with the JSON that leaves, `timeline_core::docs::mistakes` what
/// the compiler says to every kind of mistake.
///
/// A field without a role is a token under its own name. A role makes it something else; with a role and a `token` it
/// is both. The compiler reports everything that is wrong with a type at once, each mistake at its place.
///
/// # On the type
///
/// | attribute | meaning |
/// |---|---|
/// | `template_id = "1001298"` | the event template's id: a string, or the path of a `&'static str` constant (`template_id = ids::PET`) |
/// | `template = "Pet adopted"` | instead of the id, the template's name in HubSpot; its id is looked up in the client's `TemplateIds` when the event is sent |
/// | `manifest = "timeline.json"` | a file of templates, or a folder of definition files, that the type is compared with at compile time; the id of `template` comes from it. The path is relative to the package's `Cargo.toml` |
/// | `manifest_strict` | with it, tokens that the template declares and the type never sends are errors, too |
/// | `type_name = "pet_adopted"` | the name of the event's type in HubSpot's app events, beside a template or alone; v3 cannot send a type that has it alone |
/// | `name = "Pet adopted"` | the template's name in `templates()`; otherwise that of `template`, or the type's name as words |
/// | `object_type = "contacts"` | what the event goes on: `contacts` (the default), `companies`, `deals`, `tickets`, or a custom object's type id such as `2-3308615` |
/// | `object_type_name = "p62515_car"` | the fully qualified name of a custom object, which app events take; beside `object_type = "2-3308615"` |
/// | `header = "…"`, `detail = "…"` | the template's texts, in Handlebars; every `{{token}}` is checked, `{{timestamp}}`, `{{id}}` and `{{objectType}}` are HubSpot's own, and only the detail has `{{extraData.…}}` |
/// | `id = "order-{order_id}"` | the event's id, from fields, skipped ones too; `{{` and `}}` stand for braces. Between two fields there must be a text that the first field cannot hold, or different events get one id. A part without a value makes the event invalid |
/// | `rename_all = "camelCase"` | token names from field names, by one of serde's eight rules; an explicit `token` stays as it is |
/// | `bound = "T: TokenValue"` | the impl's bounds, in place of those that the fields ask for |
/// | `crate = "crate::events"` | where `timeline_core` is, if not at `::timeline_core`: an absolute path; in a macro without quotes, `crate = $crate::events` |
///
/// # On a field
///
/// Roles. Each is for one field, but `key`, which may be on several; a field has at most one. `None` leaves the key out.
///
/// | attribute | meaning | takes |
/// |---|---|---|
/// | `email`, `utk`, `object_id` | the identifier. A contact needs one of them, everything else an `object_id` | any `TokenValue` |
/// | `domain` | a company's domain, beside its `object_id` | any `TokenValue` |
/// | `custom_object_type_id` | the type id of the custom object that `object_id` belongs to | any `TokenValue` |
/// | `id` | the event's id, unique in its template across all accounts that install the app | any `TokenValue` |
/// | `key` | a part of what the event's id is made from; not together with `id` | any `TokenValue` |
/// | `timestamp` | when it happened; otherwise the client stamps the event | any `DateValue` |
/// | `extra_data` | data for the detail view, kept by reference | any `Serialize + Sync` |
/// | `iframe` | a window that the event opens | a `TimelineIFrame` |
///
/// The rest:
///
/// | attribute | meaning |
/// |---|---|
/// | `token = "petName"` | the token's name: ASCII letters, digits, `.`, `-`, `_`; not `log`, not `lookup`; needed in a tuple struct |
/// | `label = "Name"` | what people see in HubSpot; otherwise the field's name as words |
/// | `property = "pet_name"` | the CRM property that HubSpot sets from the token |
/// | `type = "date"` | another type than the Rust type's own: `string`, `number`, `date` (milliseconds) or `enumeration`; values are checked when the event is built, and a type whose values never fit is refused |
/// | `with = "path::to::function"` | a function from a reference to the field to something that fits in its place |
/// | `flatten` | takes in the fields of a struct with `#[derive(TimelineFields)]`; what is there twice is an error |
/// | `skip` | leaves the field out |
///
/// ```
/// use timeline_core::{TimelineEvent, TimelineIFrame};
///
/// #[derive(TimelineEvent)]
/// #[timeline(template = "Order shipped", object_type = "deals", rename_all = "camelCase")]
/// struct OrderShipped<'a> {
///     #[timeline(object_id)]
///     deal: u64,
///     #[timeline(key, token = "orderId")]
///     order: u64,
///     #[timeline(label = "Sent by", property = "last_carrier")]
///     carrier_name: &'a str,
///     #[timeline(with = "Vec::len")]
///     items: Vec<&'a str>,
///     #[timeline(iframe, with = "tracking")]
///     tracking_code: Option<String>,
/// }
///
/// fn tracking(code: &Option<String>) -> Option<TimelineIFrame<'_>> {
///     code.as_ref().map(|code| TimelineIFrame {
///         link_label: "Track it".into(),
///         header_label: code.into(),
///         url: format!("https://example.com/track/{code}").into(),
///         width: 800,
///         height: 600,
///     })
/// }
///
/// let [template] = &OrderShipped::templates()[..] else { unreachable!() };
/// let labels: Vec<&str> = template.tokens.iter().map(|token| token.label.as_str()).collect();
/// assert_eq!(labels, ["Order", "Sent by", "Items"]);
/// # let _ = OrderShipped { deal: 1, order: 2, carrier_name: "", items: vec![], tracking_code: None }.event_input();
/// ```
///
/// # Enums
///
/// A variant is an event of its own: it takes the attributes of a type, and those on the enum are the defaults for its
/// variants. A variant of one field without a template of its own hands its event on to the type inside. No variant can
/// be skipped, since its events would be lost silently. Two variants may share a template if they agree about it.
///
/// ```
/// use timeline_core::TimelineEvent;
///
/// #[derive(TimelineEvent)]
/// #[timeline(object_type = "deals")]
/// enum DealEvent<'a> {
///     #[timeline(template_id = "1001301", header = "Moved to {{stage}}")]
///     Moved {
///         #[timeline(object_id)]
///         deal: u64,
///         stage: &'a str,
///     },
///     Won(DealWon),
/// }
///
/// #[derive(TimelineEvent)]
/// #[timeline(template_id = "1001302", object_type = "deals")]
/// struct DealWon {
///     #[timeline(object_id)]
///     deal: u64,
///     amount: f64,
/// }
///
/// let event = DealEvent::Won(DealWon { deal: 7, amount: 12.5 });
/// assert_eq!(
///     serde_json::to_string(&event.event_input()?)?,
///     r#"{"eventTemplateId":"1001302","objectId":"7","tokens":{"amount":"12.5"}}"#,
/// );
/// assert_eq!(DealEvent::templates().len(), 2);
/// # let _ = DealEvent::Moved { deal: 1, stage: "" }.event_input();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Generic types
///
/// Every field that is used and whose type mentions a type parameter adds a bound on its type: `TokenValue`, or what
/// its role takes. A field that is skipped or goes through `with` adds none. `bound = "…"` replaces them all.
///
/// # Names as words
///
/// `PetAdopted` becomes `Pet adopted`, `pet_age` `Pet age`, `HTTPRequest2` `HTTP request 2`. These are defaults for
/// what people read; names that events are matched by are never changed, unless `rename_all` says so.
#[proc_macro_derive(TimelineEvent, attributes(timeline))]
pub fn derive_timeline_event(input: TokenStream) -> TokenStream {
    derive(input.into(), Trait::Event).into()
}

/// Lets a struct's fields be taken into events with `#[timeline(flatten)]`: implements `TimelineFields` for it.
///
/// A field takes the attributes of an event's field, except `key`: only the event itself says what makes it unique. The
/// type takes `rename_all`, `bound` and `crate`.
///
/// A token or an identifier that is there twice, in the event and in what is flattened into it, is an error at compile
/// time. Where a type parameter is flattened, that is not known before; such an event is invalid when it is built.
///
/// ```
/// use timeline_core::{TimelineEvent, TimelineFields};
///
/// #[derive(TimelineFields)]
/// #[timeline(rename_all = "camelCase")]
/// struct Visitor {
///     #[timeline(email)]
///     address: String,
///     first_page: String,
/// }
///
/// #[derive(TimelineEvent)]
/// #[timeline(template_id = "1001298", header = "Came by {{firstPage}}")]
/// struct SignedUp {
///     #[timeline(flatten)]
///     visitor: Visitor,
///     plan: &'static str,
/// }
///
/// let visitor = Visitor { address: "ada@example.com".into(), first_page: "/blog".into() };
/// let event = SignedUp { visitor, plan: "pro" };
/// assert_eq!(
///     serde_json::to_string(&event.event_input()?)?,
///     r#"{"eventTemplateId":"1001298","email":"ada@example.com","tokens":{"firstPage":"/blog","plan":"pro"}}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[proc_macro_derive(TimelineFields, attributes(timeline))]
pub fn derive_timeline_fields(input: TokenStream) -> TokenStream {
    derive(input.into(), Trait::Fields).into()
}

/// Makes a fieldless enum an enumeration token: implements `TokenValue` for it.
///
/// Each variant is an option. Its value is the variant's name, by `rename_all` if the enum has it, or what
/// `#[timeline(value = "…")]` says; its label is the name as words, or what `label = "…"` says. Values differ from one
/// another, and no variant can be skipped.
///
/// ```
/// use timeline_core::{TokenEnum, TokenOption, TokenValue};
///
/// #[derive(TokenEnum)]
/// #[timeline(rename_all = "snake_case")]
/// enum Plan {
///     Free,
///     ProYearly,
///     #[timeline(value = "ent", label = "Enterprise")]
///     Custom,
/// }
///
/// assert_eq!(Plan::ProYearly.to_token()?.to_string(), "pro_yearly");
/// assert_eq!(
///     Plan::options(),
///     [
///         TokenOption::new("free", "Free"),
///         TokenOption::new("pro_yearly", "Pro yearly"),
///         TokenOption::new("ent", "Enterprise"),
///     ],
/// );
/// # let _ = (Plan::Free, Plan::Custom);
/// # Ok::<(), timeline_core::InvalidToken>(())
/// ```
#[proc_macro_derive(TokenEnum, attributes(timeline))]
pub fn derive_token_enum(input: TokenStream) -> TokenStream {
    derive(input.into(), Trait::Token).into()
}

/// The impl, and behind it every error.
fn derive(input: TokenStream2, of: Trait) -> TokenStream2 {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => {
            let ((), reported) = errors::collect(|errors| errors.on(error.span(), &error));
            return reported.unwrap_or_default();
        }
    };
    let (expanded, errors) = errors::collect(|errors| match of {
        Trait::Event => event(&input, errors),
        Trait::Fields => shared_fields(&input, errors),
        Trait::Token => token_enum(&input, errors),
    });
    let expanded = expanded.unwrap_or_else(|| fallback::expand(&input, of));
    [expanded, errors.unwrap_or_default()].into_iter().collect()
}

fn event(input: &DeriveInput, errors: &mut Errors) -> Option<TokenStream2> {
    let model = model::Event::read(input, errors)?;
    let plan = check::event(model, errors)?;
    Some(expand::event(&plan))
}

fn shared_fields(input: &DeriveInput, errors: &mut Errors) -> Option<TokenStream2> {
    let model = model::shared_fields(input, errors)?;
    let plan = check::fields(model, input, errors)?;
    Some(expand::shared_fields(&plan))
}

fn token_enum(input: &DeriveInput, errors: &mut Errors) -> Option<TokenStream2> {
    let model = token_enum::TokenEnum::read(input, errors)?;
    Some(token_enum::expand(&model.check(errors)))
}
