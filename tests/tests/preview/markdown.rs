//! Markdown, and HTML that is safe to show.

use timeline_core::{EventInput, Preview};

use crate::template;

fn render(header: &str, detail: &str, name: &str) -> Preview {
    let event = EventInput::new("1")
        .email("ada@example.com")
        .token("name", name.to_owned());
    Preview::render(&template(header, detail), &event).expect("sound")
}

#[test]
fn a_header_is_one_line_of_inline_elements() {
    for (header, text, html) in [
        (
            "**{{name}}** *came* `home`",
            "Rex came home",
            "<strong>Rex</strong> <em>came</em> <code>home</code>",
        ),
        ("# {{name}}", "Rex", "Rex"),
        ("- {{name}}\n- Tom", "- Rex - Tom", "Rex Tom"),
        (
            "[{{name}}](https://example.com/?a=1&b=2)",
            "Rex",
            "<a href=\"https://example.com/?a=1&amp;b=2\">Rex</a>",
        ),
        ("", "", ""),
    ] {
        let preview = render(header, "", "Rex");
        assert_eq!(
            (preview.header_text(), preview.header_html()),
            (text, html),
            "{header}"
        );
    }
}

#[test]
fn a_detail_has_blocks() {
    let detail = "# Title\n\n{{name}}  \nsecond\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n~~old~~";
    let preview = render("", detail, "Rex");
    assert_eq!(preview.detail_text(), "Title\nRex\nsecond\na\tb\n1\t2\nold");
    assert!(preview.detail_html().contains("<h1>Title</h1>"));
    assert!(preview.detail_html().contains("<td>1</td><td>2</td>"));
    assert!(preview.detail_html().contains("<del>old</del>"));
}

/// Whatever stands in a value or in the template, the HTML has no element, attribute or address that could run.
#[test]
fn nothing_runs() {
    let hostile = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "\"><svg onload=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](  JavaScript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "<javascript:alert(1)>",
        "![x](https://example.com/pixel.png)",
        "<a href=\"vbscript:x\">x</a>",
        "[x]: javascript:alert(1)\n\n[x]",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<!-- --><script>alert(1)</script>",
        "<div>\n<script>alert(1)</script>\n</div>",
        "`<script>`",
        "    <script>",
    ];
    for text in hostile {
        let templates = [
            ("{{name}}", "{{name}}"),
            ("{{{name}}}", "{{{name}}}"),
            (text, text),
            ("[a]({{{name}}})", "[a]({{name}})"),
        ];
        for (header, detail) in templates {
            let preview = render(header, detail, text);
            for html in [preview.header_html(), preview.detail_html()] {
                let lower = html.to_lowercase();
                for bad in [
                    "<script",
                    "<img",
                    "<svg",
                    "<a href=\"javascript",
                    "<a href=\"data",
                    "<a href=\"vbscript",
                    "<iframe",
                    "<!--",
                ] {
                    assert!(!lower.contains(bad), "{text} in {header}: {html}");
                }
                for tag in lower.split('<').skip(1) {
                    assert!(
                        !tag.split('>').next().unwrap_or_default().contains(" on"),
                        "{html}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_values_html_is_text_and_a_templates_is_removed() {
    let preview = render("<b>{{name}}</b>", "<i>a</i> {{name}}", "1 < 2 & <b>3</b>");
    assert_eq!(preview.header_text(), "1 < 2 & <b>3</b>");
    assert_eq!(preview.header_html(), "1 &lt; 2 &amp; &lt;b&gt;3&lt;/b&gt;");
    assert_eq!(
        preview.detail_html(),
        "<p>a 1 &lt; 2 &amp; &lt;b&gt;3&lt;/b&gt;</p>\n"
    );
}
