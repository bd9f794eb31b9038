//! Finds manifests, reads them, and remembers what was read. Nothing here knows the user's tokens.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::Manifest;
use super::read::{Content, content};

/// What was read of a file: the same for all types of a process that name it, as long as the file is the same.
type Known = Arc<Result<Manifest, String>>;

/// What was read of each path, with each file's length and time at that moment.
static CACHE: Mutex<BTreeMap<PathBuf, (Vec<Version>, Known)>> = Mutex::new(BTreeMap::new());

type Version = (PathBuf, u64, Option<SystemTime>);

thread_local! {
    /// The files that the crate of this thread is known to depend on, and the paths of which a mistake was reported.
    /// The compiler expands a crate on one thread; an editor's server expands each type on a thread of its own.
    static TOLD: RefCell<BTreeSet<PathBuf>> = const { RefCell::new(BTreeSet::new()) };
}

/// A manifest that was found.
pub(crate) struct Found {
    known: Known,
    /// This is the first type that names it.
    pub(crate) is_first: bool,
}

impl Found {
    pub(crate) fn manifest(&self) -> Option<&Manifest> {
        self.known.as_ref().as_ref().ok()
    }
}

/// Why there is no manifest.
pub(crate) enum NotFound {
    /// The reason in words, given once for each path.
    Because(String),
    /// It was reported at an earlier type.
    Reported,
}

/// The manifest at a path that is relative to the folder of the package's `Cargo.toml`.
pub(crate) fn find(path: &str) -> Result<Found, NotFound> {
    let Some(root) = root() else {
        return Err(NotFound::Because(
            "the folder of the package's `Cargo.toml` is not known: cargo says it in `CARGO_MANIFEST_DIR`".to_owned(),
        ));
    };
    if is_absolute(path) {
        return Err(NotFound::Because(format!(
            "the path {path:?} is absolute: give one that is relative to the package's `Cargo.toml`, as in \
             `manifest = \"timeline.json\"`"
        )));
    }
    let resolved = root.join(path);
    let known = known(path, &resolved);
    let is_first = TOLD.with(|told| match told.try_borrow_mut() {
        Ok(mut told) => told.insert(resolved.clone()),
        Err(_) => true,
    });
    match known.as_ref() {
        Ok(_) => Ok(Found { known, is_first }),
        Err(_) if !is_first => Err(NotFound::Reported),
        Err(wrong) => Err(NotFound::Because(format!(
            "the manifest {path:?} ({}): {wrong}; `timeline pull --output {path}` writes it",
            resolved.display()
        ))),
    }
}

/// The folder of the package that is compiled.
fn root() -> Option<PathBuf> {
    #[cfg(test)]
    return Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests"));
    #[cfg(not(test))]
    return std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
}

/// An absolute path of Windows counts on every system: the path is in the user's sources.
fn is_absolute(path: &str) -> bool {
    let has_drive = path.as_bytes().get(1) == Some(&b':');
    path.starts_with(['/', '\\']) || has_drive || Path::new(path).is_absolute()
}

fn known(path: &str, resolved: &Path) -> Known {
    let versions = match versions(resolved) {
        Ok(versions) => versions,
        Err(wrong) => return Arc::new(Err(wrong)),
    };
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((before, known)) = cache.get(resolved)
        && *before == versions
    {
        return Arc::clone(known);
    }
    let known = Arc::new(read(path, resolved, &versions));
    cache.insert(resolved.to_owned(), (versions, Arc::clone(&known)));
    known
}

/// A larger file is no file of templates: 750 templates of 500 tokens take some 60 MB.
const LONGEST: u64 = 256 * 1024 * 1024;

/// The files that are to be read, with their lengths and times.
fn versions(resolved: &Path) -> Result<Vec<Version>, String> {
    let metadata = fs::metadata(resolved).map_err(|error| unreadable(&error))?;
    let mut found = Vec::new();
    if metadata.is_dir() {
        find_definitions(resolved, &mut found).map_err(|error| unreadable(&error))?;
        found.sort();
    } else {
        found.push((
            resolved.to_owned(),
            metadata.len(),
            metadata.modified().ok(),
        ));
    }
    Ok(found)
}

fn unreadable(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => {
            "there is no such file; the path is relative to the package's `Cargo.toml`".to_owned()
        }
        _ => format!("it cannot be read: {error}"),
    }
}

/// The definition files in a folder and in those inside it. Links are not followed, so that no folder contains itself.
fn find_definitions(folder: &Path, found: &mut Vec<Version>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            find_definitions(&entry.path(), found)?;
        } else if entry
            .file_name()
            .to_string_lossy()
            .ends_with("-hsmeta.json")
        {
            found.push((entry.path(), metadata.len(), metadata.modified().ok()));
        }
    }
    Ok(())
}

fn read(path: &str, resolved: &Path, versions: &[Version]) -> Result<Manifest, String> {
    let mut manifest = Manifest::default();
    let is_folder = !matches!(versions, [(file, _, _)] if file == resolved);
    for (file, length, _) in versions {
        // The name as the user's sources have it, with `/` on every system.
        let inside = file.strip_prefix(resolved).unwrap_or(Path::new(""));
        let mut name = path.to_owned();
        for part in inside {
            name = format!("{}/{}", name.trim_end_matches('/'), part.to_string_lossy());
        }
        let within = |wrong: String| {
            if is_folder {
                format!("{name}: {wrong}")
            } else {
                wrong
            }
        };
        if *length > LONGEST {
            return Err(within("it has more than 256 MB".to_owned()));
        }
        let bytes = fs::read(file).map_err(|error| within(unreadable(&error)))?;
        match text(&bytes).and_then(content).map_err(within)? {
            Content::Templates(templates) => manifest.templates.extend(templates),
            Content::Definition(template) => manifest.templates.push(template),
            Content::OtherDefinition if is_folder => continue,
            Content::OtherDefinition => {
                return Err("it defines no event type: its `type` is not `app-event`".to_owned());
            }
        }
        manifest.files.push(name);
    }
    if is_folder && manifest.templates.is_empty() {
        return Err(
            "no file in this folder defines an event type of app events: their names end in `-hsmeta.json`, and their \
             `type` is `app-event`"
                .to_owned(),
        );
    }
    Ok(manifest)
}

/// The text of a file, without the byte order mark that some editors put before it.
fn text(bytes: &[u8]) -> Result<&str, String> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err("it is UTF-16: save it as UTF-8".to_owned());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        format!("line {line} is not UTF-8: save it as UTF-8")
    })?;
    if text.trim_start().is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{is_absolute, text};

    #[test]
    fn paths_are_relative_on_every_system() {
        for (path, absolute) in [
            ("timeline.json", false),
            ("../timeline.json", false),
            ("a/b", false),
            ("/timeline.json", true),
            ("\\timeline.json", true),
            ("C:\\timeline.json", true),
            ("c:timeline.json", true),
        ] {
            assert_eq!(is_absolute(path), absolute, "{path}");
        }
    }

    #[test]
    fn encodings() {
        assert_eq!(text(b"\xef\xbb\xbf{}"), Ok("{}"));
        for (bytes, says) in [
            (&b"\xff\xfe{\0"[..], "it is UTF-16: save it as UTF-8"),
            (b"{\n\n\xe9", "line 3 is not UTF-8: save it as UTF-8"),
            (b" \n", "it is empty"),
            (b"", "it is empty"),
        ] {
            assert_eq!(text(bytes), Err(says.to_owned()));
        }
    }
}
