//! How much a string looks like words: the evidence of its letter pairs.

/// For each pair of letters (row: first, column: second), six more than the binary logarithm of how much commoner the pair
/// is in words of English and of program source than in random letters, rounded, between 0 and 9.
///
/// Counted over the distinct words of Python's standard library, each with the logarithm of its frequency.
const PAIRS: [&[u8; 26]; 26] = [
    b"47884573725988272989665563",
    b"75546433652743641664622252",
    b"84658438617754952768633241",
    b"75569543833644742665643340",
    b"85897764624879576999466863",
    b"64556732812644741655622141",
    b"63438346602546540764532122",
    b"72347322703443732546422141",
    b"76877772324879873788362506",
    b"41124200312111420141412010",
    b"53347342622434431354424020",
    b"84569543924844852476643272",
    b"86458433713564772365622241",
    b"84888694736546752489663242",
    b"56774663635779671977767432",
    b"83558435604744762867633161",
    b"11121200100411012332611100",
    b"85769563815676862687654261",
    b"64759557825655774589745362",
    b"85659648914665863887645373",
    b"66656551602778460777221311",
    b"73438332601233530343133121",
    b"62346325603325531553112210",
    b"43535323501342361336221331",
    b"43434332401555461455233132",
    b"41216111400221320212100021",
];

/// The evidence, in bits, that the letters of `text` form words: positive for words and names made of words, negative for
/// random letters. Only pairs of letters that touch count; case does not.
pub(super) fn evidence(text: &[u8]) -> i32 {
    let index = |byte: u8| {
        byte.is_ascii_alphabetic()
            .then(|| usize::from(byte.to_ascii_lowercase() - b'a'))
    };
    text.windows(2)
        .filter_map(|pair| Some(i32::from(PAIRS[index(pair[0])?][index(pair[1])?] - b'0') - 6))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_speak_for_themselves_and_random_letters_against() {
        for words in [
            "correct_horse",
            "SalesResults",
            "accessibility",
            "next_token",
            "localhost",
        ] {
            assert!(evidence(words.as_bytes()) > 0, "{words}");
        }
        for random in [
            "qXzkvBjwQp",
            "hT9!kz02Lq",
            "xfXcJrqTuKxvvlQEjPHFBx",
            "7FnhqKakzWrX-mtFQ4",
        ] {
            assert!(evidence(random.as_bytes()) < 0, "{random}");
        }
        assert_eq!(evidence(b"1-2 x 3"), 0);
    }
}
