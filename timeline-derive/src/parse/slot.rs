//! A slot: the place of one word of an attribute, which may be given once.

use proc_macro2::TokenStream;

use crate::doubt::{Cause, Doubt};
use crate::errors::Errors;
use crate::parse::list::Item;
use crate::parse::vocabulary::{Place, example};

/// The name of a slot, and how it is written out at its place.
#[derive(Clone, Copy)]
pub(crate) struct Word {
    pub(crate) name: &'static str,
    pub(crate) example: &'static str,
}

/// The place of one word of an attribute.
#[derive(Clone)]
pub(crate) struct Slot<T> {
    word: Word,
    said: Option<Said<T>>,
}

/// A word that was given, and where.
#[derive(Clone)]
pub(crate) struct Said<T> {
    /// The user's tokens of the name.
    pub(crate) at: TokenStream,
    /// Absent where it could not be read: then the value is in doubt.
    pub(crate) value: Option<T>,
}

impl<T> Slot<T> {
    pub(crate) fn new(name: &'static str, place: Place) -> Self {
        let example = example(name, place);
        Slot {
            word: Word { name, example },
            said: None,
        }
    }

    /// Fills the slot. A second time is an error, and the first is kept.
    pub(crate) fn read(
        &mut self,
        item: &Item,
        doubt: &mut Doubt,
        errors: &mut Errors,
        read: fn(Word, &Item, &mut Errors) -> Option<T>,
    ) {
        if self.said.is_some() {
            errors.at(
                &item.at,
                format_args!("`{}` is given twice: remove one", self.word.name),
            );
            return;
        }
        let value = read(self.word, item, errors);
        if value.is_none() {
            doubt.add(Cause::Value(self.word.name));
        }
        self.said = Some(Said {
            at: item.at.clone(),
            value,
        });
    }

    pub(crate) fn name(&self) -> &'static str {
        self.word.name
    }

    pub(crate) fn said(&self) -> Option<&Said<T>> {
        self.said.as_ref()
    }

    pub(crate) fn value(&self) -> Option<&T> {
        self.said.as_ref()?.value.as_ref()
    }
}

impl<T: Clone> Slot<T> {
    /// This slot if it is filled, else the default.
    pub(crate) fn or(&self, default: &Self) -> Self {
        if self.said.is_some() { self } else { default }.clone()
    }
}
