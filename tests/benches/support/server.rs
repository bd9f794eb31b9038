//! A bare server in a process of its own: it answers each batch with 201 and every event of it, and keeps nothing.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Result;

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
        // It ends with its input, which ends with this process at the latest.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Serves, if that is what the process was started for.
pub(crate) fn is_served() -> Result<bool> {
    if env::args().nth(1).as_deref() != Some(ROLE) {
        return Ok(false);
    }
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    thread::spawn(move || {
        for stream in listener.incoming().map_while(io::Result::ok) {
            thread::spawn(move || answer_all(stream));
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input<'a> {
    #[serde(borrow)]
    event_template_id: &'a RawValue,
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    tokens: &'a RawValue,
}

fn answer_all(stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(1 << 16, stream.try_clone()?);
    let mut writer = stream;
    let (mut line, mut request, mut answer) = (String::new(), Vec::new(), Vec::new());
    loop {
        let mut length = 0;
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
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
        write_answer(&serde_json::from_slice(&request)?, &mut answer)?;
        // One write, so that header and body are one packet.
        line.clear();
        let mut whole = Vec::with_capacity(answer.len() + 128);
        write!(
            whole,
            "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        )?;
        whole.extend_from_slice(&answer);
        writer.write_all(&whole)?;
    }
}

fn write_answer(request: &Request<'_>, answer: &mut Vec<u8>) -> io::Result<()> {
    answer.extend_from_slice(br#"{"status":"COMPLETE","results":["#);
    for (n, input) in request.inputs.iter().enumerate() {
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
    answer.extend_from_slice(
        br#"],"startedAt":"2026-08-01T12:00:00.000Z","completedAt":"2026-08-01T12:00:00.100Z"}"#,
    );
    Ok(())
}
