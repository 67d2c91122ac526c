//! The binary as a user runs it: exit codes, what goes to stdout and what to stderr, settings, pipes and signals.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The binary in a folder of its own, with an empty environment: nothing of this machine's settings or credentials.
fn lakewarden(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lakewarden"));
    command
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .stdin(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    outcome(lakewarden(folder).args(arguments).output().unwrap())
}

fn outcome(output: Output) -> (i32, String, String) {
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

fn feed(command: &mut Command, input: &str) -> (i32, String, String) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    outcome(child.wait_with_output().unwrap())
}

/// A folder `lake` with one table of e-mail addresses.
fn lake() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("lake")).unwrap();
    let rows: String = (0..50)
        .map(|n| format!("{n},quill{n}@quarry-mail.com\n"))
        .collect();
    fs::write(folder.path().join("lake/people.csv"), format!("id,email\n{rows}")).unwrap();
    folder
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

#[test]
fn bad_usage_exits_with_2_in_one_line_with_a_suggestion_and_does_nothing() {
    let folder = lake();
    let cases: [(&[&str], &str); 15] = [
        (
            &["scan", "--min-sze", "3", "lake"],
            "did you mean \"--min-size\"?",
        ),
        (&["scna", "lake"], "did you mean \"scan\"?"),
        (
            &["scan", "--detail", "tabels", "lake"],
            "did you mean \"tables\"?",
        ),
        (&["scan", "--min-size", "12XB", "lake"], "write it like 512MiB"),
        (&["scan", "-o", "jsn", "lake"], "did you mean \"json\"?"),
        (
            &["scan", "-o", "json", "-o", "jsonl", "lake"],
            "two outputs on stdout",
        ),
        (
            &["scan", "-o", "json=one", "-o", "html=one", "lake"],
            "one would be written over",
        ),
        (
            &["scan", "-o", "json=one", "--profile-out", "./one", "lake"],
            "./one would be written over",
        ),
        (&["scan", "sw3://bucket"], "did you mean s3://bucket"),
        (&["scan", "--enable", "emial", "lake"], "did you mean \"email\"?"),
        (&["scan", "--shard", "1/2", "lake"], "--shard needs --key"),
        (&["scan"], "name at least one location"),
        (
            &["scan", "az://acct/box/?sv=1&sig=abc%3D"],
            "\"az://acct/box/?…\": a location holds no password and no signature",
        ),
        (
            &["scan", "https://acct.example/box?sig=abc"],
            "\"https://acct.example/box?…\"",
        ),
        (&["classifiers", "show", "emial"], "did you mean \"email\"?"),
    ];
    for (arguments, said) in cases {
        let (code, stdout, stderr) = run(folder.path(), arguments);
        assert_eq!(code, 2, "{arguments:?}: {stderr}");
        assert_eq!(stdout, "", "{arguments:?}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
        assert!(
            stderr.starts_with("error: ") && stderr.lines().count() == 1,
            "{stderr}"
        );
    }
}

#[test]
fn a_location_that_gives_nothing_exits_with_3_after_the_report() {
    let folder = lake();
    let (code, stdout, stderr) = run(folder.path(), &["scan", "-o", "json", "lake", "no/such"]);
    assert_eq!(code, 3, "{stderr}");
    assert_eq!(json(&stdout)["stores"].as_array().unwrap().len(), 1);
    assert!(
        stderr.contains("no/such") && stderr.contains("not found"),
        "{stderr}"
    );
}

#[test]
fn gates_decide_between_0_1_and_4() {
    let folder = lake();
    let gate = |arguments: &[&str]| {
        let mut all = vec!["scan", "-o", "json", "lake"];
        all.extend(arguments);
        let (code, stdout, stderr) = run(folder.path(), &all);
        let result = json(&stdout)["decision"]["result"].as_str().map(str::to_owned);
        (code, result.unwrap_or_default(), stderr)
    };
    assert_eq!(gate(&[]).0, 0);
    let (code, result, _) = gate(&["--fail-on-sensitivity", "critical", "--min-coverage", "100%"]);
    assert_eq!((code, result.as_str()), (0, "pass"));
    let (code, result, stderr) = gate(&["--fail-on-sensitivity", "low"]);
    assert_eq!((code, result.as_str()), (1, "fail"));
    assert!(stderr.starts_with("gate failed: "), "{stderr}");
    // A compressed file that ends too early could hide anything.
    fs::write(
        folder.path().join("lake/cut.csv.gz"),
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
    )
    .unwrap();
    let (code, result, stderr) = gate(&["--fail-on-sensitivity", "critical"]);
    assert_eq!((code, result.as_str()), (4, "not_proven"), "{stderr}");
    assert!(stderr.starts_with("gate not proven: "), "{stderr}");
    assert_eq!(gate(&["--min-coverage", "100%"]).0, 1);
}

#[test]
fn a_gate_is_not_proven_where_no_content_was_read() {
    let folder = lake();
    let (code, stdout, stderr) = run(
        folder.path(),
        &[
            "exposure",
            "-o",
            "json",
            "lake",
            "--fail-on",
            "high",
            "--min-coverage",
            "100%",
        ],
    );
    assert_eq!(code, 4, "{stderr}");
    for gate in json(&stdout)["decision"]["gates"].as_array().unwrap() {
        assert_eq!(gate["result"], "not_proven");
    }
    let config = "locations = ['lake', 'no/such']\nfail-on = 'critical'\nmin-coverage = 100\n";
    fs::write(folder.path().join("lakewarden.toml"), config).unwrap();
    let (code, _, stderr) = run(folder.path(), &["scan", "-o", "json"]);
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("nothing was read from a location"), "{stderr}");
}

#[test]
fn stdout_holds_the_report_alone_and_files_get_theirs() {
    let folder = lake();
    let (code, stdout, stderr) = run(
        folder.path(),
        &[
            "scan",
            "-vvv",
            "--log",
            "json",
            "-o",
            "json",
            "-o",
            "html=map.html",
            "lake",
        ],
    );
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(json(&stdout)["schema"], "lakewarden.report/1");
    for line in stderr.lines() {
        assert!(
            json(line)["target"].as_str().unwrap().starts_with("lakewarden"),
            "{line}"
        );
    }
    assert!(
        fs::read_to_string(folder.path().join("map.html"))
            .unwrap()
            .contains("<!")
    );
    assert!(!stdout.contains("quarry-mail") && !stderr.contains("quarry-mail"));
}

#[test]
fn flags_win_over_the_environment_and_the_environment_over_the_file() {
    let folder = lake();
    fs::write(
        folder.path().join("lakewarden.toml"),
        "output = 'json'\nlocations = ['lake']\nseed = 3\nexternal-id = 'hush-hush'\n",
    )
    .unwrap();
    let first = |arguments: &[&str], variable: Option<&str>| {
        let mut command = lakewarden(folder.path());
        variable.map(|value| command.env("LAKEWARDEN_OUTPUT", value));
        let (code, stdout, stderr) = outcome(command.args(arguments).output().unwrap());
        assert_eq!(code, 0, "{stderr}");
        let text: String = stdout.split_whitespace().collect();
        text.chars().take(14).collect::<String>()
    };
    assert_eq!(first(&["scan"], None), "{\"schema\":\"lak");
    assert_eq!(first(&["scan"], Some("jsonl")), "{\"type\":\"run\",");
    assert_eq!(first(&["scan", "-o", "table"], Some("jsonl")), "Exposuremaplak");

    let mut command = lakewarden(folder.path());
    command
        .env("LAKEWARDEN_SEED", "4")
        .env("LAKEWARDEN_MEMROY", "1GiB");
    let (code, stdout, stderr) = outcome(command.args(["config", "check", "--jobs=5"]).output().unwrap());
    assert_eq!(code, 0);
    let row = |name: &str| {
        stdout
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap()
            .to_owned()
    };
    assert!(row("output").ends_with("lakewarden.toml:1"));
    assert!(row("seed").ends_with("LAKEWARDEN_SEED"));
    assert!(row("jobs").ends_with("command line"));
    assert!(row("detail").ends_with("default"));
    assert!(!stdout.contains("hush-hush"));
    assert!(stderr.contains("did you mean LAKEWARDEN_MEMORY?"), "{stderr}");
}

#[test]
fn a_switch_of_the_file_can_be_taken_back() {
    let folder = lake();
    fs::write(folder.path().join("lakewarden.toml"), "probe = true\n").unwrap();
    let probe = |arguments: &[&str]| {
        let (_, stdout, _) = run(folder.path(), &[&["config", "check"], arguments].concat());
        let line = stdout
            .lines()
            .find(|line| line.starts_with("probe"))
            .unwrap()
            .to_owned();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!(
        (probe(&[]).as_str(), probe(&["--probe=false"]).as_str()),
        ("true", "false")
    );
}

#[test]
fn an_unknown_key_of_the_file_is_named_with_its_line() {
    let folder = lake();
    fs::write(folder.path().join("my.toml"), "seed = 1\nmin_sze = 3\n").unwrap();
    let (code, _, stderr) = run(folder.path(), &["--config", "my.toml", "config", "check"]);
    assert_eq!(code, 2);
    assert_eq!(
        stderr,
        "error: failed to use my.toml:2: unknown key \"min_sze\"; did you mean \"min-size\"?\n"
    );
    let (code, _, stderr) = run(folder.path(), &["scan", "lake", "--config", "absent.toml"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("absent.toml"), "{stderr}");
}

#[test]
fn no_colour_and_no_progress_without_a_terminal() {
    let folder = lake();
    let (code, stdout, stderr) = run(folder.path(), &["scan", "lake"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.contains("Exposure map") && !stdout.contains('\u{1b}'));
}

/// `script` lends the binary a terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_colour_unless_no_color_is_set() {
    if !Path::new("/usr/bin/script").exists() {
        return;
    }
    let folder = lake();
    let colours = |no_color: &str| {
        let command = format!("{} -q scan lake", env!("CARGO_BIN_EXE_lakewarden"));
        let output = Command::new("/usr/bin/script")
            .args(["-qec", &command, "/dev/null"])
            .current_dir(folder.path())
            .env_clear()
            .envs([
                ("HOME", folder.path().to_str().unwrap()),
                ("TERM", "xterm"),
                ("NO_COLOR", no_color),
            ])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("Exposure map"), "{text}");
        text.contains("\u{1b}[")
    };
    assert!(colours("") && !colours("1"));
}

#[test]
fn a_reader_that_is_gone_is_not_an_error() {
    let folder = lake();
    let commands: [&[&str]; 5] = [
        &["scan", "-o", "jsonl", "lake"],
        &["classifiers", "list", "-o", "json"],
        &["config", "check"],
        &["doctor"],
        &["--help"],
    ];
    for arguments in commands {
        let mut command = lakewarden(folder.path());
        command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let (code, _, stderr) = outcome(child.wait_with_output().unwrap());
        assert_eq!((code, stderr.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn detect_writes_spans_in_order_and_names_bad_lines_by_number() {
    let folder = tempfile::tempdir().unwrap();
    let input =
        "{\"id\":7,\"text\":\"é ana@quarry-mail.com\"}\nsecret-nonsense\n{\"id\":\"b\",\"text\":\"\"}\n";
    let mut command = lakewarden(folder.path());
    command.args(["detect", "--input", "jsonl", "--offsets", "chars"]);
    let (code, stdout, stderr) = feed(&mut command, input);
    assert_eq!(code, 0);
    let lines: Vec<serde_json::Value> = stdout.lines().map(json).collect();
    assert_eq!(
        (lines[0]["id"].as_i64(), lines[1]["id"].as_str()),
        (Some(7), Some("b"))
    );
    assert_eq!(
        (
            lines[0]["spans"][0]["start"].as_i64(),
            lines[0]["spans"][0]["end"].as_i64()
        ),
        (Some(2), Some(21))
    );
    assert_eq!(lines[1]["spans"], serde_json::json!([]));
    assert_eq!(stderr, "line 2: left out, it is not JSON\n");
    assert!(!stdout.contains("quarry") && !stderr.contains("nonsense"));
}

#[test]
fn detect_reads_a_file_as_one_record_and_redacts_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("note.txt"), "write to ana@quarry-mail.com\n").unwrap();
    let (code, stdout, _) = run(folder.path(), &["detect", "note.txt"]);
    assert_eq!((code, json(&stdout)["id"].as_str()), (0, Some("note.txt")));
    let (_, stdout, _) = run(folder.path(), &["detect", "--redact", "note.txt"]);
    assert_eq!(stdout, "write to [EMAIL]\n");
    let (_, stdout, _) = run(folder.path(), &["detect", "--disable", "email", "note.txt"]);
    assert_eq!(json(&stdout)["spans"], serde_json::json!([]));
    let (code, stdout, stderr) = run(folder.path(), &["detect", "absent.txt"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(
        stderr.starts_with("error: failed to open absent.txt: "),
        "{stderr}"
    );
}

#[test]
fn classifiers_are_listed_explained_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let (_, stdout, _) = run(folder.path(), &["classifiers", "list", "-o", "json"]);
    let all = json(&stdout);
    let email = all
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["id"] == "email")
        .unwrap()
        .clone();
    for field in [
        "name",
        "category",
        "severity",
        "regions",
        "identifies",
        "summary",
        "random_pass_rate",
        "aliases",
    ] {
        assert!(!email[field].is_null(), "{field}");
    }
    let (_, stdout, _) = run(
        folder.path(),
        &["classifiers", "list", "--enable", "network", "--disable", "ipv6"],
    );
    assert!(
        stdout.contains("\nipv4 ") && !stdout.contains("ipv6") && !stdout.contains("email"),
        "{stdout}"
    );
    let (code, stdout, _) = run(folder.path(), &["classifiers", "show", "email"]);
    assert!(code == 0 && stdout.starts_with("email: "), "{stdout}");

    let badge = |accept: &str| {
        format!(
            "id = 'badge'\nname = 'Badge'\ncategory = 'contact'\nseverity = 'low'\nsummary = 'A badge.'\n\
             [match]\npatterns = [{{ regex = 'BDG[0-9]{{6}}', weight = 3.0 }}]\nmax_len = 9\n\
             [[accept]]\ntext = '{accept}'\n[[reject]]\ntext = 'BDG12'\nwhy = 'too short'\n"
        )
    };
    let file = folder.path().join("badge.toml");
    fs::write(&file, badge("BDG123456")).unwrap();
    let (code, stdout, stderr) = run(folder.path(), &["classifiers", "check", "badge.toml"]);
    assert_eq!(
        (code, stdout.as_str()),
        (0, "1 of 1 classifiers are fine\n"),
        "{stderr}"
    );
    fs::write(&file, badge("nothing here")).unwrap();
    let (code, stdout, _) = run(folder.path(), &["classifiers", "check", "badge.toml"]);
    assert!(
        code == 1 && stdout.starts_with("badge: ") && stdout.ends_with("0 of 1 classifiers are fine\n"),
        "{stdout}"
    );
    fs::write(&file, badge("x").replace("severity", "sevrity")).unwrap();
    let (code, _, stderr) = run(folder.path(), &["classifiers", "check", "badge.toml"]);
    assert_eq!(code, 2);
    assert!(
        stderr.contains("badge.toml:4: ") && stderr.contains("did you mean \"severity\"?"),
        "{stderr}"
    );
}

#[test]
fn profiles_of_shards_merge_into_the_report_of_the_whole() {
    let folder = lake();
    let more = folder.path().join("lake/more.csv");
    fs::copy(folder.path().join("lake/people.csv"), more).unwrap();
    fs::write(folder.path().join("key"), "0123456789abcdef0123456789abcdef").unwrap();
    for part in ["1", "2"] {
        let (shard, out) = (format!("{part}/2"), format!("{part}.profile"));
        let arguments = [
            "scan",
            "lake",
            "--key",
            "key",
            "--shard",
            &shard,
            "--profile-out",
            &out,
            "-o",
            "json",
        ];
        assert_eq!(run(folder.path(), &arguments).0, 0);
    }
    let (code, merged, stderr) = run(folder.path(), &["merge", "1.profile", "2.profile", "-o", "json"]);
    assert_eq!(code, 0, "{stderr}");
    let (_, whole, _) = run(folder.path(), &["scan", "lake", "--key", "key", "-o", "json"]);
    assert_eq!(json(&merged)["stores"], json(&whole)["stores"]);
    let (code, _, stderr) = run(folder.path(), &["merge", "lake/people.csv"]);
    assert!(code == 2 && !stderr.contains("quarry"), "{stderr}");
}

#[test]
fn doctor_names_the_sources_of_credentials_and_never_their_values() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".aws")).unwrap();
    fs::write(
        folder.path().join(".aws/credentials"),
        "[default]\naws_access_key_id = hidden-one\n",
    )
    .unwrap();
    let mut command = lakewarden(folder.path());
    command.env("AZURE_STORAGE_KEY", "hidden-two").arg("doctor");
    let (code, stdout, _) = outcome(command.output().unwrap());
    assert_eq!(code, 0);
    assert!(
        stdout.contains("~/.aws/credentials") && stdout.contains("$AZURE_STORAGE_KEY"),
        "{stdout}"
    );
    assert!(!stdout.contains("hidden"), "{stdout}");
}

/// A server that takes connections and never answers: the run is under way for as long as the test wants.
#[cfg(unix)]
#[test]
fn a_second_interrupt_ends_the_process_at_once() {
    use std::io::{BufRead as _, BufReader};

    let folder = tempfile::tempdir().unwrap();
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", server.local_addr().unwrap());
    let mut command = lakewarden(folder.path());
    command.args([
        "scan",
        "s3://quarry",
        "--anonymous",
        "--region",
        "eu-north-1",
        "--endpoint",
        &endpoint,
    ]);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id().to_string();
    let interrupt = || {
        let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(sent.success());
    };
    let _held = server.accept().unwrap();
    interrupt();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(
        line.starts_with("finishing what is under way; press Ctrl-C again"),
        "{line}"
    );
    interrupt();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn detect_reads_other_character_sets_and_refuses_what_is_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let text = "an address: ana.pretendo@fernmail-invented.net\n";
    let wide: Vec<u8> = std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    fs::write(folder.path().join("wide.txt"), wide).unwrap();
    let (code, stdout, stderr) = run(folder.path(), &["detect", "--redact", "wide.txt"]);
    assert_eq!((code, stdout.as_str()), (0, "an address: [EMAIL]\n"), "{stderr}");
    assert!(stderr.contains("wide.txt is UTF-16"), "{stderr}");
    fs::write(
        folder.path().join("odd.txt"),
        b"m\xff ana.pretendo@fernmail-invented.net, and more words\n",
    )
    .unwrap();
    let (code, _, stderr) = run(folder.path(), &["detect", "odd.txt"]);
    assert_eq!(code, 0);
    assert!(stderr.contains("odd.txt is"), "{stderr}");
    fs::write(
        folder.path().join("note.gz"),
        crate::hostile::gzip(text.as_bytes()),
    )
    .unwrap();
    let (code, stdout, stderr) = run(folder.path(), &["detect", "--redact", "note.gz"]);
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    assert!(stderr.contains("note.gz is no text"), "{stderr}");
}
