//! What holds for any text. `cargo fuzz` calls the check with what it finds, and the test below with small changes to the
//! same seeds.

use super::read;

/// Names come from the text and come once, and a mistake is a sentence in one line.
pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let read = read(&text);
    for (place, reference) in read.references.iter().enumerate() {
        let path = &reference.path;
        assert!(path.split('.').all(|name| text.contains(name)), "{path}");
        assert!(!read.references[..place].contains(reference), "{path}");
    }
    for (place, word) in read.single_braces.iter().enumerate() {
        assert!(text.contains(&**word), "{word}");
        assert!(!read.single_braces[..place].contains(word), "{word}");
    }
    for mistake in &read.mistakes {
        let is_a_line = !mistake.is_empty() && !mistake.contains('\n') && !mistake.ends_with('.');
        assert!(is_a_line, "{mistake:?}");
    }
}

#[test]
fn any_text_is_read() {
    crate::mutate::over_seeds("handlebars", 10_000, check);
}
