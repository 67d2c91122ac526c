//! The table of names as it is stored: what the build script, which writes it, and the validator, which reads it, share.
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
