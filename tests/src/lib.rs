//! The README's code, compiled and run as doc tests, and what is only told when a generic type is used: the compile-fail
//! cases are checked and not built, so they do not get that far.

#![cfg(doctest)]
#![doc = include_str!("../../README.md")]

/// The type parameter brings no identifier, so nothing says whose timeline the event goes on.
///
/// ```compile_fail,E0080
/// use timeline_core::{TimelineEvent, TimelineFields};
///
/// #[derive(TimelineFields)]
/// struct Pet {
///     name: String,
/// }
///
/// #[derive(TimelineEvent)]
/// #[timeline(template_id = "1001298")]
/// struct Adopted<T> {
///     #[timeline(flatten)]
///     part: T,
/// }
///
/// Adopted::<Pet>::templates();
/// ```
///
/// With one that does, all is well:
///
/// ```
/// use timeline_core::{TimelineEvent, TimelineFields};
///
/// #[derive(TimelineFields)]
/// struct Owner {
///     #[timeline(email)]
///     address: String,
/// }
///
/// #[derive(TimelineEvent)]
/// #[timeline(template_id = "1001298")]
/// struct Adopted<T> {
///     #[timeline(flatten)]
///     part: T,
/// }
///
/// Adopted::<Owner>::templates();
/// ```
pub struct GenericPart;

/// Two variants of one template, whose token is a number in one and what the parameter is in the other.
///
/// ```compile_fail,E0080
/// #[derive(timeline_core::TimelineEvent)]
/// enum Counted<T> {
///     #[timeline(template_id = "1001298")]
///     One(#[timeline(email)] String, #[timeline(token = "count")] u8),
///     #[timeline(template_id = "1001298")]
///     Other(#[timeline(email)] String, #[timeline(token = "count")] T),
/// }
///
/// <Counted<String> as timeline_core::TimelineEvent>::templates();
/// ```
///
/// ```
/// #[derive(timeline_core::TimelineEvent)]
/// enum Counted<T> {
///     #[timeline(template_id = "1001298")]
///     One(#[timeline(email)] String, #[timeline(token = "count")] u8),
///     #[timeline(template_id = "1001298")]
///     Other(#[timeline(email)] String, #[timeline(token = "count")] T),
/// }
///
/// <Counted<u64> as timeline_core::TimelineEvent>::templates();
/// ```
pub struct GenericVariants;
