//! XML replies as a small tree, with text exactly as sent (no trimming: keys may begin and end with spaces).

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Elements nested deeper than this are in no reply.
const DEEPEST: usize = 32;

/// One element.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    /// Its name without a namespace prefix.
    pub(super) name: String,
    /// Its own text, all of it.
    pub(super) text: String,
    /// Names and values of its attributes.
    attributes: Vec<(String, String)>,
    /// The elements in it.
    children: Vec<Node>,
}

impl Node {
    /// The document's root, if the bytes are XML and its root has this name.
    pub(super) fn document(bytes: &[u8], root: &str) -> Option<Self> {
        parse(std::str::from_utf8(bytes).ok()?).filter(|node| node.name == root)
    }

    /// The elements with this name directly inside.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first element with this name directly inside.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of that element, if there is any.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.child(name)
            .map(|child| child.text.as_str())
            .filter(|text| !text.is_empty())
    }

    /// An attribute's value.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The tree of a whole document; `None` when it is not one.
fn parse(text: &str) -> Option<Node> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open = vec![Node::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => open.push(element(&start)?),
            Event::Empty(start) => open.last_mut()?.children.push(element(&start)?),
            Event::End(_) => {
                let done = open.pop()?;
                open.last_mut()?.children.push(done);
            }
            Event::Text(text) => open.last_mut()?.text.push_str(&text.into_inner()),
            Event::CData(data) => open.last_mut()?.text.push_str(&data.into_inner()),
            Event::GeneralRef(reference) => open.last_mut()?.text.push(character(&reference)?),
            Event::Eof => break,
            _ => {}
        }
        if open.len() > DEEPEST {
            return None;
        }
    }
    let mut document = open.pop().filter(|_| open.is_empty())?;
    document.children.pop().filter(|_| document.children.is_empty())
}

fn element(start: &BytesStart<'_>) -> Option<Node> {
    let attributes = start
        .attributes()
        .map(|attribute| {
            let attribute = attribute.ok()?;
            Some((
                attribute.key.local_name().as_ref().to_owned(),
                attribute.value.into_owned(),
            ))
        })
        .collect::<Option<_>>()?;
    Some(Node {
        name: start.local_name().as_ref().to_owned(),
        attributes,
        ..Node::default()
    })
}

/// The character that `&name;` or `&#number;` stands for.
fn character(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Some(c) = reference.resolve_char_ref().ok()? {
        return Some(c);
    }
    match &*reference.clone().into_inner() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_to_the_space() {
        let xml = b"<?xml version=\"1.0\"?><R xmlns=\"x\"><K> a &amp; b&#13;\n</K><K Encoded=\"true\"/></R>";
        let root = Node::document(xml, "R").unwrap();
        let keys: Vec<_> = root.all("K").map(|k| k.text.as_str()).collect();
        assert_eq!(keys, [" a & b\r\n", ""]);
        assert_eq!(root.all("K").nth(1).unwrap().attribute("Encoded"), Some("true"));
    }

    #[test]
    fn another_document_is_none() {
        assert_eq!(
            Node::document(b"<Error><Code>x</Code></Error>", "ListBucketResult"),
            None
        );
        assert_eq!(Node::document(b"<R><K></R>", "R"), None);
        assert_eq!(Node::document(b"<R>", "R"), None);
        assert_eq!(Node::document(b"", "R"), None);
        assert_eq!(Node::document("<R>".repeat(100).as_bytes(), "R"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(text in ".{0,200}") {
            let _ = Node::document(text.as_bytes(), "R");
        }
    }
}
