//! The service as a process.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use timeline_core::Sandbox;
use tokio::task::spawn_blocking;

/// The service's file of dead letters, in its folder.
pub(crate) const LETTERS: &str = "undelivered.jsonl";

/// Where the service keeps the events that it has taken.
#[derive(Clone, Copy)]
pub(crate) enum Keeps {
    InMemory,
    /// In an outbox, in its folder.
    OnDisk,
}

/// The service's process, which is killed when its handle is dropped.
pub(crate) struct Service {
    process: Option<Child>,
    out: Option<BufReader<ChildStdout>>,
    url: String,
}

/// How the service has ended, and what it has printed since it listened.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) is_success: bool,
    pub(crate) out: String,
}

impl Service {
    /// Returns when the service listens. Its log goes into a file in the folder, and so do its dead letters.
    pub(crate) fn start(sandbox: &Sandbox, folder: &Path, keeps: Keeps) -> Self {
        Self::start_with(sandbox, folder, keeps, &[])
    }

    /// Starts the service with further arguments.
    pub(crate) fn start_with(
        sandbox: &Sandbox,
        folder: &Path,
        keeps: Keeps,
        arguments: &[&str],
    ) -> Self {
        let log = File::options()
            .append(true)
            .create(true)
            .open(folder.join("log"))
            .expect("a log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_timeline-service"));
        command
            .args(["--listen", "127.0.0.1:0", "--base-url", sandbox.base_url()])
            .args(["--portal-id", &sandbox.portal_id().to_string()])
            .arg("--dead-letters")
            .arg(folder.join(LETTERS))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(log);
        if let Keeps::OnDisk = keeps {
            command.arg("--outbox").arg(folder.join("timeline.db"));
        }
        let mut process = command.spawn().expect("the service");
        let mut out = BufReader::new(process.stdout.take().expect("its output"));
        let mut line = String::new();
        out.read_line(&mut line).expect("its first line");
        let url = line.strip_prefix("listening on ").expect(&line);
        Service {
            process: Some(process),
            out: Some(out),
            url: url.trim().to_owned(),
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Sends SIGTERM, and waits for the end.
    pub(crate) async fn terminate(self) -> Ended {
        let pid = self.process.as_ref().map_or(0, Child::id);
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -TERM {pid}")])
            .status();
        assert!(sent.expect("a shell").success());
        self.ended().await
    }

    /// The same for a service that must end well.
    pub(crate) async fn terminate_well(self) {
        let ended = self.terminate().await;
        assert!(ended.is_success, "{ended:?}");
    }

    /// Sends SIGKILL, and waits for the end.
    pub(crate) async fn kill(mut self) {
        self.process
            .as_mut()
            .expect("it runs")
            .kill()
            .expect("a kill");
        assert!(!self.ended().await.is_success);
    }

    async fn ended(mut self) -> Ended {
        let (process, out) = (self.process.take(), self.out.take());
        let (mut process, mut out) = (process.expect("it runs"), out.expect("its output"));
        let wait = spawn_blocking(move || {
            let mut text = String::new();
            out.read_to_string(&mut text).expect("its output");
            let status = process.wait().expect("its end");
            Ended {
                is_success: status.success(),
                out: text,
            }
        });
        wait.await.expect("its end")
    }
}

/// Starts the service, sends it SIGTERM as soon as it listens, and waits for the end. Gives whether that was a success.
pub(crate) fn terminate_once_it_listens(base_url: &str, folder: &Path) -> bool {
    // The shell sends the signal itself: one more process would be too late to show anything.
    const SCRIPT: &str = r#"out=$1 && shift && mkfifo "$out" && { "$@" >"$out" & } && {
        read -r line && kill -TERM $! && cat
    } <"$out" >/dev/null && wait $!"#;
    let ended = Command::new("sh")
        .args(["-c", SCRIPT, "sh"])
        .arg(folder.join("out"))
        .arg(env!("CARGO_BIN_EXE_timeline-service"))
        .args(["--listen", "127.0.0.1:0", "--base-url", base_url])
        .arg("--dead-letters")
        .arg(folder.join(LETTERS))
        .status();
    ended.expect("a shell").success()
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            drop(process.kill());
            drop(process.wait());
        }
    }
}
