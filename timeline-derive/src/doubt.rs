//! Doubt: what a mistake that was reported leaves open about a type, a variant or a field.
//!
//! A stage that would report something as missing or wrong asks here first whether that only follows from an earlier
//! mistake. The plan holds nothing that is in doubt.

/// What is in doubt about one type, variant or field.
#[derive(Clone, Default)]
pub(crate) struct Doubt(Vec<Cause>);

/// A mistake that was reported, as far as other stages must know of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A part of an attribute could not be read. What seems to be missing may have stood there.
    Text,
    /// The value of this word could not be read.
    Value(&'static str),
    /// A word is not known, and was read as this one.
    Guess(&'static str),
    /// This word stands here and belongs at another place.
    Misplaced(&'static str),
    /// All of it is wrong, so that nothing is expanded for it.
    All,
}

impl Doubt {
    pub(crate) fn add(&mut self, cause: Cause) {
        self.0.push(cause);
    }

    pub(crate) fn has(&self, cause: Cause) -> bool {
        self.0.contains(&cause)
    }

    /// Whether one of these words stands at a wrong place.
    pub(crate) fn misplaces(&self, words: &[&'static str]) -> bool {
        words.iter().any(|word| self.has(Cause::Misplaced(word)))
    }

    /// Whether the name of a token may be another one than it seems.
    pub(crate) fn hides_a_name(&self) -> bool {
        [
            Cause::Text,
            Cause::Value("rename_all"),
            Cause::Value("token"),
        ]
        .into_iter()
        .any(|cause| self.has(cause))
    }

    /// Whether the type of a field is not clear: a role may have been misspelt, or a function that cannot be read gives it.
    pub(crate) fn is_about_the_type(&self) -> bool {
        let about_the_type = |cause: &Cause| match cause {
            Cause::Text | Cause::Value("with") | Cause::All => true,
            Cause::Guess(word) => !["token", "label", "property", "type"].contains(word),
            Cause::Value(_) | Cause::Misplaced(_) => false,
        };
        self.0.iter().any(about_the_type)
    }

    /// What is in doubt about a variant, if `self` is the doubt about its enum: an unreadable value on the enum does
    /// not matter if the variant gives its own.
    pub(crate) fn of_variant(&self, variant: &Self, says: impl Fn(&str) -> bool) -> Self {
        let matters = |cause: &&Cause| !matches!(cause, Cause::Value(word) if says(word));
        let causes = self.0.iter().filter(matters).chain(&variant.0);
        Doubt(causes.copied().collect())
    }

    /// What is in doubt here or there.
    pub(crate) fn and(&self, other: &Self) -> Self {
        Doubt([&*self.0, &*other.0].concat())
    }
}
