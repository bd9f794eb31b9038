//! How the setters and the derive's code fill an input, and how its mistakes are found.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{EventInput, IdPart, Mistakes, TemplateRef};
use crate::event::iframe::TimelineIFrame;
use crate::event::invalid::{InvalidEvent, Kind};
use crate::event::role::Role;
use crate::token::{InvalidToken, Repr, Token, writable};

impl<'a> EventInput<'a> {
    /// The input that the derive fills: it has a template that the derive has checked, and room for the tokens.
    pub(crate) fn prepared(
        template: TemplateRef<'a>,
        object_type: &'static str,
        tokens: usize,
    ) -> Self {
        let object_type = Some(Cow::Borrowed(object_type));
        Self::of(template, object_type, Vec::with_capacity(tokens))
    }

    /// Inlined, so that a borrowed text, which most are, goes to its place in two registers.
    #[inline]
    pub(crate) fn set(&mut self, role: Role, value: Result<Token<'a>, InvalidToken>) {
        match value.as_ref().ok().and_then(Token::borrowed) {
            Some(text) => self.set_text(role, text),
            None => self.set_value(role, value),
        }
    }

    fn set_text(&mut self, role: Role, text: &'a str) {
        let text = if role.is_trimmed() { text.trim() } else { text };
        if text.is_empty() {
            self.set_fault(role, Kind::Empty(role));
        } else {
            self.put(role, Some(Cow::Borrowed(text)));
        }
    }

    fn set_value(&mut self, role: Role, value: Result<Token<'a>, InvalidToken>) {
        match value.map(Token::into_text) {
            Ok(Some(Cow::Borrowed(text))) => self.set_text(role, text),
            Ok(Some(Cow::Owned(text))) => {
                let trimmed = if role.is_trimmed() {
                    text.trim()
                } else {
                    &text
                };
                if trimmed.is_empty() {
                    self.set_fault(role, Kind::Empty(role));
                } else if trimmed.len() < text.len() {
                    self.put(role, Some(Cow::Owned(trimmed.to_owned())));
                } else {
                    self.put(role, Some(Cow::Owned(text)));
                }
            }
            Ok(None) => self.put(role, None),
            Err(reason) => self.set_fault(role, Kind::Role(role, reason)),
        }
    }

    /// A faulty value also removes an earlier good one.
    fn set_fault(&mut self, role: Role, fault: Kind) {
        self.misses(Cow::Borrowed(role.key()));
        self.mistaken(fault);
        self.put(role, None);
    }

    fn put(&mut self, role: Role, text: Option<Cow<'a, str>>) {
        self.is_changed();
        match role {
            Role::Id => self.id = text,
            Role::Email => self.email = text,
            Role::Utk => self.utk = text,
            Role::ObjectId => self.object_id = text,
            Role::Domain => self.domain = text,
            Role::CustomObjectTypeId => self.custom_object_type_id = text,
            Role::Timestamp => {}
        }
    }

    pub(crate) fn set_timestamp(&mut self, timestamp: Result<Token<'a>, InvalidToken>) {
        self.is_changed();
        let mistake = match timestamp {
            Ok(token) => match token.repr() {
                Repr::Absent => return self.timestamp = None,
                Repr::Signed(milliseconds) => match writable(*milliseconds) {
                    Some(milliseconds) => return self.timestamp = Some(milliseconds),
                    None => Kind::DateOutOfRange,
                },
                _ => Kind::NotADate,
            },
            Err(reason) => Kind::Role(Role::Timestamp, reason),
        };
        self.timestamp = None;
        self.misses(Cow::Borrowed(Role::Timestamp.key()));
        self.mistaken(mistake);
    }

    pub(crate) fn set_iframe(&mut self, iframe: Option<TimelineIFrame<'a>>) {
        self.is_changed();
        match iframe.as_ref().map_or(Ok(()), TimelineIFrame::check) {
            Ok(()) => self.iframe = iframe.map(Box::new),
            Err(kind) => {
                self.iframe = None;
                self.misses(Cow::Borrowed("timelineIFrame"));
                self.mistaken(kind);
            }
        }
    }

    /// For names that are known to be good and unique. Inlined, so that the token is made in its place.
    #[inline]
    pub(crate) fn push_token(
        &mut self,
        name: Cow<'a, str>,
        value: Result<Token<'a>, InvalidToken>,
    ) {
        self.is_changed();
        match value {
            Ok(token) if token.is_absent() => {}
            Ok(token) => self.tokens.push((name, token)),
            Err(reason) => self.push_fault(name, reason),
        }
    }

    fn push_fault(&mut self, name: Cow<'a, str>, reason: InvalidToken) {
        self.misses_token(&name);
        self.mistaken(Kind::Token(name.into_owned(), reason));
    }

    /// The id, from texts and the values of fields.
    pub(crate) fn set_id_from(&mut self, parts: &[IdPart<'_>]) {
        const FIELD: usize = 24; // a number, mostly
        let length = |part: &IdPart<'_>| match part {
            IdPart::Text(text) => text.len(),
            IdPart::Field(..) => FIELD,
        };
        let mut id = String::with_capacity(parts.iter().map(length).sum());
        for part in parts {
            match part {
                IdPart::Text(text) => id.push_str(text),
                IdPart::Field(name, Ok(token)) => {
                    let before = id.len();
                    // A `String` takes everything that is written to it.
                    let _ = write!(id, "{token}");
                    if id.len() == before {
                        return self.mistaken(Kind::EmptyIdPart((*name).to_owned()));
                    }
                }
                IdPart::Field(name, Err(reason)) => {
                    return self.mistaken(Kind::IdPart((*name).to_owned(), reason.clone()));
                }
            }
        }
        self.id = Some(Cow::Owned(id));
    }

    pub(crate) fn push_key(&mut self, name: Cow<'a, str>, value: Result<Token<'a>, InvalidToken>) {
        self.is_changed();
        let before = self.key.len();
        match value {
            Ok(token) if token.is_empty() => {
                self.mistaken(Kind::EmptyKey(name.into_owned()));
            }
            Ok(_) if self.key.iter().any(|(other, _)| *other == name) => {
                self.mistaken(Kind::KeyTwice(name.into_owned()));
            }
            Ok(token) => self.key.push((name, token)),
            Err(reason) => self.mistaken(Kind::Token(name.into_owned(), reason)),
        }
        if self.key.len() == before {
            self.misses_id();
        }
    }

    /// Notes that the id is missing. No id is made in its place.
    pub(in crate::event) fn misses_id(&mut self) {
        self.misses(Cow::Borrowed(Role::Id.key()));
    }

    pub(in crate::event) fn misses_token(&mut self, name: &str) {
        self.misses(Cow::Owned(format!("tokens.{name}")));
    }

    pub(in crate::event) fn misses(&mut self, key: Cow<'a, str>) {
        self.mistakes.get_or_insert_default().missing.push(key);
    }

    /// What was given but cannot be used, and so is not in the event: keys of the JSON, and `tokens.…`.
    #[cfg(feature = "client")]
    pub(crate) fn missing(&self) -> &[Cow<'a, str>] {
        self.mistakes
            .as_ref()
            .map_or(&[], |mistakes| &mistakes.missing)
    }

    pub(crate) fn mistaken(&mut self, kind: Kind) {
        self.is_changed();
        if matches!(kind, Kind::IdPart(..) | Kind::EmptyIdPart(_)) {
            self.misses_id();
        }
        let mistakes = self.mistakes.get_or_insert_default();
        mistakes.first.get_or_insert_with(|| kind.into());
    }

    pub(in crate::event) fn first_mistake(&self) -> Option<&InvalidEvent> {
        self.mistakes.as_ref()?.first.as_ref()
    }

    /// The same event, borrowed from this one.
    pub(crate) fn reborrow(&self) -> EventInput<'_> {
        fn lend<'s>(text: &'s Option<Cow<'_, str>>) -> Option<Cow<'s, str>> {
            text.as_deref().map(Cow::Borrowed)
        }
        fn lend_all<'s>(tokens: &'s [(Cow<'_, str>, Token<'_>)]) -> Vec<(Cow<'s, str>, Token<'s>)> {
            let lend = |(name, token): &'s (Cow<'_, str>, Token<'_>)| {
                (Cow::Borrowed(&**name), token.reborrow())
            };
            tokens.iter().map(lend).collect()
        }
        EventInput {
            template: self.template.reborrow(),
            object_type: self.object_type.clone(),
            type_name: lend(&self.type_name),
            object_type_name: lend(&self.object_type_name),
            id: lend(&self.id),
            email: lend(&self.email),
            utk: lend(&self.utk),
            object_id: lend(&self.object_id),
            domain: lend(&self.domain),
            custom_object_type_id: lend(&self.custom_object_type_id),
            timestamp: self.timestamp,
            tokens: lend_all(&self.tokens),
            key: lend_all(&self.key),
            extra_data: self.extra_data.clone(),
            iframe: self
                .iframe
                .as_ref()
                .map(|iframe| Box::new(iframe.reborrow())),
            mistakes: self.mistakes.as_ref().map(|mistakes| {
                let missing = mistakes.missing.iter();
                Box::new(Mistakes {
                    first: mistakes.first.clone(),
                    missing: missing.map(|name| Cow::Borrowed(&**name)).collect(),
                })
            }),
            #[cfg(feature = "client")]
            sealed: self.sealed,
        }
    }
}
