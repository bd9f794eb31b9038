//! The short form of the fuzz targets, for `cargo test`: a target's seeds, changed a little, again and again.

use std::fs;
use std::path::Path;

/// SplitMix64: as random as this needs, and the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Less than the bound; 0 if that is 0.
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound as u64).max(1)).unwrap_or_default()
    }

    fn pick<'a>(&mut self, from: &'a [impl AsRef<[u8]>]) -> &'a [u8] {
        from[self.below(from.len())].as_ref()
    }

    fn part<'a>(&mut self, of: &'a [u8]) -> &'a [u8] {
        let part = &of[self.below(of.len())..];
        &part[..self.below(part.len() + 1).min(40)]
    }
}

/// Pieces that a change of single bytes would hardly make.
const PIECES: [&[u8]; 16] = [
    b"null",
    b"{}",
    b"[]",
    b"[[[[",
    b"]}",
    b"{{",
    b"}}",
    b"(",
    b"\"",
    b"\\ud800",
    b"\\u0000",
    b"\xff",
    b"\xe2\x80",
    b"-1",
    b"1e999",
    b"99999999999999999999",
];

fn mutate(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut data = random.pick(seeds).to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(data.len() + 1);
        let end = (at + random.below(20)).min(data.len());
        match random.below(5) {
            0 => drop(data.drain(at..end)),
            1 => drop(data.splice(at..end, random.pick(&PIECES).to_vec())),
            2 => {
                let seed = random.pick(seeds);
                let part = random.part(seed).to_vec();
                drop(data.splice(at..at, part));
            }
            3 => {
                let part = random.part(&data).to_vec();
                drop(data.splice(at..at, part));
            }
            _ => {
                if let Some(byte) = data.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    data
}

/// When a check panics, prints what was checked.
struct Told<'a>(&'a str, u64, &'a [u8]);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Told(kind, number, data) = self;
            eprintln!("{kind} {number}: {:?}", String::from_utf8_lossy(data));
        }
    }
}

/// Checks the target's seeds as they are, and this many mutations of them, each with its number as the random seed.
pub(crate) fn over_seeds(target: &str, mutations: u64, check: impl Fn(&[u8])) {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Cargo puts this file into what it publishes; the seeds are in the repository alone.
    if package.join("Cargo.toml.orig").exists() {
        println!("skipped: a published package has no seeds");
        return;
    }
    let place = package.join("../tests/fuzz/seeds");
    let files = fs::read_dir(place.join(target)).expect("the target's seeds");
    let mut paths: Vec<_> = files.map(|file| file.expect("a seed").path()).collect();
    paths.sort();
    let seeds: Vec<_> = paths
        .iter()
        .map(|path| fs::read(path).expect("a seed"))
        .collect();
    for (number, seed) in (0..).zip(&seeds) {
        let _told = Told("seed", number, seed);
        check(seed);
    }
    for number in 0..mutations {
        let data = mutate(&seeds, &mut Random(number));
        let _told = Told("mutation", number, &data);
        check(&data);
    }
}
