//! Finds the bytes of JSON text that need care: eight bytes at a time, since most texts are short.

/// Whether nothing in the text needs escaping.
pub(super) fn is_plain(text: &str) -> bool {
    let needs_escape = |word| {
        let is_quote = any_below(word ^ each(b'"'), 1);
        let is_backslash = any_below(word ^ each(b'\\'), 1);
        any_below(word, b' ') | is_quote | is_backslash
    };
    !any_word(text.as_bytes(), needs_escape, |byte| {
        matches!(byte, b'"' | b'\\' | ..b' ')
    })
}

/// Whether there is a control character, such as a line break.
pub(super) fn has_control(json: &[u8]) -> bool {
    any_word(json, |word| any_below(word, b' '), |byte| byte < b' ')
}

/// The place of the first quote or backslash. Within a text, a quote is its end and a backslash begins an escape.
#[cfg(feature = "client")]
#[inline]
pub(crate) fn end_of_plain(json: &[u8]) -> Option<usize> {
    let (words, rest) = json.as_chunks();
    let mut at = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let ends = below(word ^ each(b'"'), 1) | below(word ^ each(b'\\'), 1);
        if ends != 0 {
            // The lowest bit is that of the first such byte: no byte before it has borrowed from it.
            return Some(at + ends.trailing_zeros() as usize / 8);
        }
        at += size_of::<u64>();
    }
    let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'));
    end.map(|end| at + end)
}

/// Whether `of_word` holds for any eight bytes; for fewer bytes, whether `of_byte` holds for any of them. Most texts are
/// too short to look at more than eight bytes at a time.
#[inline(always)]
fn any_word(bytes: &[u8], of_word: impl Fn(u64) -> bool, of_byte: impl Fn(u8) -> bool) -> bool {
    // The last eight bytes may overlap those before.
    let Some(last) = bytes.last_chunk() else {
        return bytes.iter().any(|byte| of_byte(*byte));
    };
    let mut words = bytes.as_chunks().0.iter().chain([last]);
    words.any(|word| of_word(u64::from_ne_bytes(*word)))
}

/// This byte, eight times.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Whether one of eight bytes is below the limit, which is at most 128. A subtraction sets the highest bit of such a byte.
/// In a byte that is not below the limit, it sets this bit only if the byte has it already or if a byte below the limit has
/// borrowed from it.
const fn any_below(bytes: u64, limit: u8) -> bool {
    below(bytes, limit) != 0
}

/// The highest bit of each byte that is below the limit. It may also be set in a byte behind such a byte.
const fn below(bytes: u64, limit: u8) -> u64 {
    bytes.wrapping_sub(each(limit)) & !bytes & each(0x80)
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "client")]
    use super::end_of_plain;
    use super::{has_control, is_plain};

    #[test]
    fn every_byte_is_seen_wherever_it_stands() {
        let characters = (0..=0x24F).filter_map(char::from_u32).chain(['✓', '🐕']);
        for character in characters {
            for before in 0..18 {
                for after in 0..18 {
                    let text = format!("{}{character}{}", " ".repeat(before), "~".repeat(after));
                    let escaped = serde_json::to_string(&text).map(|json| json.len() - 2);
                    assert_eq!(
                        is_plain(&text),
                        escaped.ok() == Some(text.len()),
                        "{text:?}"
                    );
                    assert_eq!(has_control(text.as_bytes()), character < ' ', "{text:?}");
                    #[cfg(feature = "client")]
                    assert_eq!(
                        end_of_plain(text.as_bytes()),
                        text.find(['"', '\\']),
                        "{text:?}"
                    );
                }
            }
        }
        assert!(is_plain("") && !has_control(b""));
    }
}
