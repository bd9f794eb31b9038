//! The derive macros of `timeline-core`.

use proc_macro::TokenStream;

/// Turns a struct into a timeline event.
#[proc_macro_derive(TimelineEvent, attributes(timeline))]
pub fn derive_timeline_event(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}
