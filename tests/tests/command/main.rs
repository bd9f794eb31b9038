//! The command `timeline`, as a program: what it prints, what it writes and how it ends.

// The helpers of tests may end a test as the tests themselves may.
#![allow(clippy::expect_used, clippy::panic)]

mod events;
mod templates;
mod usage;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use timeline_core::Sandbox;

const PET: &str = r#"{"results":[{"id":"1001298","name":"Pet adopted","objectType":"contacts",
    "headerTemplate":"**{{petName}}** found a home","detailTemplate":"Aged {{petAge}}{{#each extraData.toys}}\n- {{this}}{{/each}}",
    "tokens":[{"name":"petName","label":"Pet name","type":"string"},{"name":"petAge","label":"Pet age","type":"number"}]}]}"#;

/// How the program has ended.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Ended {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

/// A program in a folder of its own, with the credentials of a sandbox.
struct Program {
    folder: PathBuf,
    environment: Vec<(&'static str, String)>,
    base_url: Option<String>,
}

impl Program {
    fn new(name: &str, sandbox: Option<&Sandbox>) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("command")
            .join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("a folder of the last run");
        }
        fs::create_dir_all(&folder).expect("a folder");
        let environment = sandbox.map_or_else(Vec::new, |sandbox| {
            vec![
                ("HUBSPOT_ACCESS_TOKEN", sandbox.access_token()),
                ("HUBSPOT_APP_ID", "7".to_owned()),
                ("HUBSPOT_PORTAL_ID", sandbox.portal_id().to_string()),
            ]
        });
        Program {
            folder,
            environment,
            base_url: sandbox.map(|sandbox| sandbox.base_url().to_owned()),
        }
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.folder.join(file), text).expect("a file");
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.join(file)).expect("a file that was written")
    }

    /// Runs the program without a terminal, and with nothing to read.
    fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_timeline-command"));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        if let Some(base_url) = &self.base_url {
            command.args(["--base-url", base_url]);
        }
        let output = command.output().expect("the program runs");
        Ended {
            code: output.status.code().expect("an exit code"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    #[track_caller]
    fn ends(&self, arguments: &[&str], code: i32) -> Ended {
        let ended = self.run(arguments);
        assert_eq!(
            ended.code, code,
            "{arguments:?}: {} {}",
            ended.out, ended.err
        );
        ended
    }
}

/// The sandbox runs on a thread of its own, so the program can be waited for.
async fn sandbox() -> Sandbox {
    Sandbox::start().await.expect("a free port")
}
