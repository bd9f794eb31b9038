//! A package with a manifest, built by cargo: an edit of the file builds the package again, and nothing else does.

// The helpers of tests may end a test as the tests themselves may.
#![allow(clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCE: &str = r#"
use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted", manifest = "templates/timeline.json")]
pub struct PetAdopted {
    #[timeline(email)]
    pub owner: String,
    #[timeline(token = "petName")]
    pub name: String,
}

#[derive(TimelineEvent)]
#[timeline(template = "Deal won", object_type = "deals", manifest = "templates/timeline.json")]
pub struct DealWon {
    #[timeline(object_id)]
    pub deal: u64,
    pub amount: f64,
}

pub fn ids() -> Vec<Option<String>> {
    let templates = [PetAdopted::templates(), DealWon::templates()].concat();
    templates.iter().map(|template| template.id().map(str::to_owned)).collect()
}
"#;

struct Package {
    folder: PathBuf,
}

impl Package {
    fn create(workspace: &Path) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rebuild/package");
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("the package of the last run");
        }
        fs::create_dir_all(folder.join("src")).expect("a folder");
        fs::create_dir_all(folder.join("templates")).expect("a folder");
        let package = Package { folder };
        let core = workspace.join("timeline-core");
        package.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"rebuild\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
                 [dependencies]\ntimeline-core = {{ path = {core:?}, default-features = false, features = [\"derive\"] }}\n"
            ),
        );
        package.write("src/lib.rs", SOURCE);
        // The workspace's versions, so that there is nothing to download.
        fs::copy(
            workspace.join("Cargo.lock"),
            package.folder.join("Cargo.lock"),
        )
        .expect("a copy");
        package
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.folder.join(file), text).expect("a file");
    }

    /// Whether the build was successful, and what cargo and rustc said.
    fn build(&self) -> (bool, String) {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["build", "--color", "never"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("../target"))
            .env_remove("RUSTFLAGS")
            .output()
            .expect("cargo runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), said)
    }
}

fn is_built_again(said: &str) -> bool {
    said.contains("Compiling rebuild")
}

#[test]
fn an_edit_of_the_manifest_builds_again() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = workspace.canonicalize().expect("the workspace");
    let manifest = fs::read_to_string(workspace.join("tests/timeline.json")).expect("a manifest");
    let package = Package::create(&workspace);

    // There is no file yet: one error for both types.
    let (success, said) = package.build();
    assert!(!success);
    assert_eq!(said.matches("there is no such file").count(), 1, "{said}");

    package.write("templates/timeline.json", &manifest);
    let (success, said) = package.build();
    assert!(success && is_built_again(&said), "{said}");
    let (success, said) = package.build();
    assert!(success && !is_built_again(&said), "{said}");

    // Two tokens have other names now.
    let edited = manifest
        .replace("petName", "nameOfPet")
        .replace("\"amount\"", "\"sum\"");
    package.write("templates/timeline.json", &edited);
    let (success, said) = package.build();
    assert!(!success, "{said}");
    for name in ["petName", "amount"] {
        assert!(
            said.contains(&format!("declares no token `{name}`")),
            "{said}"
        );
    }

    // The file is broken, which is reported once.
    package.write("templates/timeline.json", "{\n\"results\": [}");
    let (success, said) = package.build();
    assert!(!success);
    assert_eq!(
        said.matches("line 2, column 13: expected a value").count(),
        1,
        "{said}"
    );

    package.write("templates/timeline.json", &manifest);
    let (success, said) = package.build();
    assert!(success && is_built_again(&said), "{said}");
}
