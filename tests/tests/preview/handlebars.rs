//! Handlebars, as tables.

use timeline_core::{Preview, PreviewErrorKind};

use crate::{detail, event, template};

#[track_caller]
fn all(rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        let rendered = detail(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(rendered, *expected, "{text}");
    }
}

#[test]
fn values() {
    all(&[
        (
            "{{name}}, {{ name }}, {{{name}}}, {{&name}}",
            "Rex, Rex, Rex, Rex",
        ),
        ("{{nothing}}.", "."),
        ("{{age}} {{zero}}", "3 0"),
        (
            "{{id}} {{objectType}} {{timestamp}}",
            "pet-1 contacts 2026-08-01T12:00:00.000Z",
        ),
        ("\\{{name}} and {name} and }", "{{name}} and {name} and }"),
        (
            "{{extraData.owner.first}} {{extraData.owner.[first name]}}",
            "Ada Ada L.",
        ),
        (
            "{{extraData.items.[1].name}} {{extraData.items.0.name}} {{extraData.items[0].price}}",
            "Lead & collar Bowl 4.5",
        ),
        (
            "{{lookup extraData \"none\"}} {{lookup extraData.owner 'first name'}} {{lookup (lookup extraData \"items\") 7}}.",
            "[] Ada L. .",
        ),
        (
            "{{log \"x\"}}{{! a comment }}{{!-- {{name}} --}}{{name}}",
            "Rex",
        ),
        ("a {{~name~}} b", "aRexb"),
    ]);
}

#[test]
fn conditions() {
    all(&[
        ("{{#if name}}yes{{else}}no{{/if}}", "yes"),
        ("{{#if zero}}yes{{else}}no{{/if}}", "no"),
        ("{{#if nothing}}yes{{/if}}.", "."),
        ("{{#if extraData.none}}yes{{else}}no{{/if}}", "no"),
        (
            "{{#if nothing}}a{{else if zero}}b{{else if age}}c{{else}}d{{/if}}",
            "c",
        ),
        (
            "{{#if nothing}}a{{else if zero}}b{{else}}d{{/if}}{{name}}",
            "dRex",
        ),
        ("{{#unless zero}}yes{{else}}no{{/unless}}", "yes"),
        (
            "{{#name}}it is {{this}}{{/name}}{{^nothing}}, and nothing{{/nothing}}",
            "it is Rex, and nothing",
        ),
        ("{{^name}}none{{else}}one{{/name}}", "one"),
    ]);
}

#[test]
fn lists_and_objects() {
    all(&[
        (
            "{{#each extraData.items}}{{@index}}{{#if @first}} first{{/if}}{{#if @last}} last{{/if}}: {{name}} of {{../name}}; {{/each}}",
            "0 first: Bowl of Rex; 1 last: Lead & collar of Rex;",
        ),
        (
            "{{#each extraData.items}}{{#each tags}}{{this}}{{@../index}}{{../name}} {{else}}none{{/each}}{{/each}}",
            "a0Bowl b0Bowl none",
        ),
        (
            "{{#each extraData.owner}}{{@key}}={{this}} {{/each}}",
            "first=Ada first name=Ada L.",
        ),
        (
            "{{#each extraData.items as |item index|}}{{index}}{{item.name}} {{/each}}",
            "0Bowl 1Lead & collar",
        ),
        (
            "{{#each extraData.none}}a{{else}}no items{{/each}}",
            "no items",
        ),
        (
            "{{#each name}}a{{else}}a text is no list{{/each}}",
            "a text is no list",
        ),
        (
            "{{#with extraData.owner}}{{first}} {{../name}} {{@root.name}}{{/with}}",
            "Ada Rex Rex",
        ),
        (
            "{{#with extraData.owner as |o|}}{{o.first}}{{/with}}{{#with nothing}}a{{else}} none{{/with}}",
            "Ada none",
        ),
        (
            "{{#extraData.items}}{{name}} {{/extraData.items}}",
            "Bowl Lead & collar",
        ),
        ("{{#extraData.owner}}{{first}}{{/extraData.owner}}", "Ada"),
    ]);
}

#[test]
fn dates_are_in_utc() {
    all(&[
        ("{{#formatDate at}}{{/formatDate}}", "2026-08-01 12:00 UTC"),
        (
            "{{#formatDate timestamp format=\"MMM\"}}{{/formatDate}}",
            "2026-08-01 12:00 UTC",
        ),
        ("{{#formatDate nothing}}{{/formatDate}}.", "."),
        ("{{at}}", "1785585600000"),
    ]);
}

/// A line that has nothing but a block's tag is not shown, so a list in Markdown stays one list.
#[test]
fn lines_of_tags_alone() {
    let text = "Items:\n\n{{#each extraData.items}}\n- {{name}}\n{{/each}}\n\nEnd";
    assert_eq!(
        detail(text).expect("sound"),
        "Items:\n- Bowl\n- Lead & collar\nEnd"
    );
    let preview = Preview::render(&template("", text), &event()).expect("sound");
    assert_eq!(
        preview.detail_html(),
        "<p>Items:</p>\n<ul>\n<li>Bowl</li>\n<li>Lead &amp; collar</li>\n</ul>\n<p>End</p>\n"
    );
}

#[test]
fn extra_data_is_the_details_alone() {
    let preview = Preview::render(
        &template("{{extraData.owner.first}}.", "{{extraData.owner.first}}."),
        &event(),
    );
    let preview = preview.expect("sound");
    assert_eq!(
        (preview.header_text(), preview.detail_text()),
        (".", "Ada.")
    );
}

#[test]
fn what_is_no_handlebars() {
    for (text, says) in [
        (
            "{{name",
            "in the detail: `{{name` is never closed: add `}}`",
        ),
        (
            "{{#if name}}",
            "in the detail: `{{#if}}` is never closed: add `{{/if}}`",
        ),
        (
            "{{#if name}}{{/each}}",
            "in the detail: `{{/each}}` does not close `{{#if}}`",
        ),
        ("{{/if}}", "in the detail: `{{/if}}` closes nothing"),
        (
            "{{else}}",
            "in the detail: `{{else}}` is outside of a block",
        ),
        (
            "{{#if a}}{{else}}{{else}}{{/if}}",
            "in the detail: a second `{{else}}` in `{{#if}}`",
        ),
        (
            "{{pet name}}",
            "in the detail: unknown helper `pet`: the helpers are `lookup` and `log`",
        ),
        (
            "{{#pet name}}{{/pet}}",
            "in the detail: unknown block `pet`: the blocks are `if`, `unless`, `each`, `with` and `formatDate`",
        ),
        (
            "{{> part}}",
            "in the detail: there are no partials: write out `{{> part}}`",
        ),
        (
            "{{}}",
            "in the detail: expected a token's name between the braces, as in `{{petName}}`",
        ),
        (
            "{{!-- a",
            "in the detail: `{{!-- a` is never closed: add `--}}`",
        ),
    ] {
        let error = detail(text).expect_err(text);
        assert_eq!(error.kind(), PreviewErrorKind::Syntax);
        assert_eq!(error.to_string(), says, "{text}");
    }
}

/// What the derive accepts in a header or a detail, the preview renders.
#[test]
fn what_the_derive_accepts() {
    let table = include_str!("../../../timeline-derive/src/handlebars/right.txt");
    let mut count = 0;
    for line in table.lines() {
        let (text, _) = line
            .split_once(" =>")
            .expect("a text and what is found in it");
        if let Err(error) = detail(text) {
            panic!("{text}: {error}");
        }
        count += 1;
    }
    assert!(count >= 24, "{count} texts");
}

/// Nothing that a template says makes it run without end, or deeper than the stack.
#[test]
fn hostile_templates() {
    let nested = |open: &str, close: &str, times: usize| open.repeat(times) + &close.repeat(times);
    for text in [
        nested("{{#if name}}", "{{/if}}", 100_000),
        format!(
            "{{{{#if {}name{}}}}}{{{{/if}}}}",
            "(lookup ".repeat(100_000),
            ")".repeat(100_000)
        ),
        "{{".repeat(100_000),
        "{{{".repeat(100_000),
        "{{!".repeat(100_000),
    ] {
        assert!(detail(&text).is_err(), "{text:.40}");
    }
    // Lists in lists in lists: two to the power of 40 rounds.
    for inside in ["", "{{name}}"] {
        let much = "{{#each @root.extraData.items}}".repeat(40) + inside + &"{{/each}}".repeat(40);
        let error = detail(&much).expect_err("no end").to_string();
        assert!(error.contains("it makes more than"), "{error}");
    }
}
