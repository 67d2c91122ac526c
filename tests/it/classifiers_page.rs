//! `docs/classifiers.md` is made from the classifiers.

use lakewarden::classify::registry;

use crate::golden;

#[test]
fn the_page_about_classifiers_is_made_from_their_files() {
    // Figures that a run of benches/quality has left, where there are some.
    let results = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/results/classifiers.json");
    let measured = std::fs::read(results).map_or_else(
        |_| Default::default(),
        |text| serde_json::from_slice(&text).expect("ids with precision and recall"),
    );
    let page = registry::page::page(&registry::built_in().unwrap(), &measured);
    golden::check("docs/classifiers.md", &page);
}
