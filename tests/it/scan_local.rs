//! Scans of local folders: the same bytes however the work is cut up, broken files named and passed over, a clean end
//! when interrupted, gates.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lakewarden::config::{Config, Output};
use lakewarden::engine::{self, Progress, Stop};
use serde_json::Value;

use crate::hostile::{gzip, nested_tar, parquet_of, tar};
use crate::program::{Ran, findings, run, scan, skips, timeless};

const MAIL: &str = "avalise.testerson@fernmail-invented.net";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// A folder of its own and a key file beside it.
struct Bench {
    folder: tempfile::TempDir,
    facts: Option<PathBuf>,
    lake: PathBuf,
}

impl Bench {
    fn new(lake: &Path, facts: Option<PathBuf>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), [42; 32]).unwrap();
        let lake = lake.to_owned();
        Self { folder, facts, lake }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn arguments(&self, more: &[&str]) -> Vec<String> {
        let mut arguments = vec!["scan".into(), self.lake.display().to_string()];
        arguments.extend(["--key".into(), self.path("key").display().to_string()]);
        if let Some(facts) = &self.facts {
            arguments.extend(["--facts".into(), facts.display().to_string()]);
        }
        arguments.extend(["--detail".into(), "objects".into()]);
        arguments.extend(more.iter().map(|text| (*text).to_owned()));
        arguments
    }

    fn report(&self) -> String {
        let text = std::fs::read_to_string(self.path("report")).unwrap();
        crate::program::assert_balanced(&serde_json::from_str(&text).unwrap());
        timeless(&text)
    }

    fn by_program(&self, more: &[&str]) -> String {
        let output = format!("json={}", self.path("report").display());
        let ran = run(self.arguments(&[&["-o", &output], more].concat()));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        self.report()
    }

    /// Pieces of other sizes than the budget gives are for the library.
    fn by_library(&self, piece: usize, jobs: usize) -> String {
        let config = Config {
            locations: vec![self.lake.display().to_string()],
            outputs: vec![Output {
                format: "json".into(),
                path: Some(self.path("report")),
            }],
            detail: lakewarden::model::report::Detail::Objects,
            key: Some(self.path("key")),
            facts: self.facts.clone(),
            piece: Some(piece),
            jobs,
            ..Config::default()
        };
        engine::scan(&config, &Arc::new(Progress::default()), &Stop::default()).unwrap();
        self.report()
    }

    fn by_shards(&self, count: u32) -> String {
        let profile = |n| self.path(&format!("profile{n}")).display().to_string();
        for n in 1..=count {
            let shard = format!("{n}/{count}");
            self.by_program(&["--shard", &shard, "--profile-out", &profile(n)]);
        }
        let output = format!("json={}", self.path("report").display());
        let mut arguments: Vec<String> = vec!["merge".into()];
        // The order of profiles is nobody's business.
        arguments.extend((1..=count).rev().map(profile));
        arguments.extend(["--detail".into(), "objects".into(), "-o".into(), output]);
        let ran = run(arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        self.report()
    }
}

/// Fails at the first difference, with what surrounds it.
fn assert_same(what: &str, one: &str, other: &str) {
    if one == other {
        return;
    }
    let at = one
        .bytes()
        .zip(other.bytes())
        .position(|(a, b)| a != b)
        .unwrap_or(one.len().min(other.len()));
    let around = |text: &str| {
        let bytes = text.as_bytes();
        String::from_utf8_lossy(&bytes[at.saturating_sub(300)..bytes.len().min(at + 200)]).into_owned()
    };
    panic!("{what} differs:\n{}\n\n{}", around(one), around(other));
}

fn assert_deterministic(bench: &Bench) {
    let first = bench.by_program(&["--jobs", "1", "--memory", "512MiB"]);
    let report: Value = serde_json::from_str(&first).unwrap();
    assert!(!findings(&report).is_empty());
    for (jobs, memory) in [("1", "64MiB"), ("2", "128MiB"), ("2", "512MiB")] {
        let other = bench.by_program(&["--jobs", jobs, "--memory", memory]);
        assert_same(&format!("--jobs {jobs} --memory {memory}"), &first, &other);
    }
    for (piece, jobs) in [(4 << 10, 2), (37_001, 1), (8 << 20, 2)] {
        let other = bench.by_library(piece, jobs);
        assert_same(&format!("pieces of {piece}"), &first, &other);
    }
    assert_same("two shards", &first, &bench.by_shards(2));
    assert_same("five shards", &first, &bench.by_shards(5));
}

#[test]
fn the_demo_lake_gives_the_same_bytes_however_it_is_read() {
    let facts = fixtures().join("lake.facts.json");
    assert_deterministic(&Bench::new(&fixtures().join("lake"), Some(facts)));
}

/// Lines of text with an address every few lines, at places that no piece size divides.
fn log(lines: usize) -> String {
    let line = |n: usize| {
        let mail = if n.is_multiple_of(7) { MAIL } else { "nobody" };
        format!("{n}: request of {mail} took {} ms\n", n * 37 % 1009)
    };
    (0..lines).map(line).collect()
}

fn table(rows: usize) -> String {
    let row = |n: usize| {
        let host = n * 7 % 250;
        format!("{n},user{n}.testerson@fernmail-invented.net,\"a, b\n{n}\",9.{host}.3.4\n")
    };
    let rows: String = (0..rows).map(row).collect();
    format!("id,mail,note,address\n{rows}")
}

/// A folder of files that break off in the middle of things, and whole ones between them.
fn broken_lake() -> tempfile::TempDir {
    let lake = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(lake.path().join(name), bytes).unwrap();
    let (log, table) = (log(4000), table(3000));
    let cut = |bytes: &[u8]| bytes[..bytes.len() * 2 / 3].to_vec();
    write("whole.csv", table.as_bytes());
    write("whole.log", log.as_bytes());
    write("whole.log.gz", &gzip(log.as_bytes()));
    write("cut.log.gz", &cut(&gzip(log.as_bytes())));
    write("cut.csv.gz", &cut(&gzip(table.as_bytes())));
    let mut flipped = gzip(table.as_bytes());
    let middle = flipped.len() / 2;
    flipped[middle..middle + 8].fill(0xff);
    write("flipped.csv.gz", &flipped);
    let rows: Vec<&str> = log.lines().collect();
    let mails = vec![MAIL; rows.len()];
    let parquet = parquet_of(&[("text", &rows), ("mail", &mails)]);
    write("whole.parquet", &parquet);
    write("cut.parquet", &cut(&parquet));
    let mut bad = parquet.clone();
    bad[64..256].fill(0xff);
    write("bad_page.parquet", &bad);
    let mut bad = parquet;
    let end = bad.len();
    bad[end - 200..end - 20].fill(0xff);
    write("bad_footer.parquet", &bad);
    write("nested.tar", &nested_tar(40, log.as_bytes()));
    write(
        "mixed.tar",
        &tar(&[
            ("a.csv", table.as_bytes()),
            ("cut.csv.gz", &cut(&gzip(table.as_bytes()))),
            ("noise.bin", &[0, 1, 2, 250, 251, 0, 0, 9].repeat(99)),
            ("z.log", log.as_bytes()),
        ]),
    );
    write("empty.csv", b"");
    write("bomb.gz", &bomb(2));
    lake
}

/// `gib` GiB of zeros as gzip: members of 64 MiB, one after the other.
fn bomb(gib: usize) -> Vec<u8> {
    gzip(&vec![0; 64 << 20]).repeat(gib * 16)
}

#[test]
fn broken_files_give_the_same_bytes_however_they_are_read() {
    assert_deterministic(&Bench::new(broken_lake().path(), None));
}

fn reason_of(report: &Value, key: &str) -> Vec<String> {
    skips(report)
        .into_iter()
        .filter(|(k, ..)| k == key)
        .map(|(_, member, reason)| format!("{}{reason}", member.map_or(String::new(), |m| m + " ")))
        .collect()
}

#[test]
fn broken_files_give_their_reasons_and_the_rest_is_scanned() {
    let lake = broken_lake();
    let (report, ran) = scan(lake.path(), &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let reasons = |key: &str| reason_of(&report, key);
    assert_eq!(reasons("cut.log.gz"), ["truncated"]);
    assert_eq!(reasons("cut.csv.gz"), ["truncated"]);
    assert_eq!(reasons("flipped.csv.gz"), ["corrupt"]);
    assert_eq!(reasons("cut.parquet"), ["truncated"]);
    assert_eq!(reasons("bad_page.parquet"), ["corrupt"]);
    assert_eq!(reasons("bad_footer.parquet"), ["corrupt"]);
    let nested = reasons("nested.tar");
    assert!(
        nested.iter().all(|reason| reason.ends_with("too_deep")),
        "{nested:?}"
    );
    assert!(
        nested
            .iter()
            .any(|reason| reason.starts_with("again.tar!again.tar!"))
    );
    assert_eq!(
        reasons("mixed.tar"),
        ["cut.csv.gz truncated", "noise.bin unsupported_format"]
    );
    for whole in [
        "whole.csv",
        "whole.log",
        "whole.log.gz",
        "whole.parquet",
        "empty.csv",
    ] {
        assert_eq!(reasons(whole), Vec::<String>::new(), "{whole}");
    }
    let partly = report["coverage"]["partly_read"]["objects"].as_u64();
    assert_eq!(partly, Some(5), "{}", report["coverage"]);
    let found_in: Vec<&str> = findings(&report)
        .iter()
        .flat_map(|finding| finding["locations"].as_array().unwrap())
        .filter_map(|place| place["object"].as_str())
        .collect();
    for file in [
        "whole.csv",
        "whole.log",
        "cut.csv.gz",
        "whole.parquet",
        "mixed.tar",
    ] {
        assert!(found_in.contains(&file), "{file} in {found_in:?}");
    }
}

#[test]
fn forty_gigabytes_of_zeros_cost_next_to_nothing() {
    let lake = tempfile::tempdir().unwrap();
    std::fs::write(lake.path().join("zeros.gz"), bomb(40)).unwrap();
    std::fs::write(lake.path().join("note.txt"), MAIL).unwrap();
    let (report, ran) = scan(lake.path(), &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(reason_of(&report, "zeros.gz"), ["bomb"]);
    assert_eq!(findings(&report).len(), 1);
}

#[test]
fn an_empty_folder_is_read_and_a_missing_one_gives_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (report, ran) = scan(folder.path(), &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(report["coverage"]["listed"]["objects"], 0);
    assert_eq!(report["stores"].as_array().unwrap().len(), 1);
    let (_, ran) = scan(&folder.path().join("missing"), &[]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_in_circles_nor_out_of_the_folder() {
    let (lake, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(outside.path().join("note.txt"), MAIL).unwrap();
    std::fs::write(lake.path().join("note.txt"), MAIL).unwrap();
    let link = |to: &Path, name: &str| std::os::unix::fs::symlink(to, lake.path().join(name)).unwrap();
    link(lake.path(), "circle");
    link(Path::new("itself"), "itself");
    link(outside.path(), "out");
    link(Path::new("note.txt"), "alias");
    let (report, ran) = scan(lake.path(), &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        skips(&report),
        [("out".into(), None, "unsupported_format".into())]
    );
    assert_eq!(report["coverage"]["read"]["objects"], 1);
    assert_eq!(findings(&report).len(), 1);
}

/// Modes bind everybody but root, so as root the scan runs as somebody else.
#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_said() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;

    let lake = tempfile::tempdir().unwrap();
    let path = |name: &str| lake.path().join(name);
    let mode = |name: &str, mode| {
        std::fs::set_permissions(path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    std::fs::create_dir(path("closed")).unwrap();
    for name in ["closed/note.txt", "closed.txt", "open.txt"] {
        std::fs::write(path(name), MAIL).unwrap();
    }
    mode("", 0o755);
    mode("closed.txt", 0);
    mode("closed", 0);
    let is_root = std::fs::read(path("closed.txt")).is_ok();
    let mut command = crate::program::program();
    if is_root {
        command.uid(65_534).gid(65_534);
    }
    let output = command.args(["scan", "-o", "json"]).arg(lake.path()).output();
    mode("closed", 0o700);
    let output = match output {
        Err(error) if is_root && error.kind() == std::io::ErrorKind::PermissionDenied => {
            eprintln!("LEFT OUT: unreadable files, nobody but root may run the program where it lies");
            return;
        }
        output => output.unwrap(),
    };
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    crate::program::assert_balanced(&report);
    let denied = |key: &str| (key.to_owned(), None, "access_denied".to_owned());
    assert_eq!(skips(&report), [denied("closed.txt"), denied("closed/")]);
    assert_eq!(report["coverage"]["read"]["objects"], 1);
}

/// Waits until the program catches interrupts, which it does before it does anything else.
#[cfg(target_os = "linux")]
fn wait_until_it_listens(pid: u32) {
    const INTERRUPT: u64 = 1 << (2 - 1);
    loop {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let caught = status
            .lines()
            .find_map(|line| line.strip_prefix("SigCgt:"))
            .unwrap();
        if u64::from_str_radix(caught.trim(), 16).unwrap() & INTERRUPT != 0 {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_scan_leaves_a_valid_partial_report() {
    let (lake, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = lake.path().join("0.log");
    std::fs::write(&first, log(40_000)).unwrap();
    // More than any machine reads before the signal arrives.
    for n in 1..2000 {
        std::fs::hard_link(&first, lake.path().join(format!("{n}.log"))).unwrap();
    }
    let path = |name: &str| out.path().join(name);
    let mut command = crate::program::program();
    command.arg("scan").arg(lake.path());
    for format in ["json", "jsonl", "html"] {
        command.args(["-o", &format!("{format}={}", path(format).display())]);
    }
    command.arg("--profile-out").arg(path("profile"));
    let mut child = command
        .args(["--quiet", "--fail-on", "critical"])
        .spawn()
        .unwrap();
    wait_until_it_listens(child.id());
    std::thread::sleep(std::time::Duration::from_millis(500));
    let kill = format!("kill -INT {}", child.id());
    assert!(
        std::process::Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let report: Value = serde_json::from_slice(&std::fs::read(path("json")).unwrap()).unwrap();
    crate::program::assert_balanced(&report);
    assert_eq!(report["run"]["complete"], false);
    assert!(report["coverage"]["read"]["objects"].as_u64().unwrap() < 2000);
    assert_eq!(report["decision"]["result"], "not_proven");
    let lines = std::fs::read_to_string(path("jsonl")).unwrap();
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(last["type"], "summary");
    assert!(
        std::fs::read_to_string(path("html"))
            .unwrap()
            .trim_end()
            .ends_with("</html>")
    );
    serde_json::from_slice::<Value>(&std::fs::read(path("profile")).unwrap()).unwrap();
}

fn decided(location: &Path, more: &[&str]) -> (Option<i32>, String) {
    let (report, ran): (Value, Ran) = scan(location, more);
    let result = report["decision"]["result"].as_str().unwrap_or("none").to_owned();
    (ran.code, result)
}

#[test]
fn gates_decide_the_exit_code() {
    let lake = tempfile::tempdir().unwrap();
    std::fs::write(lake.path().join("note.txt"), "nothing to see here\n").unwrap();
    let gate = |more: &[&str]| decided(lake.path(), more);
    assert_eq!(gate(&[]), (Some(0), "none".into()));
    assert_eq!(gate(&["--fail-on", "low"]), (Some(0), "pass".into()));
    assert_eq!(gate(&["--fail-on-sensitivity", "low"]), (Some(0), "pass".into()));
    assert_eq!(gate(&["--min-coverage", "100%"]), (Some(0), "pass".into()));

    // Half of the bytes cannot be read: what they hold is not known.
    let mut cut = parquet_of(&[("a", &["plain"; 9])]);
    cut.truncate(cut.len() - 9);
    std::fs::write(lake.path().join("cut.parquet"), cut).unwrap();
    let not_proven = (Some(4), "not_proven".to_owned());
    assert_eq!(gate(&["--fail-on", "low"]), not_proven);
    assert_eq!(gate(&["--fail-on-sensitivity", "critical"]), not_proven);
    assert_eq!(gate(&["--min-coverage", "99%"]), (Some(1), "fail".into()));
    let enough = ["--fail-on-sensitivity", "critical", "--min-coverage", "1%"];
    assert_eq!(gate(&enough), (Some(0), "pass".into()));

    // A failure that is known stands whatever else is not.
    std::fs::write(lake.path().join("keys.txt"), "key AKIAEACHEEIZSDDIH73R\n").unwrap();
    let failed = (Some(1), "fail".to_owned());
    assert_eq!(gate(&["--fail-on-sensitivity", "medium"]), failed);
}

#[test]
fn gates_judge_the_demo_lake() {
    let facts = fixtures().join("lake.facts.json").display().to_string();
    let lake = fixtures().join("lake");
    let gate = |more: &[&str]| decided(&lake, &[&["--facts", &facts], more].concat());
    assert_eq!(gate(&["--fail-on", "critical"]), (Some(1), "fail".into()));
    let press = gate(&["--fail-on", "critical", "--include", "press-kit/*.json"]);
    assert_eq!(press, (Some(0), "pass".into()));
}

#[test]
fn a_value_in_a_file_name_is_a_finding_of_the_key() {
    let lake = tempfile::tempdir().unwrap();
    std::fs::write(lake.path().join(format!("{MAIL}.txt")), "plain\n").unwrap();
    let (report, _) = scan(lake.path(), &[]);
    let columns = report["stores"][0]["tables"][0]["columns"]
        .as_array()
        .unwrap()
        .clone();
    let key = columns.iter().find(|column| column["path"] == "$key").unwrap();
    assert_eq!(key["findings"][0]["classifier"], "email");
    assert_eq!(key["findings"][0]["basis"], "name");
}
