//! The table of names as it is stored: shared by the build script, which writes it, and the validator, which reads it.
//!
//! Open addressing over 2^17 slots of four bytes, little-endian. A slot holds 25 bits of the word's hash and seven bits of
//! its class; 0 is an empty slot. With the 17 bits of its place a word is known by 42 bits: among 90,000 words, another
//! word is taken for one of them once in some ten million times.

/// The slots of the table.
pub(crate) const SLOTS: usize = 1 << 17;

/// The bits of a slot that hold the class.
pub(crate) const CLASS: u32 = 0x7f;

/// FNV-1a over the folded word, finished so that its high bits are good ones.
pub(crate) fn hash(word: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for byte in word {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Where to look first, and what a slot of this word holds above its class; never 0.
pub(crate) fn place(word: &[u8]) -> (usize, u32) {
    let hash = hash(word);
    let tag = (hash as u32) & !CLASS;
    ((hash >> 47) as usize, if tag == 0 { !CLASS } else { tag })
}

/// Packs the list: `[given surname ordinary]` heads, each followed by the words of that class.
#[allow(dead_code, reason = "the build script's half")]
pub(crate) fn pack(list: &str) -> Vec<u8> {
    let mut slots = vec![0u32; SLOTS];
    let mut class = 0;
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix('[') {
            Some(head) => class = read_class(head),
            None => line.split(' ').filter(|word| !word.is_empty()).for_each(|word| {
                let (mut at, tag) = place(word.as_bytes());
                while slots[at] != 0 {
                    at = (at + 1) % SLOTS;
                }
                slots[at] = tag | class;
            }),
        }
    }
    slots.iter().flat_map(|slot| slot.to_le_bytes()).collect()
}

/// `given surname ordinary]`, one digit each → bits 0–1, 2–3, 4–5.
fn read_class(head: &str) -> u32 {
    let digits = head.bytes().filter(u8::is_ascii_digit).enumerate();
    digits
        .map(|(index, digit)| u32::from(digit - b'0') << (2 * index))
        .sum()
}
