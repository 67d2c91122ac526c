//! Keccak-256 of short inputs, as Ethereum uses it (with the padding from before SHA-3).

/// The constants of the 24 rounds.
const ROUNDS: [u64; 24] = [
    0x0000000000000001,
    0x0000000000008082,
    0x800000000000808A,
    0x8000000080008000,
    0x000000000000808B,
    0x0000000080000001,
    0x8000000080008081,
    0x8000000000008009,
    0x000000000000008A,
    0x0000000000000088,
    0x0000000080008009,
    0x000000008000000A,
    0x000000008000808B,
    0x800000000000008B,
    0x8000000000008089,
    0x8000000000008003,
    0x8000000000008002,
    0x8000000000000080,
    0x000000000000800A,
    0x800000008000000A,
    0x8000000080008081,
    0x8000000000008080,
    0x0000000080000001,
    0x8000000080008008,
];
/// How far the lanes rotate, and where they go, in the order in which the permutation visits them.
const ROTATIONS: [u32; 24] = [
    1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44,
];
const LANES: [usize; 24] = [
    10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1,
];
/// The bytes that one permutation takes in.
const RATE: usize = 136;

/// The hash of at most 135 bytes, which is one block; longer input is cut there.
///
/// Source: G. Bertoni and others, "The Keccak reference" 3.0.
pub(super) fn keccak_256(input: &[u8]) -> [u8; 32] {
    let mut block = [0u8; RATE];
    let len = input.len().min(RATE - 1);
    block[..len].copy_from_slice(&input[..len]);
    block[len] ^= 0x01;
    block[RATE - 1] ^= 0x80;
    let mut state = [0u64; 25];
    for (lane, bytes) in state.iter_mut().zip(block.as_chunks::<8>().0) {
        *lane = u64::from_le_bytes(*bytes);
    }
    ROUNDS.iter().for_each(|constant| round(&mut state, *constant));
    let mut hash = [0; 32];
    for (bytes, lane) in hash.as_chunks_mut::<8>().0.iter_mut().zip(state) {
        *bytes = lane.to_le_bytes();
    }
    hash
}

/// One round: θ, ρ and π, χ, ι.
fn round(state: &mut [u64; 25], constant: u64) {
    let column = |state: &[u64; 25], x: usize| (0..5).fold(0, |sum, y| sum ^ state[x + 5 * y]);
    let columns: [u64; 5] = std::array::from_fn(|x| column(state, x));
    for (at, lane) in state.iter_mut().enumerate() {
        let x = at % 5;
        *lane ^= columns[(x + 4) % 5] ^ columns[(x + 1) % 5].rotate_left(1);
    }
    let mut moved = state[1];
    for (rotation, lane) in ROTATIONS.into_iter().zip(LANES) {
        let kept = state[lane];
        state[lane] = moved.rotate_left(rotation);
        moved = kept;
    }
    for row in state.as_chunks_mut::<5>().0 {
        let old = *row;
        for (x, lane) in row.iter_mut().enumerate() {
            *lane ^= !old[(x + 1) % 5] & old[(x + 2) % 5];
        }
    }
    state[0] ^= constant;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::hex;

    #[test]
    fn the_published_hashes_come_out() {
        assert_eq!(
            hex(&keccak_256(b"")),
            "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
        );
        assert_eq!(
            hex(&keccak_256(b"abc")),
            "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
        );
    }
}
