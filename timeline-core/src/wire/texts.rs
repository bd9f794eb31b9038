//! Many short texts in one allocation.

/// Texts, one behind the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Texts(String);

/// The place of one text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    start: u32,
    length: u32,
}

impl Texts {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Texts(String::with_capacity(bytes))
    }

    /// Adds a text. An answer is much shorter than 4 GiB, so 32 bits are enough for every place.
    pub(crate) fn add(&mut self, text: &str) -> Text {
        let place = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        let added = Text {
            start: place(self.0.len()),
            length: place(text.len()),
        };
        self.0.push_str(text);
        added
    }

    pub(crate) fn get(&self, text: Text) -> &str {
        let (start, length) = (text.start as usize, text.length as usize);
        self.0.get(start..start + length).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Texts;

    #[test]
    fn what_is_added_is_found() {
        let mut texts = Texts::default();
        let all = ["", "a", "é", "", "order-1"];
        let places = all.map(|text| texts.add(text));
        assert_eq!(places.map(|place| texts.get(place)), all);
    }
}
