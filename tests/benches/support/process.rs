//! Processes of their own, and what this one has used. Linux only: elsewhere the figures are missing.

use std::env;
use std::fs;
use std::process::Command;

use super::Result;

/// Runs the benchmark's own program once more, in another role, and gives the numbers that it prints.
pub(crate) fn figures(role: &[&str]) -> Result<Vec<f64>> {
    let output = Command::new(env::current_exe()?).args(role).output()?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{}` failed: {errors}", role.join(" ")).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let numbers = text.split_whitespace().map(str::parse);
    Ok(numbers.collect::<Result<_, _>>()?)
}

/// The processor's time that this process has used, in seconds.
pub(crate) fn cpu() -> Result<f64> {
    // The kernel counts in hundredths for programs, whatever it is built with.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name in parentheses may hold anything.
    let (_, fields) = stat.rsplit_once(')').ok_or("no name in /proc/self/stat")?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || -> Result<f64> { Ok(fields.next().ok_or("too short")?.parse()?) };
    Ok((ticks()? + ticks()?) / TICKS_PER_SECOND)
}

/// Resident memory in bytes, now.
pub(crate) fn resident() -> Result<f64> {
    status("VmRSS:")
}

/// Resident memory in bytes, at its peak since [`forget_peak`].
pub(crate) fn peak() -> Result<f64> {
    status("VmHWM:")
}

pub(crate) fn forget_peak() -> Result<()> {
    Ok(fs::write("/proc/self/clear_refs", "5")?)
}

fn status(field: &str) -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kilobytes: f64 = kilobytes.ok_or("not in /proc/self/status")?.parse()?;
    Ok(kilobytes * 1024.0)
}
