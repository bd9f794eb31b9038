//! Markdown as text and as HTML that is safe to show.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html as writer};

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH
}

/// Where a link may lead: nothing that runs in the page.
fn is_safe(url: &str) -> bool {
    let url = url.trim();
    let scheme = url
        .split_once(':')
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme {
        Some(scheme) => ["http", "https", "mailto"].contains(&&*scheme),
        None => true,
    }
}

/// The parser's events without raw HTML and pictures. Of a link that is not safe, only the text stays.
fn safe(markdown: &str) -> impl Iterator<Item = Event<'_>> {
    let mut unsafe_links = Vec::new();
    let mut in_html = false;
    Parser::new_ext(markdown, options()).filter(move |event| match event {
        Event::Start(Tag::HtmlBlock) => {
            in_html = true;
            false
        }
        Event::End(TagEnd::HtmlBlock) => {
            in_html = false;
            false
        }
        Event::Html(_) | Event::InlineHtml(_) => false,
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => false,
        Event::Start(Tag::Link { dest_url, .. }) => {
            let is_safe = is_safe(dest_url);
            unsafe_links.push(!is_safe);
            is_safe
        }
        Event::End(TagEnd::Link) => !unsafe_links.pop().unwrap_or_default(),
        Event::Text(_) => !in_html,
        _ => true,
    })
}

pub(super) fn html(markdown: &str) -> String {
    let mut html = String::new();
    writer::push_html(&mut html, safe(markdown));
    html
}

/// A header as HTML: its inline elements alone.
pub(super) fn line_html(markdown: &str) -> String {
    let mut html = String::new();
    let inline = safe(markdown).filter_map(|event| match event {
        Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. })
        | Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link)
        | Event::Text(_)
        | Event::Code(_) => Some(event),
        Event::SoftBreak | Event::HardBreak => Some(Event::Text(" ".into())),
        Event::End(end) if separates(end) => Some(Event::Text(" ".into())),
        _ => None,
    });
    writer::push_html(&mut html, inline);
    html.trim().to_owned()
}

/// Whether a blank must stand between this and what follows.
fn separates(end: TagEnd) -> bool {
    matches!(
        end,
        TagEnd::Paragraph
            | TagEnd::Heading(_)
            | TagEnd::Item
            | TagEnd::CodeBlock
            | TagEnd::TableCell
            | TagEnd::BlockQuote(_)
    )
}

/// A header as text, in one line.
pub(super) fn line(markdown: &str) -> String {
    let text = text(markdown);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text without its marks; paragraphs, list items and lines of a table are lines.
pub(super) fn text(markdown: &str) -> String {
    let mut text = String::new();
    for event in safe(markdown) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => text.push('\n'),
            Event::Start(Tag::Item) => {
                end_line(&mut text);
                text.push_str("- ");
            }
            Event::End(TagEnd::TableCell) => text.push('\t'),
            Event::End(
                TagEnd::Paragraph
                | TagEnd::Heading(_)
                | TagEnd::Item
                | TagEnd::CodeBlock
                | TagEnd::TableRow
                | TagEnd::TableHead
                | TagEnd::BlockQuote(_),
            )
            | Event::Rule => end_line(&mut text),
            _ => {}
        }
    }
    text.trim_end().to_owned()
}

fn end_line(text: &mut String) {
    text.truncate(text.trim_end_matches(['\t', ' ']).len());
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}
