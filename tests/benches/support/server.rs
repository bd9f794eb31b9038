//! A bare server in a process of its own: it answers each batch with 201 and every event of it, and keeps nothing. With a
//! trouble it keeps a ledger: see `ledger`.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Result;
use super::ledger::Ledger;

const ROLE: &str = "--serve";

/// The server's process, for as long as this lives.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start() -> Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command
            .arg(ROLE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let mut port = String::new();
        let output = process.stdout.take().ok_or("no output")?;
        BufReader::new(output).read_line(&mut port)?;
        let url = format!("http://127.0.0.1:{}", port.trim());
        Ok(Server { process, url })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server ends when its input ends, which is when this process ends at the latest.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Serves, if that is what the process was started for: `--serve`, or `--serve` and a trouble.
pub(crate) fn is_served() -> Result<bool> {
    let arguments: Vec<String> = env::args().skip(1).take(2).collect();
    let ledger = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [ROLE] => None,
        [ROLE, trouble] => Some(Arc::new(Ledger::new(trouble.parse()?))),
        _ => return Ok(false),
    };
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    thread::spawn(move || {
        for stream in listener.incoming().map_while(io::Result::ok) {
            let ledger = ledger.clone();
            thread::spawn(move || answer_all(stream, ledger.as_deref()));
        }
    });
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(true)
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    inputs: Vec<Input<'a>>,
}

/// An event in a request. Only what the answer needs is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    event_template_id: &'a RawValue,
    #[serde(borrow)]
    pub(super) id: &'a RawValue,
    #[serde(borrow)]
    pub(super) tokens: &'a RawValue,
}

fn answer_all(stream: TcpStream, ledger: Option<&Ledger>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(1 << 16, stream.try_clone()?);
    let mut writer = stream;
    let (mut line, mut request, mut answer) = (String::new(), Vec::new(), Vec::new());
    loop {
        let mut length = 0;
        let mut target = None;
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            // Only a ledger asks what the request is for.
            if ledger.is_some() && target.is_none() {
                target = Some(line.clone());
            }
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse()?;
                }
                None if line.trim_end().is_empty() => break,
                _ => {}
            }
        }
        request.resize(length, 0);
        reader.read_exact(&mut request)?;
        answer.clear();
        let status = match (ledger, target) {
            (Some(ledger), Some(target)) => match ledger.answer(&target, &request, &mut answer)? {
                Some(status) => status,
                None => return Ok(writer.shutdown(Shutdown::Both)?),
            },
            _ => {
                let request: Request<'_> = serde_json::from_slice(&request)?;
                write_answer(&request.inputs, "", &mut answer)?;
                "201 Created"
            }
        };
        // One write, so that header and body are one packet.
        let mut whole = Vec::with_capacity(answer.len() + 128);
        write!(
            whole,
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        )?;
        whole.extend_from_slice(&answer);
        writer.write_all(&whole)?;
    }
}

/// Writes the answer to a batch of which these events were created; `errors` are further keys.
pub(super) fn write_answer(
    created: &[Input<'_>],
    errors: &str,
    answer: &mut Vec<u8>,
) -> io::Result<()> {
    answer.extend_from_slice(br#"{"status":"COMPLETE","results":["#);
    for (n, input) in created.iter().enumerate() {
        if n > 0 {
            answer.push(b',');
        }
        write!(
            answer,
            r#"{{"id":{},"eventTemplateId":{},"objectType":"CONTACT","objectId":"{}","tokens":{}}}"#,
            input.id,
            input.event_template_id,
            5_000_000 + n,
            input.tokens
        )?;
    }
    write!(
        answer,
        r#"]{errors},"startedAt":"2026-08-01T12:00:00.000Z","completedAt":"2026-08-01T12:00:00.100Z"}}"#,
    )
}
