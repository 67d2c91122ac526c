//! JSON as a stream of events, at any place the bytes are cut and in bounded memory: strings and numbers are handed on
//! in parts, nesting is counted, and nothing recurses.
//!
//! It is lenient where that loses nothing (RFC 8259 otherwise): control characters in strings, unknown escapes (kept
//! as they stand), lone surrogates (U+FFFD), `NaN` and `Infinity`.

use crate::decode::charset::push_char;

/// The deepest nesting of objects and arrays.
pub(super) const DEEPEST: usize = 256;

/// `Infinity`.
const LONGEST_WORD: usize = 8;

/// Receives events.
pub(super) trait Events {
    /// An object or array begins.
    fn begin(&mut self, kind: Container);
    /// The innermost object or array ends.
    fn end(&mut self);
    /// More bytes of a key.
    fn key_part(&mut self, bytes: &[u8]);
    /// The key is complete; its value follows.
    fn key_end(&mut self);
    /// A string or number begins.
    fn value_begin(&mut self);
    /// More bytes of a string or number.
    fn value_part(&mut self, bytes: &[u8]);
    /// The string or number is complete.
    fn value_end(&mut self);
    /// `true` or `false` (`null`: false), or `null`.
    fn literal(&mut self, null: bool);
    /// A value at the top ended.
    fn document(&mut self);
    /// Whether reading must stop.
    fn is_full(&self) -> bool {
        false
    }
}

/// What nests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Object,
    Array,
}

/// Why reading stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not JSON.
    Syntax,
    /// Nested deeper than [`DEEPEST`].
    TooDeep,
    /// The receiver can take no more.
    Full,
}

/// A fault, and how many of the pushed bytes were used before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stop {
    pub(super) used: usize,
    pub(super) fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between documents.
    Top,
    /// A value must follow.
    Value,
    /// Behind `[`.
    FirstItem,
    /// Behind `{`.
    FirstKey,
    /// Behind a comma in an object.
    Key,
    /// Behind a key.
    Colon,
    /// Behind a value in an object or array.
    Next,
    Text,
    Escape,
    /// In `\u`, these many digits seen.
    Unicode(u8),
    Minus,
    Number,
    Word,
}

/// The tokenizer.
pub(super) struct Tokenizer {
    state: State,
    stack: Vec<Container>,
    /// Whether the open string is a key.
    in_key: bool,
    /// The open `\u` escape, and a high surrogate before it.
    unit: u16,
    high: Option<u16>,
    word: Vec<u8>,
    /// Whether a line end inside a value is a fault: then a broken line cannot swallow the next.
    lines: bool,
}

type Flow = Result<usize, Fault>;

impl Tokenizer {
    /// A tokenizer before the first document. With `lines`, no string runs over a line end.
    pub(super) fn new(lines: bool) -> Self {
        Self {
            state: State::Top,
            stack: Vec::new(),
            in_key: false,
            unit: 0,
            high: None,
            word: Vec::new(),
            lines,
        }
    }

    /// Whether the input may end here.
    pub(super) fn at_top(&self) -> bool {
        self.state == State::Top
    }

    /// Forgets the open document.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.lines);
    }

    /// Reads the next bytes, all unless it stops.
    pub(super) fn push(&mut self, bytes: &[u8], events: &mut impl Events) -> Result<(), Stop> {
        let mut at = 0;
        while at < bytes.len() {
            if events.is_full() {
                return Err(Stop {
                    used: at,
                    fault: Fault::Full,
                });
            }
            match self.step(&bytes[at..], events) {
                Ok(used) => at += used,
                Err(fault) => return Err(Stop { used: at, fault }),
            }
        }
        Ok(())
    }

    /// The input ends. A number or word at the top may have been waiting for that; an open string is given as far as
    /// it came. Gives whether the last document is complete.
    pub(super) fn finish(&mut self, events: &mut impl Events) -> Result<bool, Fault> {
        match self.state {
            State::Number => self.end_number(events),
            State::Word => self.end_word(events)?,
            State::Text | State::Escape | State::Unicode(_) if !self.in_key => {
                self.lone_surrogate(events);
                events.value_end();
            }
            State::Text | State::Escape | State::Unicode(_) => events.key_end(),
            _ => {}
        }
        Ok(self.at_top())
    }

    #[inline]
    fn step(&mut self, rest: &[u8], events: &mut impl Events) -> Flow {
        match self.state {
            State::Text => self.text(rest, events),
            State::Escape => self.escape(rest[0], events),
            State::Unicode(digits) => self.unicode(digits, rest[0], events),
            State::Minus => self.minus(rest[0], events),
            State::Number => Ok(self.number(rest, events)),
            State::Word => self.in_word(rest[0], events),
            _ if matches!(rest[0], b' ' | b'\t' | b'\n' | b'\r') => self.space(rest),
            _ => self.punctuation(rest[0], events),
        }
    }

    fn space(&self, rest: &[u8]) -> Flow {
        if self.lines && rest[0] == b'\n' && self.state != State::Top {
            return Err(Fault::Syntax);
        }
        Ok(1)
    }

    fn punctuation(&mut self, byte: u8, events: &mut impl Events) -> Flow {
        match (self.state, byte) {
            (State::FirstItem, b']') | (State::FirstKey, b'}') => self.close(events),
            (State::FirstKey | State::Key, b'"') => {
                self.in_key = true;
                self.state = State::Text;
            }
            (State::Colon, b':') => self.state = State::Value,
            (State::Next, b',') => self.comma(),
            (State::Next, b'}' | b']') => self.matching(byte, events)?,
            (State::Top | State::Value | State::FirstItem, _) => return self.value(byte, events),
            _ => return Err(Fault::Syntax),
        }
        Ok(1)
    }

    fn comma(&mut self) {
        self.state = match self.stack.last() {
            Some(Container::Object) => State::Key,
            _ => State::Value,
        };
    }

    fn matching(&mut self, byte: u8, events: &mut impl Events) -> Result<(), Fault> {
        let opened = if byte == b'}' {
            Container::Object
        } else {
            Container::Array
        };
        if self.stack.last() != Some(&opened) {
            return Err(Fault::Syntax);
        }
        self.close(events);
        Ok(())
    }

    fn value(&mut self, byte: u8, events: &mut impl Events) -> Flow {
        match byte {
            b'{' => self.open(Container::Object, State::FirstKey, events)?,
            b'[' => self.open(Container::Array, State::FirstItem, events)?,
            b'"' => {
                self.in_key = false;
                self.state = State::Text;
                events.value_begin();
            }
            b'-' => self.state = State::Minus,
            b'0'..=b'9' => return Ok(self.begin_number(events)),
            b'a'..=b'z' | b'A'..=b'Z' => {
                self.word.clear();
                self.state = State::Word;
                return Ok(0);
            }
            _ => return Err(Fault::Syntax),
        }
        Ok(1)
    }

    fn open(&mut self, kind: Container, state: State, events: &mut impl Events) -> Result<(), Fault> {
        if self.stack.len() >= DEEPEST {
            return Err(Fault::TooDeep);
        }
        self.stack.push(kind);
        self.state = state;
        events.begin(kind);
        Ok(())
    }

    fn close(&mut self, events: &mut impl Events) {
        self.stack.pop();
        events.end();
        self.after_value(events);
    }

    fn after_value(&mut self, events: &mut impl Events) {
        if self.stack.is_empty() {
            self.state = State::Top;
            events.document();
        } else {
            self.state = State::Next;
        }
    }

    /// Inside quotes.
    fn text(&mut self, rest: &[u8], events: &mut impl Events) -> Flow {
        let end = match self.lines {
            true => memchr::memchr3(b'"', b'\\', b'\n', rest),
            false => memchr::memchr2(b'"', b'\\', rest),
        };
        let end = end.unwrap_or(rest.len());
        if end > 0 {
            self.lone_surrogate(events);
            self.part(&rest[..end], events);
        }
        match rest.get(end) {
            None => return Ok(end),
            Some(b'\n') if end > 0 => return Ok(end),
            Some(b'\\') => self.state = State::Escape,
            Some(b'"') => self.end_text(events),
            Some(_) => return Err(Fault::Syntax),
        }
        Ok(end + 1)
    }

    fn end_text(&mut self, events: &mut impl Events) {
        self.lone_surrogate(events);
        if self.in_key {
            self.state = State::Colon;
            events.key_end();
        } else {
            events.value_end();
            self.after_value(events);
        }
    }

    fn escape(&mut self, byte: u8, events: &mut impl Events) -> Flow {
        if byte == b'u' {
            self.unit = 0;
            self.state = State::Unicode(0);
            return Ok(1);
        }
        self.lone_surrogate(events);
        match byte {
            b'"' | b'\\' | b'/' => self.part(&[byte], events),
            b'b' => self.part(b"\x08", events),
            b'f' => self.part(b"\x0c", events),
            b'n' => self.part(b"\n", events),
            b'r' => self.part(b"\r", events),
            b't' => self.part(b"\t", events),
            _ => {
                self.state = State::Text;
                self.part(b"\\", events);
                return Ok(0);
            }
        }
        self.state = State::Text;
        Ok(1)
    }

    fn unicode(&mut self, digits: u8, byte: u8, events: &mut impl Events) -> Flow {
        let Some(digit) = char::from(byte).to_digit(16) else {
            self.state = State::Text;
            self.lone_surrogate(events);
            self.part("\u{fffd}".as_bytes(), events);
            return Ok(0);
        };
        self.unit = self.unit << 4 | digit as u16;
        self.state = State::Unicode(digits + 1);
        if digits == 3 {
            self.state = State::Text;
            self.end_unit(events);
        }
        Ok(1)
    }

    /// A `\u` escape is complete; two may make one character.
    fn end_unit(&mut self, events: &mut impl Events) {
        let unit = self.unit;
        if let (Some(high), 0xdc00..=0xdfff) = (self.high, unit) {
            self.high = None;
            let scalar = 0x10000 + ((u32::from(high) - 0xd800) << 10) + (u32::from(unit) - 0xdc00);
            self.character(scalar, events);
            return;
        }
        self.lone_surrogate(events);
        match unit {
            0xd800..=0xdbff => self.high = Some(unit),
            _ => self.character(u32::from(unit), events),
        }
    }

    fn character(&mut self, scalar: u32, events: &mut impl Events) {
        let mut bytes = Vec::with_capacity(4);
        push_char(
            char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER),
            &mut bytes,
        );
        self.part(&bytes, events);
    }

    /// A high surrogate that nothing follows is no character.
    #[inline]
    fn lone_surrogate(&mut self, events: &mut impl Events) {
        if self.high.take().is_some() {
            self.part("\u{fffd}".as_bytes(), events);
        }
    }

    #[inline]
    fn part(&self, bytes: &[u8], events: &mut impl Events) {
        if self.in_key {
            events.key_part(bytes);
        } else {
            events.value_part(bytes);
        }
    }

    /// Behind a minus sign.
    fn minus(&mut self, byte: u8, events: &mut impl Events) -> Flow {
        match byte {
            b'0'..=b'9' => {
                self.begin_number(events);
                events.value_part(b"-");
            }
            b'I' => {
                self.word.clear();
                self.state = State::Word;
            }
            _ => return Err(Fault::Syntax),
        }
        Ok(0)
    }

    fn begin_number(&mut self, events: &mut impl Events) -> usize {
        self.state = State::Number;
        events.value_begin();
        0
    }

    fn number(&mut self, rest: &[u8], events: &mut impl Events) -> usize {
        let numeric = |b: &u8| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let end = rest.iter().position(|b| !numeric(b));
        let len = end.unwrap_or(rest.len());
        events.value_part(&rest[..len]);
        if end.is_some() {
            self.end_number(events);
        }
        len
    }

    fn end_number(&mut self, events: &mut impl Events) {
        events.value_end();
        self.after_value(events);
    }

    fn in_word(&mut self, byte: u8, events: &mut impl Events) -> Flow {
        if !byte.is_ascii_alphabetic() {
            self.end_word(events)?;
            return Ok(0);
        }
        if self.word.len() == LONGEST_WORD {
            return Err(Fault::Syntax);
        }
        self.word.push(byte);
        Ok(1)
    }

    fn end_word(&mut self, events: &mut impl Events) -> Result<(), Fault> {
        match &self.word[..] {
            b"true" | b"false" | b"NaN" | b"Infinity" => events.literal(false),
            b"null" => events.literal(true),
            _ => return Err(Fault::Syntax),
        }
        self.after_value(events);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Writes events down, one character or text each.
    #[derive(Default)]
    struct Log(Vec<u8>);

    impl Events for Log {
        fn begin(&mut self, kind: Container) {
            self.0.push(if kind == Container::Object { b'{' } else { b'[' });
        }
        fn end(&mut self) {
            self.0.push(b')');
        }
        fn key_part(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
        fn key_end(&mut self) {
            self.0.push(b':');
        }
        fn value_begin(&mut self) {
            self.0.push(b'=');
        }
        fn value_part(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
        fn value_end(&mut self) {
            self.0.push(b';');
        }
        fn literal(&mut self, null: bool) {
            self.0.push(if null { b'0' } else { b'b' });
        }
        fn document(&mut self) {
            self.0.push(b'.');
        }
    }

    fn log(text: &str, step: usize) -> (String, Result<bool, Fault>) {
        let (mut tokenizer, mut events) = (Tokenizer::new(false), Log::default());
        let mut finished = Ok(());
        for part in text.as_bytes().chunks(step) {
            finished = finished.and_then(|()| tokenizer.push(part, &mut events));
        }
        let finished = match finished {
            Ok(()) => tokenizer.finish(&mut events),
            Err(stop) => Err(stop.fault),
        };
        (String::from_utf8(events.0).unwrap(), finished)
    }

    fn events(text: &str) -> String {
        let (events, finished) = log(text, text.len().max(1));
        assert_eq!(finished, Ok(true), "{text}");
        events
    }

    #[test]
    fn documents_become_events() {
        assert_eq!(
            events(r#"{"a": [1, "x", null, true], "b": {}} -2.5e3"#),
            "{a:[=1;=x;0b)b:{)).=-2.5e3;."
        );
        assert_eq!(events("[NaN, Infinity, -Infinity]"), "[bbb).");
    }

    #[test]
    fn escapes_are_decoded_and_odd_ones_lose_nothing() {
        assert_eq!(events(r#""\u0041\n\/\\ \ud83d\ude00""#), "=A\n/\\ \u{1f600};.");
        assert_eq!(events(r#""C:\Gone""#), "=C:\\Gone;.");
        assert_eq!(
            events(r#""\ud83dx \udc00 \u12""#),
            "=\u{fffd}x \u{fffd} \u{fffd};."
        );
    }

    #[test]
    fn what_is_not_json_is_a_fault() {
        let faults = [
            "{a: 1}",
            "[1 2]",
            r#"{"a" 1}"#,
            "[1,]",
            "]",
            r#"{"a":1]"#,
            "[2024-01-01 x]",
            "nope",
        ];
        for text in faults {
            assert_eq!(log(text, 100).1, Err(Fault::Syntax), "{text}");
        }
    }

    #[test]
    fn what_ends_early_is_incomplete_but_given() {
        assert_eq!(log(r#"{"a": "par"#, 100), ("{a:=par;".to_owned(), Ok(false)));
    }

    #[test]
    fn nesting_stops_at_the_limit() {
        let deep = "[".repeat(300_000);
        assert_eq!(log(&deep, 1000).1, Err(Fault::TooDeep));
        assert_eq!(log(&("[".repeat(DEEPEST) + &"]".repeat(DEEPEST)), 99).1, Ok(true));
    }

    #[test]
    fn with_lines_a_string_ends_at_the_line_end() {
        let (mut tokenizer, mut events) = (Tokenizer::new(true), Log::default());
        let stop = tokenizer.push(b"{\"a\": \"x\n", &mut events).unwrap_err();
        assert_eq!(stop.fault, Fault::Syntax);
    }

    proptest! {
        #[test]
        fn cutting_the_input_changes_nothing(
            text in r#"[\[\]{}":,a\\u0d8c19tnul \n-]{0,40}"#, step in 1usize..6,
        ) {
            prop_assert_eq!(log(&text, step), log(&text, 1000));
        }
    }
}
