//! Header and detail of an event, rendered as HubSpot's page on templates describes.

mod data;
mod error;
mod evaluate;
mod markdown;
mod parse;
mod path;
mod tag;

#[cfg(not(feature = "sandbox"))]
use self::data::Data;
#[cfg(feature = "sandbox")]
pub(crate) use self::data::{Data, Own};
pub use self::error::{PreviewError, PreviewErrorKind};
use crate::event::{EventInput, TimelineEvent};
use crate::template::EventTemplate;

/// An event's header and detail as HubSpot would show them: Handlebars, then Markdown, as text and as HTML.
///
/// ```
/// # #[cfg(feature = "derive")] {
/// use timeline_core::{Preview, TimelineEvent};
///
/// #[derive(TimelineEvent)]
/// #[timeline(template_id = "1001298", header = "**{{petName}}** found a home")]
/// #[timeline(detail = "{{#if petAge}}Aged {{petAge}}{{else}}Of unknown age{{/if}}")]
/// struct PetAdopted {
///     #[timeline(email)]
///     owner: String,
///     #[timeline(token = "petName")]
///     name: String,
///     #[timeline(token = "petAge")]
///     age: u32,
/// }
///
/// let event = PetAdopted { owner: "ada@example.com".into(), name: "Rex & Co".into(), age: 0 };
/// let preview = Preview::of(&event)?;
/// assert_eq!(preview.header_text(), "Rex & Co found a home");
/// assert_eq!(preview.header_html(), "<strong>Rex &amp; Co</strong> found a home");
/// assert_eq!(preview.detail_text(), "Of unknown age");
/// # }
/// # Ok::<(), timeline_core::PreviewError>(())
/// ```
///
/// # What is rendered how
///
/// - Handlebars: paths, `if`, `unless`, `each`, `with`, `{{#name}}` and `{{^name}}`, `else`, `lookup`, `log`, `as |item|`,
///   `@index`, `@key`, `@first`, `@last`, `@root`, comments and `~`: all that the derive accepts in a header and a detail. `if`
///   takes 0, an empty text, an empty list and what is not there for false. A `bool` is sent as the text `true` or `false`, so
///   `if` takes both for true (an assumption).
/// - `{{#formatDate at}}{{/formatDate}}` is the time in UTC to the minute, as `2026-08-01 12:00 UTC`. HubSpot shows it in the
///   account's own way. A date without `formatDate` is its milliseconds since 1970; `{{timestamp}}` is the event's time.
/// - `{{id}}` and `{{objectType}}` are the event's, unless a token has the name. `extraData` is there in the detail alone.
/// - Markdown is CommonMark. Raw HTML is removed, pictures too, and links lead to `http`, `https` and `mailto` alone.
///   Markdown in an event's values takes effect; HTML in them is shown as text.
/// - A header is one line: elements that make blocks, such as a list, are left out, and their text stays.
///
/// `:icon:` names are shown as they are. A template without a header or a detail has an empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    header: Rendered,
    detail: Rendered,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rendered {
    text: String,
    html: String,
}

impl Preview {
    /// Renders an event with the template that its type says: `header` and `detail` of the derive.
    ///
    /// # Errors
    ///
    /// [`PreviewError`] if the event cannot be sent, if its type has no templates (as a hand-built
    /// [`EventInput`]: take [`render`](Self::render)), or if a text is no Handlebars.
    pub fn of<E: TimelineEvent>(event: &E) -> Result<Self, PreviewError> {
        let input = event.event_input().map_err(PreviewError::invalid)?;
        let templates = E::templates();
        let means = |template: &&EventTemplate| match (input.template_id(), template.id()) {
            (Some(id), Some(of)) => id == of,
            _ => {
                let named = input
                    .template_name()
                    .is_some_and(|name| name == template.name);
                let typed = input.get_type_name().is_some();
                named || (typed && input.get_type_name() == template.type_name())
            }
        };
        match (templates.iter().find(means), &templates[..]) {
            (Some(template), _) | (None, [template]) => Self::render(template, &input),
            (None, _) => Err(PreviewError::no_template()),
        }
    }

    /// Renders an event with a template.
    ///
    /// # Errors
    ///
    /// [`PreviewError`] if one of the template's texts is no Handlebars, or the extra data is no JSON.
    pub fn render(template: &EventTemplate, event: &EventInput<'_>) -> Result<Self, PreviewError> {
        let data = Data::of_input(template, event).map_err(PreviewError::extra_data)?;
        Self::render_data(template, &data)
    }

    pub(crate) fn render_data(template: &EventTemplate, data: &Data) -> Result<Self, PreviewError> {
        let evaluate = |which: &'static str, text: &Option<String>, with_extra_data: bool| {
            let text = text.as_deref().unwrap_or_default();
            let nodes = parse::template(text);
            nodes
                .and_then(|nodes| evaluate::evaluate(&nodes, data, with_extra_data))
                .map_err(|wrong| PreviewError::syntax(which, &wrong))
        };
        let header = evaluate("header", &template.header_template, false)?;
        let detail = evaluate("detail", &template.detail_template, true)?;
        Ok(Preview {
            header: Rendered {
                text: markdown::line(&header),
                html: markdown::line_html(&header),
            },
            detail: Rendered {
                text: markdown::text(&detail),
                html: markdown::html(&detail),
            },
        })
    }

    /// The header as plain text in one line.
    #[must_use]
    pub fn header_text(&self) -> &str {
        &self.header.text
    }

    /// The header as HTML that is safe to show: inline elements alone.
    #[must_use]
    pub fn header_html(&self) -> &str {
        &self.header.html
    }

    /// The detail as plain text.
    #[must_use]
    pub fn detail_text(&self) -> &str {
        &self.detail.text
    }

    /// The detail as HTML that is safe to show.
    #[must_use]
    pub fn detail_html(&self) -> &str {
        &self.detail.html
    }
}
