//! The page in a real browser. Without one the tests are left out, loudly; in CI that is a failure.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lakewarden::model::report::Detail;

use crate::report::{detailed, estate, write};
use crate::sample;

/// The browser, if there is one.
fn browser() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .flat_map(|dir| names.map(|n| dir.join(n)))
        .find(|p| p.is_file());
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must have chromium to test the page"
        );
        eprintln!("LEFT OUT: the page was not tested, chromium is not installed");
    }
    found
}

struct Page {
    dir: tempfile::TempDir,
    browser: PathBuf,
}

impl Page {
    /// The page in a folder of its own; `None` without a browser.
    fn of(html: &str) -> Option<Self> {
        let browser = browser()?;
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("page.html"), html).unwrap();
        Some(Self { dir, browser })
    }

    /// The document after its script ran, opened at a fragment, and what the browser logged.
    fn open(&self, fragment: &str) -> (String, String) {
        let profile = self.dir.path().join("profile");
        let output = Command::new(&self.browser)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
            ])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ])
            .args([
                "--disable-dev-shm-usage",
                "--window-size=1280,900",
                "--enable-logging=stderr",
                "--virtual-time-budget=4000",
            ])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("--dump-dom")
            .arg(format!("file://{}{fragment}", self.file().display()))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr))
    }

    fn file(&self) -> PathBuf {
        Path::new(self.dir.path()).join("page.html")
    }

    fn dom(&self, fragment: &str) -> String {
        self.open(fragment).0
    }
}

fn sample_page() -> Option<Page> {
    Page::of(&write("html", detailed(Detail::Objects), &sample::report()))
}

/// The text between the element with this id and the first `end` after it.
fn part<'a>(dom: &'a str, id: &str, end: &str) -> &'a str {
    let from = dom
        .split_once(&format!("id=\"{id}\""))
        .unwrap_or_else(|| panic!("no {id}"))
        .1;
    from.split_once(end).map_or(from, |(inside, _)| inside)
}

fn rows(dom: &str) -> usize {
    part(dom, "store-table", "</table>")
        .split_once("<tbody>")
        .map_or(0, |(_, body)| body.matches("<tr").count())
}

#[test]
fn the_page_shows_the_map_the_answer_and_every_store() {
    let Some(page) = sample_page() else { return };
    let (dom, log) = page.open("");
    assert!(!log.contains("CONSOLE"), "{log}");
    assert!(dom.contains("2 stores show sensitive data to people outside, now."));
    let map = part(&dom, "map", "</table>");
    assert_eq!(
        map.matches("class=\"cell ").count(),
        sample::report().summary.grid.len()
    );
    assert!(map.contains("critical sensitivity, List and read, critical risk"));
    assert_eq!(rows(&dom), sample::report().stores.len());
    let urgent = part(&dom, "urgent", "id=\"stores\"");
    assert!(urgent.contains("turn on RestrictPublicBuckets"));
    assert!(urgent.contains("One setting away") && urgent.contains("Not known"));
}

#[test]
fn a_fragment_filters_the_stores_and_opens_one() {
    let Some(page) = sample_page() else { return };
    let dom = page.dom("#verdict=public_list");
    assert_eq!(rows(&dom), 1);
    assert!(part(&dom, "store-table", "</table>").contains("acme-marketing-exports"));
    assert_eq!(
        part(&dom, "urgent", "id=\"stores\"").matches("<article").count(),
        1
    );
    assert!(part(&dom, "map", "class=\"legend\"").contains("<b>1 store</b>"));
    assert_eq!(
        rows(&page.dom("#sensitivity=none&verdict=private,public_read")),
        2
    );
    assert_eq!(rows(&page.dom("#q=uk_nhs")), 1);
    assert_eq!(rows(&page.dom("#classifier=email&sort=store")), 3);
    let dom = page.dom("#store=s3%3A%2F%2Facme-marketing-exports");
    let detail = part(&dom, "store-name", "</dialog>");
    assert!(detail.contains("crm/dt=*/part-*.parquet") && detail.contains("8 % expected by chance"));
    assert!(detail.contains("row 7"));
}

#[test]
fn hostile_names_are_shown_and_do_nothing() {
    let Some(page) = sample_page() else { return };
    for fragment in [
        "",
        "#store=s3%3A%2F%2Facme-marketing-exports",
        "#q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
    ] {
        let dom = page.dom(fragment);
        assert!(dom.contains("<title>Exposure map</title>"), "{fragment}");
        assert!(!dom.contains("<img"), "{fragment}");
    }
    let dom = page.dom("#store=s3%3A%2F%2Facme-marketing-exports");
    let detail = part(&dom, "store-name", "</dialog>");
    assert!(detail.contains("&lt;/script&gt;&lt;script&gt;"));
    assert!(detail.contains("\\u{1b}[31mred") && detail.contains("invoice\\u{202e}fdp.csv"));
}

#[test]
fn thousands_of_stores_are_shown_a_page_at_a_time() {
    let Some(page) = Page::of(&write("html", detailed(Detail::Tables), &estate(3_000))) else {
        return;
    };
    let dom = page.dom("#sort=store&page=2");
    assert_eq!(rows(&dom), 50);
    assert!(part(&dom, "pager", "id=\"h-found\"").contains("Page 2 of 61"));
}
