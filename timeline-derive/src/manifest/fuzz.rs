//! What holds for any text. `cargo fuzz` calls the check with what it finds, and the test below with small changes to the
//! same seeds.

use super::read::{Content, content};

/// A template that is read has what a comparison needs, and a mistake is a sentence in one line.
pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let templates = match content(&text) {
        Ok(Content::Templates(templates)) => templates,
        Ok(Content::Definition(template)) => {
            assert!(template.uid.is_some(), "{template:?}");
            vec![template]
        }
        Ok(Content::OtherDefinition) => return,
        Err(wrong) => {
            let is_a_line = !wrong.is_empty() && !wrong.contains('\n') && !wrong.ends_with('.');
            assert!(is_a_line, "{wrong:?}");
            return;
        }
    };
    for template in templates {
        assert!(!template.name.is_empty(), "{template:?}");
        assert_ne!(template.id.as_deref(), Some(""), "{template:?}");
        for token in &template.tokens {
            assert!(
                !token.name.is_empty() && !token.token_type.is_empty(),
                "{token:?}"
            );
            assert!(template.token(&token.name).is_some(), "{token:?}");
        }
    }
}

#[test]
fn any_text_is_read() {
    crate::mutate::over_seeds("manifest", 10_000, check);
}
