//! The derive macros of `timeline-core`, which re-exports them: depend on that crate, not on this one.
//!
//! One type goes through four stages, a file each: `parse` reads its attributes, `model` fills in what they leave
//! open, `check` holds it against the rules, `expand` writes the impl. The first three collect every mistake they
//! meet; where there is one, `inert` writes an impl that keeps the type's users quiet.

use proc_macro::TokenStream;
use syn::DeriveInput;

mod attr;
mod case;
mod check;
mod errors;
mod expand;
mod inert;
mod model;
mod parse;
mod suggest;
mod words;

/// Turns a struct into a timeline event.
#[proc_macro_derive(TimelineEvent, attributes(timeline))]
pub fn derive_timeline_event(input: TokenStream) -> TokenStream {
    let input = match syn::parse::<DeriveInput>(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error().into(),
    };
    let (expanded, errors) = errors::collect(|errors| {
        let model = model::Model::read(&input, errors)?;
        let event = check::check(model, errors)?;
        let core = event.model.attrs.core()?;
        Some(expand::expand(&event, &core))
    });
    match (expanded, errors) {
        (Some(expanded), None) => expanded.into(),
        (_, errors) => [inert::expand(&input), errors.unwrap_or_default()]
            .into_iter()
            .collect::<proc_macro2::TokenStream>()
            .into(),
    }
}
