//! The README's code, compiled and run as doc tests, and mistakes that are only reported when a generic type is used:
//! the compile-fail cases are checked and not built, so they cannot show these.

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
/// With a type that brings one, it compiles:
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

/// Enums that hand their events on to each other: their templates have no end. The compiler reports that; otherwise the
/// program would overflow its stack.
///
/// ```compile_fail,E0391
/// #[derive(timeline_core::TimelineEvent)]
/// enum One {
///     Other(Box<Two>),
/// }
///
/// #[derive(timeline_core::TimelineEvent)]
/// enum Two {
///     Other(Box<One>),
/// }
/// ```
///
/// A type that has the enum only as an argument holds no value of it, so this compiles:
///
/// ```
/// #[derive(timeline_core::TimelineEvent)]
/// enum One {
///     Other(Tagged<One>),
/// }
///
/// #[derive(timeline_core::TimelineEvent)]
/// #[timeline(template_id = "1001298")]
/// struct Tagged<T> {
///     #[timeline(email)]
///     owner: String,
///     #[timeline(skip)]
///     of: std::marker::PhantomData<T>,
/// }
///
/// assert_eq!(<One as timeline_core::TimelineEvent>::templates().len(), 1);
/// # let _ = One::Other(Tagged { owner: String::new(), of: std::marker::PhantomData });
/// ```
pub struct Circles;
