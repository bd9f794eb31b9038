//! The rule for e-mail addresses. HubSpot refuses other texts and does not document its rule.

/// Whether this is an address: `local@domain`, 254 bytes at most.
///
/// All of it is an assumption. The local part has at most 64 bytes of letters, digits and
/// ``!#$%&'*+-/=?^_`{|}~``, with single dots inside; letters may be of any script. The domain is a name with a dot in it, of
/// labels of letters, digits and hyphens inside. No quotes, comments, blanks, display names, lists or IP addresses,
/// though some are allowed by the standard. HubSpot seems to keep a list of top-level domains, too (`.con` was refused);
/// the sandbox keeps none.
pub(super) fn is_address(text: &str) -> bool {
    // Neither part may have another `@`.
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    text.len() <= 254 && is_local(local) && is_domain(domain)
}

fn is_local(local: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.chars().all(is_local_char);
    local.len() <= 64 && local.split('.').all(is_part)
}

fn is_local_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_foreign(c)
}

fn is_domain(domain: &str) -> bool {
    let mut labels = domain.rsplit('.');
    let is_top = |label: &str| is_label(label) && !label.bytes().all(|b| b.is_ascii_digit());
    labels.next().is_some_and(is_top) && labels.clone().next().is_some() && labels.all(is_label)
}

fn is_label(label: &str) -> bool {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || c == '-' || is_foreign(c);
    (1..=63).contains(&label.len())
        && label.chars().all(is_inside)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Whether this is a letter, digit or accent beyond ASCII: not a blank, not punctuation, and not invisible, as far as the
/// standard library and the list below know.
fn is_foreign(c: char) -> bool {
    let is_sign = matches!(
        c,
        '\u{80}'..='\u{a9}'
            | '\u{ab}'..='\u{b4}'
            | '\u{b6}'..='\u{b9}'
            | '\u{bb}'..='\u{bf}'
            | '\u{61c}'
            | '\u{180e}'
            // Punctuation, invisible marks and directions; currency and arrows; CJK punctuation.
            | '\u{2000}'..='\u{2bff}'
            | '\u{2e00}'..='\u{2e7f}'
            | '\u{3000}'..='\u{3004}'
            | '\u{3008}'..='\u{3020}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{fe00}'..='\u{fe1f}'
            | '\u{fe30}'..='\u{fe6f}'
            | '\u{feff}'
            | '\u{ff00}'..='\u{ff0f}'
            | '\u{ff1a}'..='\u{ff20}'
            | '\u{fff0}'..='\u{ffff}'
            | '\u{e0000}'..
    );
    !c.is_ascii() && !c.is_whitespace() && !c.is_control() && !is_sign
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn addresses() {
        let long_local = "x".repeat(64);
        let label = "d".repeat(63);
        let long_domain = format!("a@{label}.{label}.{label}.example");
        for text in [
            "ada@example.com",
            "ADA@EXAMPLE.COM",
            "ada.lovelace+tag@mail.example.co.uk",
            "o'brien@example.ie",
            "a@b.c",
            "1@2.org",
            "_-{}~=!#$%&'*/?^`|@example.com",
            "user@xn--bcher-kva.example",
            "user@bücher.example",
            "grüße@example.com",
            "用户@例子.测试",
            "उपयोगकर्ता@उदाहरण.भारत",
            "josé@example.com",
            "jose\u{301}@example.com",
            "user@a-b.museum",
            "user@mail.photography",
            "user@3com.com",
            &format!("{long_local}@example.com"),
            &long_domain,
        ] {
            assert!(is_address(text), "{text:?}");
        }
    }

    #[test]
    fn what_is_none() {
        let long_local = "x".repeat(65);
        let label = "d".repeat(63);
        let long_label = "d".repeat(64);
        for text in [
            "",
            "@",
            "not an email",
            "n/a",
            "none",
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "ada@localhost",
            "ada@@example.com",
            "ada@example@example.com",
            "a@example.com;b@example.com",
            "a@example.com,b@example.com",
            "a@example.com b@example.com",
            "a,b@example.com",
            "Ada <a@example.com>",
            "<a@example.com>",
            "\"ada lovelace\"@example.com",
            "\"ada\"@example.com",
            "ada(comment)@example.com",
            "mailto:ada@example.com",
            "a@example.com\0",
            "\0a@example.com",
            "a@example.com\n",
            "a\r\n@example.com",
            "a\t@example.com",
            " a@example.com",
            "a@example.com ",
            "a@ example.com",
            "a\u{a0}@example.com",
            "a@example.com\u{a0}",
            "\u{feff}a@example.com",
            "a\u{200b}@example.com",
            "a@exam\u{ad}ple.com",
            "a\u{202e}@example.com",
            "\u{201c}a\u{201d}@example.com",
            "a\u{ff20}example.com",
            "a@example\u{3002}com",
            ".a@example.com",
            "a.@example.com",
            "a..b@example.com",
            "a@.example.com",
            "a@example.com.",
            "a@example..com",
            "a@-example.com",
            "a@example-.com",
            "a@exa_mple.com",
            "a@example.123",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "a@example.com:25",
            "a@example.com/b",
            "a\\b@example.com",
            &format!("{long_local}@example.com"),
            &format!("a@{long_label}.com"),
            &format!("a@{label}.{label}.{label}.{label}.com"),
        ] {
            assert!(!is_address(text), "{text:?}");
        }
    }
}
