//! Why a file is no file of templates.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a [`TemplateFile`](crate::TemplateFile) cannot be read. `Display` is one line: the path, what is wrong there, and how
/// to get the file where that helps.
#[derive(Clone)]
pub struct TemplateFileError {
    kind: TemplateFileErrorKind,
    file: Option<PathBuf>,
    /// Within the JSON, such as `results[3].tokens[0].name`.
    path: String,
    words: String,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What is wrong with a file of templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TemplateFileErrorKind {
    /// It is not there, or cannot be read: the [`source`](Error::source) is the system's error.
    Unreadable,
    /// It is no JSON, or not UTF-8.
    NotJson,
    /// It is JSON, but not HubSpot's list of templates, or a folder without definitions of event types.
    NotAList,
    /// One of the file's templates is not valid.
    InvalidTemplate,
}

impl TemplateFileError {
    pub(super) fn new(kind: TemplateFileErrorKind, words: String) -> Self {
        TemplateFileError {
            kind,
            file: None,
            path: String::new(),
            words,
            source: None,
        }
    }

    pub(super) fn unreadable(error: io::Error) -> Self {
        let words = error.to_string();
        Self::new(TemplateFileErrorKind::Unreadable, words).because(error)
    }

    pub(super) fn not_json(words: &str) -> Self {
        Self::new(TemplateFileErrorKind::NotJson, words.to_owned())
    }

    pub(super) fn not_a_list(words: &str) -> Self {
        Self::new(TemplateFileErrorKind::NotAList, words.to_owned())
    }

    pub(super) fn invalid(path: &str, words: &str) -> Self {
        let mut error = Self::new(TemplateFileErrorKind::InvalidTemplate, words.to_owned());
        path.clone_into(&mut error.path);
        error
    }

    pub(super) fn because(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    pub(super) fn at(mut self, file: &Path) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> TemplateFileErrorKind {
        self.kind
    }

    /// The file, if one was read.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Where in the JSON the mistake is, such as `results[3].tokens[0].name`; empty if the error is not about a part of the
    /// JSON.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

crate::error::debug_as_text!(TemplateFileError);

impl fmt::Display for TemplateFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}: ", file.display())?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.words)?;
        match self.kind {
            TemplateFileErrorKind::InvalidTemplate => Ok(()),
            TemplateFileErrorKind::Unreadable
            | TemplateFileErrorKind::NotJson
            | TemplateFileErrorKind::NotAList => {
                f.write_str(
                    " (`timeline pull` writes the file anew from HubSpot, and `timeline export` the definition files of app \
                     events)",
                )
            }
        }
    }
}

impl Error for TemplateFileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.source.as_ref()?;
        Some(&**source)
    }
}
