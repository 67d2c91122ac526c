//! XML replies as a small tree. The root's name is not looked at, as real servers differ in it.

use quick_xml::Reader;
use quick_xml::events::Event;

/// No settings reply is nested deeper.
const MAX_DEPTH: usize = 32;
/// No settings reply has more elements.
const MAX_NODES: usize = 100_000;

/// An element: its name without prefix, its attributes, its own text and its children.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) text: String,
    pub(super) children: Vec<Node>,
}

impl Node {
    /// Reads a document; `None` where it is not well-formed XML with one root.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::from_str(std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}'));
        let mut open = vec![Self::default()];
        let mut nodes = 0;
        loop {
            match reader.read_event().ok()? {
                Event::Eof => break,
                Event::Start(start) => {
                    nodes += 1;
                    open.push(Self::named(&start)?);
                }
                Event::Empty(start) => {
                    nodes += 1;
                    let node = Self::named(&start)?;
                    open.last_mut()?.children.push(node);
                }
                Event::End(_) => {
                    let done = open.pop()?;
                    open.last_mut()?.children.push(done);
                }
                Event::Text(text) => open.last_mut()?.text.push_str(&text.into_inner()),
                Event::CData(data) => open.last_mut()?.text.push_str(&data.into_inner()),
                Event::GeneralRef(reference) => {
                    let c = match reference.resolve_char_ref().ok()? {
                        Some(c) => c,
                        None => entity(&reference.into_inner())?,
                    };
                    open.last_mut()?.text.push(c);
                }
                _ => {}
            }
            if open.len() > MAX_DEPTH || nodes > MAX_NODES {
                return None;
            }
        }
        let mut top = open.pop().filter(|_| open.is_empty())?;
        top.children.pop().filter(|_| top.children.is_empty())
    }

    fn named(start: &quick_xml::events::BytesStart<'_>) -> Option<Self> {
        let mut node = Self {
            name: start.local_name().as_ref().to_owned(),
            ..Self::default()
        };
        for attribute in start.attributes() {
            let attribute = attribute.ok()?;
            let name = attribute.key.local_name().as_ref().to_owned();
            node.attributes.push((name, attribute.value.into_owned()));
        }
        Some(node)
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|c| c.name == name)
    }

    /// Every child of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |c| c.name == name)
    }

    /// The trimmed text of a child, where it has one.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.child(name).map(|c| c.text.trim()).filter(|t| !t.is_empty())
    }

    /// A child's text as a switch.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.value(name)? {
            v if v.eq_ignore_ascii_case("true") => Some(true),
            v if v.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// An attribute by its name without prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    /// Whether it has no child but these.
    pub(super) fn has_only(&self, names: &[&str]) -> bool {
        self.children.iter().all(|c| names.contains(&c.name.as_str()))
    }
}

/// The five entities of XML.
fn entity(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_becomes_a_tree() {
        let xml = br#"<?xml version="1.0"?><a:R xmlns:a="x"><K t:type="Group">a &amp; b&#33;</K><E/></a:R>"#;
        let root = Node::parse(xml).unwrap();
        assert_eq!(root.name, "R");
        assert_eq!(root.value("K"), Some("a & b!"));
        assert_eq!(root.child("K").unwrap().attribute("type"), Some("Group"));
        assert!(root.has_only(&["K", "E"]) && root.value("E").is_none());
    }

    #[test]
    fn what_is_no_document_is_none() {
        for text in ["", "text", "<a>", "<a></b>", "<a/><b/>", "<a>&nbsp;</a>"] {
            assert_eq!(Node::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Node::parse("<a>".repeat(99).as_bytes()), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = Node::parse(&bytes);
        }
    }
}
