//! Business identifier codes of banks.

use super::Verdict;

/// The two-letter codes of ISO 3166-1, and XK (Kosovo), which banks use.
const COUNTRIES: &[u8] = b"ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCN\
COCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISIT\
JEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOM\
PAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUY\
UZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";

/// A business identifier code: four letters, an ISO 3166 country, a location of two symbols that starts with neither 0
/// nor 1 and does not end in O, and optionally a branch of three symbols.
///
/// Source: ISO 9362; the location rule is that of the ISO 20022 data type `BICIdentifier`.
pub(super) fn bic(text: &[u8]) -> Verdict {
    let [_, _, _, _, c1, c2, l1, l2, ..] = *text else {
        return Verdict::Invalid;
    };
    let letters = text[..4].iter().all(u8::is_ascii_uppercase);
    let symbols = text[6..]
        .iter()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let location = !matches!(l1, b'0' | b'1') && l2 != b'O';
    (matches!(text.len(), 8 | 11) && letters && symbols && location && country([c1, c2])).into()
}

/// Whether two bytes are a country code.
pub(super) fn country(code: [u8; 2]) -> bool {
    COUNTRIES.as_chunks::<2>().0.binary_search(&code).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_country_table_is_sorted_and_whole() {
        assert_eq!(COUNTRIES.len(), 2 * 250);
        assert!(COUNTRIES.as_chunks::<2>().0.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn country_length_and_location_count() {
        assert!(bic(b"LUMEPTPL").is_valid());
        assert!(bic(b"LUMEPTPLXXX").is_valid());
        for bad in [
            "LUMEZZPL",
            "LUMEPTPLXX",
            "LUM1PTPL",
            "LUMEPT0L",
            "LUMEPTPO",
            "lumeptpl",
            "LUMEPT",
        ] {
            assert!(!bic(bad.as_bytes()).is_valid(), "{bad}");
        }
    }
}
