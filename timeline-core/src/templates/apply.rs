//! Carrying a plan out.

use std::error::Error as StdError;
use std::fmt;

use serde::Serialize;

use super::calls::{Templates, is_uncertain};
use super::compare::{Comparison, TemplateAction, TemplateChange, compare};
use crate::error::Error;
use crate::template::difference::differences;
use crate::template::{EventTemplate, TemplateFile};

/// What applying a [`Plan`](crate::Plan) has done. `Display` is one line with the counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    created: TemplateFile,
    updated: TemplateFile,
    deleted: TemplateFile,
    #[serde(skip)]
    live: TemplateFile,
}

impl Applied {
    /// The templates that were created, with their ids.
    #[must_use]
    pub fn created(&self) -> &[EventTemplate] {
        self.created.templates()
    }

    /// The templates that were changed, as they are now.
    #[must_use]
    pub fn updated(&self) -> &[EventTemplate] {
        self.updated.templates()
    }

    /// The templates that were deleted, and their events with them.
    #[must_use]
    pub fn deleted(&self) -> &[EventTemplate] {
        self.deleted.templates()
    }

    /// HubSpot's templates after all of that, as a file to keep beside the code. After an error, they are as they were
    /// before the first change; only after [`ApplyErrorKind::StillDiffers`] they are as they are now.
    #[must_use]
    pub fn template_file(&self) -> &TemplateFile {
        &self.live
    }
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} created, {} changed, {} deleted",
            self.created().len(),
            self.updated().len(),
            self.deleted().len()
        )
    }
}

/// Why a [`Plan`](crate::Plan) was not applied, or not all of it. Programs decide by its [`kind`](Self::kind).
#[derive(Clone)]
pub struct ApplyError {
    inner: Box<Inner>,
}

#[derive(Clone, Debug)]
struct Inner {
    kind: ApplyErrorKind,
    applied: Applied,
    words: String,
    source: Option<Error>,
}

/// The kind of an [`ApplyError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApplyErrorKind {
    /// Something in the plan is impossible; nothing was written.
    Impossible,
    /// HubSpot's templates have changed since the plan was made; nothing was written.
    Changed,
    /// A request failed: the [`source`](StdError::source) is its [`Error`].
    Failed,
    /// HubSpot took every request, and its templates still differ from the code.
    StillDiffers,
}

impl ApplyError {
    fn new(kind: ApplyErrorKind, applied: Applied, words: String) -> Self {
        let inner = Inner {
            kind,
            applied,
            words,
            source: None,
        };
        ApplyError {
            inner: Box::new(inner),
        }
    }

    fn failed(applied: Applied, what: &str, source: Error) -> Self {
        let mut error = Self::new(ApplyErrorKind::Failed, applied, what.to_owned());
        error.inner.source = Some(source);
        error
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ApplyErrorKind {
        self.inner.kind
    }

    /// What was done before the error.
    #[must_use]
    pub fn applied(&self) -> &Applied {
        &self.inner.applied
    }
}

crate::error::debug_as_text!(ApplyError);

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.words)?;
        if let Some(source) = &self.inner.source {
            write!(f, ": {source}")?;
        }
        match self.inner.kind {
            ApplyErrorKind::Impossible | ApplyErrorKind::Changed => Ok(()),
            ApplyErrorKind::Failed | ApplyErrorKind::StillDiffers => write!(
                f,
                " ({} so far; plan and apply again, and what was done is not done twice)",
                self.inner.applied
            ),
        }
    }
}

impl StdError for ApplyError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.inner.source.as_ref()?;
        Some(source)
    }
}

pub(super) async fn apply(
    templates: &Templates,
    code: &[EventTemplate],
    planned: &[EventTemplate],
    deleting: bool,
    compared: Comparison,
) -> Result<Applied, ApplyError> {
    let mut applied = Applied {
        live: planned.to_vec().into(),
        ..Applied::default()
    };
    if let Some(first) = compared.impossible.first() {
        let words = format!(
            "nothing was changed, since the plan has {} that are impossible, among them {:?}: {}",
            compared.impossible.len(),
            first.name,
            first.why
        );
        return Err(ApplyError::new(ApplyErrorKind::Impossible, applied, words));
    }
    if compared.changes.is_empty() {
        return Ok(applied);
    }
    match templates.list().await {
        Ok(live) if are_equal(&live, planned) => {}
        Ok(_) => {
            let words = "nothing was changed, since the templates in HubSpot have changed since the plan was made: plan again";
            return Err(ApplyError::new(
                ApplyErrorKind::Changed,
                applied,
                words.to_owned(),
            ));
        }
        Err(error) => {
            let what = "the templates could not be listed again";
            return Err(ApplyError::failed(applied, what, error));
        }
    }
    for change in compared.changes {
        if let Err(error) = carry_out(templates, &change, &mut applied).await {
            let what = match change.action {
                TemplateAction::Create => "created",
                TemplateAction::Update => "changed",
                TemplateAction::Delete => "deleted",
            };
            let what = format!("{:?} could not be {what}", change.name);
            return Err(ApplyError::failed(applied, &what, error));
        }
    }
    let live = match templates.list().await {
        Ok(live) => live,
        Err(error) => {
            let what = "everything was done, but the templates could not be listed afterwards";
            return Err(ApplyError::failed(applied, what, error));
        }
    };
    let left = compare(code, &live, deleting);
    applied.live = live.into();
    match left.changes.first().map(|change| &change.name) {
        Some(name) => {
            let words =
                format!("HubSpot took the changes, and {name:?} still differs from the code");
            Err(ApplyError::new(
                ApplyErrorKind::StillDiffers,
                applied,
                words,
            ))
        }
        None => Ok(applied),
    }
}

/// Makes one change. If its answer is lost, looks whether it was made.
async fn carry_out(
    templates: &Templates,
    change: &TemplateChange,
    applied: &mut Applied,
) -> Result<(), Error> {
    let id = change.id.as_deref().unwrap_or_default();
    match change.action {
        TemplateAction::Create => {
            let created = templates.create_absent(&change.wanted).await?;
            applied.created.push(created);
        }
        TemplateAction::Update => {
            let wanted = &change.wanted;
            let updated = match templates.update(wanted).await {
                Err(error) if is_uncertain(&error) => match templates.get(id).await {
                    Ok(Some(live)) if differences(wanted, &live, true).is_empty() => live,
                    _ => return Err(error),
                },
                told => told?,
            };
            applied.updated.push(updated);
        }
        TemplateAction::Delete => {
            match templates.delete(id).await {
                Err(error) if is_uncertain(&error) => match templates.get(id).await {
                    Ok(None) => {}
                    _ => return Err(error),
                },
                told => told?,
            }
            applied.deleted.push(change.wanted.clone());
        }
    }
    Ok(())
}

/// Whether both have the same templates, in whatever order.
fn are_equal(one: &[EventTemplate], other: &[EventTemplate]) -> bool {
    one.len() == other.len() && one.iter().all(|template| other.contains(template))
}
