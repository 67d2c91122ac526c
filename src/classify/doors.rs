//! What the credentials that were found open: parsed from the address or connection string around a match into a
//! [`Key`], which holds no part of the credential.
//!
//! Sources: Azure Storage REST, "Create a service SAS", "Create an account SAS", "Configure connection strings"; Amazon
//! S3 API Reference, "Authenticating requests: using query parameters"; Cloud Storage, "Signed URLs".

use crate::model::door::{Key, Kind, PERMISSIONS};

/// How far around a match its address can reach.
const REACH: usize = 2048;

/// What the match of this classifier at `span` of `text` opens; nothing for classifiers of other things, and for what
/// cannot be parsed.
pub(super) fn of(classifier: &str, text: &[u8], span: std::ops::Range<usize>) -> Option<Key> {
    let read: fn(&str) -> Option<Key> = match classifier {
        "azure_sas" => azure_signature,
        "azure_storage_key" => azure_key,
        "aws_presigned_url" => presigned_s3,
        "gcs_signed_url" => signed_gcs,
        _ => return None,
    };
    read(&around(text, span))
}

/// The run of bytes around a match that holds neither space nor quote, as one address or connection string does.
fn around(text: &[u8], span: std::ops::Range<usize>) -> String {
    let ends = |b: &u8| b.is_ascii_whitespace() || b"\"'`<>\\".contains(b) || !b.is_ascii_graphic();
    let (before, after) = (
        &text[span.start.saturating_sub(REACH)..span.start],
        &text[span.end..],
    );
    let from = before.iter().rposition(ends).map_or(0, |i| i + 1);
    let after = &after[..after.len().min(REACH)];
    let to = span.end + after.iter().position(ends).unwrap_or(after.len());
    let run = &text[span.start - (before.len() - from)..to];
    String::from_utf8_lossy(run).replace("&amp;", "&")
}

/// The value of a parameter of an address or a field of a connection string, percent-decoded. Names are compared
/// without regard to case.
fn field(text: &str, name: &str) -> Option<String> {
    let parts = text.split(['?', '&', ';', '#']);
    let mut values = parts.filter_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.eq_ignore_ascii_case(name).then_some(value)
    });
    values.next().map(decode)
}

/// Percent-decoding; what is not valid stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |i: usize| bytes.get(i).and_then(|b| char::from(*b).to_digit(16));
    let (mut out, mut i) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(&byte) = bytes.get(i) {
        match (byte, digit(i + 1), digit(i + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                i += 3;
            }
            _ => {
                out.push(byte);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Host and path of the last address in the text that ends before its query.
fn address(text: &str) -> Option<(&str, &str)> {
    let before_query = text.split_once('?').map_or(text, |(before, _)| before);
    let (_, rest) = before_query.rsplit_once("://")?;
    Some(rest.split_once('/').unwrap_or((rest, "")))
}

/// An Azure shared access signature, in an address, in a connection string, or by itself.
fn azure_signature(text: &str) -> Option<Key> {
    // `sig` is what makes it one; its value is not looked at.
    field_in_connection(text, "sig")?;
    let get = |name| field_in_connection(text, name);
    let account = azure_account(text);
    let container = if get("srt").is_some() {
        None
    } else {
        azure_container(text)
    };
    let permissions = get("sp").unwrap_or_default();
    let delegated = get("skoid").is_some();
    let whole = get("srt").is_some();
    let store = match (account, container) {
        (Some(account), Some(container)) => Some(format!("az://{account}/{container}")),
        (Some(account), None) if whole => Some(format!("az://{account}")),
        _ => None,
    };
    Some(Key {
        store,
        permissions: letters(&permissions),
        until: get("se").as_deref().and_then(time),
        kind: if delegated {
            Kind::UserDelegationSignature
        } else {
            Kind::SharedAccessSignature
        },
    })
}

/// As [`field`], also inside the field `SharedAccessSignature` of a connection string.
fn field_in_connection(text: &str, name: &str) -> Option<String> {
    field(&text.replace("SharedAccessSignature=", ";"), name)
}

/// The letters of a signature's permissions, as words.
fn letters(letters: &str) -> Vec<&'static str> {
    let word = |letter| match letter {
        'r' => Some("read"),
        'l' => Some("list"),
        'a' | 'c' | 'w' | 'u' | 'p' | 'm' | 't' | 'o' => Some("write"),
        'd' | 'x' | 'y' => Some("delete"),
        _ => None,
    };
    PERMISSIONS
        .into_iter()
        .filter(|p| letters.chars().filter_map(word).any(|w| w == *p))
        .collect()
}

/// The account that an address or a connection string names.
fn azure_account(text: &str) -> Option<String> {
    let named = field(text, "AccountName").or_else(|| azure_names(text)?.0);
    named.filter(|name| is_name(name, b"", 3..=24))
}

/// The container that an address names.
fn azure_container(text: &str) -> Option<String> {
    let special = |name: &str| name == "$web" || name == "$root";
    let name = azure_names(text)?.1.map(|name| decode(&name))?;
    (special(&name) || is_name(&name, b"-", 3..=63)).then_some(name)
}

/// Account and container of the first address of Azure's in the text: `https://ACCOUNT.blob.…/CONTAINER`, on a server
/// of this machine `http://127.0.0.1/ACCOUNT/CONTAINER`, `az://ACCOUNT/CONTAINER`, `abfss://CONTAINER@ACCOUNT.dfs.…`.
fn azure_names(text: &str) -> Option<(Option<String>, Option<String>)> {
    let owned = |part: Option<&str>| part.filter(|p| !p.is_empty()).map(str::to_owned);
    let mut parts = text.split("://");
    let mut scheme = parts.next()?;
    for rest in parts {
        let end = rest.find(['?', ';', '#']).unwrap_or(rest.len());
        let (host, path) = rest[..end].split_once('/').unwrap_or((&rest[..end], ""));
        let mut segments = path.split('/');
        let label = |host: &str| owned(host.split('.').next());
        if let Some((container, host)) = host.split_once('@').filter(|(_, host)| is_azure(host)) {
            return Some((label(host), owned(Some(container))));
        }
        if is_azure(host) {
            return Some((label(host), owned(segments.next())));
        }
        if is_local(host) {
            return Some((owned(segments.next()), owned(segments.next())));
        }
        if scheme.ends_with("az") {
            return Some((owned(Some(host)), owned(segments.next())));
        }
        scheme = rest;
    }
    None
}

/// Whether a host is a storage account's.
fn is_azure(host: &str) -> bool {
    let services = [".blob.", ".dfs.", ".file.", ".queue.", ".table.", ".web."];
    let domains = [
        ".windows.net",
        ".chinacloudapi.cn",
        ".usgovcloudapi.net",
        ".storage.azure.net",
    ];
    services.iter().any(|s| host.contains(s)) && domains.iter().any(|d| host.ends_with(d))
}

/// A server on this machine, such as an emulator, which has the account in the path.
fn is_local(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or(host);
    name == "localhost" || name.starts_with("127.")
}

/// A storage account's key, in a connection string that names the account.
fn azure_key(text: &str) -> Option<Key> {
    Some(Key {
        store: azure_account(text).map(|account| format!("az://{account}")),
        permissions: PERMISSIONS.to_vec(),
        until: None,
        kind: Kind::AccountKey,
    })
}

/// An address signed for S3, by either version of its signatures.
fn presigned_s3(text: &str) -> Option<Key> {
    let until = match (field(text, "X-Amz-Date"), field(text, "X-Amz-Expires")) {
        (Some(from), Some(seconds)) => later(&from, &seconds),
        _ => field(text, "Expires").and_then(|at| Some(moment(at.parse().ok()?))),
    };
    let (host, path) = address(text)?;
    let bucket = s3_bucket(host, path);
    Some(signed(bucket.map(|bucket| format!("s3://{bucket}")), until))
}

/// The bucket of an address in virtual-host or path style.
fn s3_bucket(host: &str, path: &str) -> Option<String> {
    let by_host = host.contains("amazonaws.com").then(|| {
        ["s3.", "s3-"].iter().find_map(|s3| {
            let at = host.find(&format!(".{s3}"))?;
            Some(host[..at].to_owned())
        })
    });
    let by_path = || by_path(path);
    let name = by_host.flatten().or_else(by_path)?;
    is_name(&name, b"-.", 3..=63).then_some(name)
}

/// What stands first in a path. Any host may serve buckets so, but a number is no one's name for a bucket, and may be data.
fn by_path(path: &str) -> Option<String> {
    let name = path.split('/').next().map(decode)?;
    name.bytes()
        .any(|byte| byte.is_ascii_alphabetic())
        .then_some(name)
}

/// An address signed for Cloud Storage.
fn signed_gcs(text: &str) -> Option<Key> {
    let until = match (field(text, "X-Goog-Date"), field(text, "X-Goog-Expires")) {
        (Some(from), Some(seconds)) => later(&from, &seconds),
        _ => field(text, "Expires").and_then(|at| Some(moment(at.parse().ok()?))),
    };
    let (host, path) = address(text)?;
    let bucket = match host.strip_suffix(".storage.googleapis.com") {
        Some(bucket) => Some(bucket.to_owned()),
        None => by_path(path),
    };
    let bucket = bucket.filter(|name| is_name(name, b"-._", 3..=222));
    Some(signed(bucket.map(|bucket| format!("gs://{bucket}")), until))
}

/// An address is signed for one method, which it does not name; reading is what they are handed out for.
fn signed(store: Option<String>, until: Option<String>) -> Key {
    Key {
        store,
        permissions: vec!["read"],
        until,
        kind: Kind::PresignedUrl,
    }
}

/// Whether a name has only lower-case letters, digits and these signs, and a length that is allowed.
fn is_name(name: &str, signs: &[u8], lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || signs.contains(&b))
}

/// An ISO 8601 time in UTC, in the one form that is kept: date alone, or with time, with or without seconds.
fn time(text: &str) -> Option<String> {
    let text = text.trim_end_matches('Z');
    let (date, clock) = text.split_once('T').unwrap_or((text, "00:00:00"));
    let clock = clock.split('.').next().unwrap_or(clock);
    let digits = |part: &str, lengths: &[usize], sign: char| {
        let parts: Vec<&str> = part.split(sign).collect();
        parts.len() <= lengths.len()
            && parts
                .iter()
                .zip(lengths)
                .all(|(p, n)| p.len() == *n && p.bytes().all(|b| b.is_ascii_digit()))
    };
    let plain = digits(date, &[4, 2, 2], '-') && date.len() == 10 && digits(clock, &[2, 2, 2], ':');
    let seconds = if clock.len() == 5 { ":00" } else { "" };
    (plain && clock.len() >= 5).then(|| format!("{date}T{clock}{seconds}Z"))
}

/// `YYYYMMDDThhmmssZ` and a number of seconds, as the time when they are over.
fn later(from: &str, seconds: &str) -> Option<String> {
    let number = |range: std::ops::Range<usize>| from.get(range)?.parse::<i64>().ok();
    let days = days(number(0..4)?, number(4..6)?, number(6..8)?);
    let clock = number(9..11)? * 3600 + number(11..13)? * 60 + number(13..15)?;
    let seconds = seconds
        .parse::<i64>()
        .ok()
        .filter(|s| (0..=604_800).contains(s))?;
    Some(moment(days * 86_400 + clock + seconds))
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Seconds since 1970 as `YYYY-MM-DDThh:mm:ssZ`; beyond the year 9999 its end.
fn moment(seconds: i64) -> String {
    let seconds = seconds.clamp(0, 253_402_300_799);
    let (day, clock) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (date, month) = (of_year - (153 * shifted + 2) / 5 + 1, (shifted + 2) % 12 + 1);
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (clock / 3600, clock % 3600 / 60, clock % 60);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(classifier: &str, text: &str, matched: &str) -> String {
        let at = text.find(matched).unwrap();
        let key = of(classifier, text.as_bytes(), at..at + matched.len());
        key.map_or("nothing".to_owned(), |key| key.to_string())
    }

    #[test]
    fn a_signature_opens_the_container_of_its_address() {
        let url = "url = \"https://acct.blob.core.windows.net/notebooks/a/b.csv?sv=2022-11-02&sr=c&sp=rl&se=2051-01-01T00%3A00%3A00Z&sig=PLANTED%3D\"";
        let want = "az://acct/notebooks: read, list until 2051-01-01T00:00:00Z (shared access signature)";
        assert_eq!(
            shown(
                "azure_sas",
                url,
                "sv=2022-11-02&sr=c&sp=rl&se=2051-01-01T00%3A00%3A00Z&sig=PLANTED%3D"
            ),
            want
        );
        assert_eq!(shown("azure_sas", url, "sig=PLANTED"), want);
        assert_eq!(
            shown("azure_sas", &url.replace('&', "&amp;"), "sig=PLANTED"),
            want
        );
        for text in [
            "az://acct/notebooks?sv=1&sp=rl&se=2051-01-01T00:00:00Z&sig=PLANTED",
            "abfss://notebooks@acct.dfs.core.windows.net/a?sv=1&sp=rl&se=2051-01-01&sig=PLANTED",
            "https://acct.z01.blob.storage.azure.net/notebooks?sv=1&sp=rl&se=2051-01-01&sig=PLANTED",
        ] {
            assert_eq!(shown("azure_sas", text, "sig=PLANTED"), want, "{text}");
        }
        let emulator =
            "http://127.0.0.1:10000/devstoreaccount1/lake?sv=1&sp=racwdl&se=2051-01-01&sig=PLANTED";
        let want = "az://devstoreaccount1/lake: read, list, write, delete until 2051-01-01T00:00:00Z (shared access signature)";
        assert_eq!(shown("azure_sas", emulator, "sig=PLANTED"), want);
    }

    #[test]
    fn an_account_signature_opens_the_account_and_one_by_itself_opens_it_knows_not_what() {
        let account = "https://acct.blob.core.windows.net/x?sv=1&ss=b&srt=sco&sp=rwdl&skoid=u&se=2030-05-01T10:00Z&sig=PLANTED";
        let want =
            "az://acct: read, list, write, delete until 2030-05-01T10:00:00Z (user delegation signature)";
        assert_eq!(shown("azure_sas", account, "sig=PLANTED"), want);
        let alone = "SAS=?sv=1&si=readers&sr=c&sig=PLANTED";
        assert_eq!(
            shown("azure_sas", alone, "sig=PLANTED"),
            "?: what a stored policy says (shared access signature)"
        );
        let connection = "BlobEndpoint=https://acct.blob.core.windows.net/;SharedAccessSignature=sv=1&ss=b&srt=sco&sp=r&se=2030-05-01T10:00:00Z&sig=PLANTED";
        let want = "az://acct: read until 2030-05-01T10:00:00Z (shared access signature)";
        assert_eq!(shown("azure_sas", connection, "sig=PLANTED"), want);
    }

    #[test]
    fn a_key_opens_the_account_that_its_connection_string_names() {
        let text = "DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=PLANTED==;EndpointSuffix=core.windows.net";
        let want = "az://acct: read, list, write, delete (account key)";
        assert_eq!(shown("azure_storage_key", text, "PLANTED=="), want);
        let alone = "key: PLANTED==";
        let want = "?: read, list, write, delete (account key)";
        assert_eq!(shown("azure_storage_key", alone, "PLANTED=="), want);
    }

    #[test]
    fn signed_addresses_open_their_bucket_until_their_time_is_over() {
        let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20251231T235000Z&X-Amz-Expires=3600&X-Amz-Signature=PLANTED";
        let want = "s3://my-lake: read until 2026-01-01T00:50:00Z (presigned address)";
        for host in [
            "my-lake.s3.eu-west-1.amazonaws.com/k",
            "s3.eu-west-1.amazonaws.com/my-lake/k",
            "127.0.0.1:9/my-lake/k",
        ] {
            assert_eq!(
                shown("aws_presigned_url", &format!("https://{host}?{query}"), "PLANTED"),
                want,
                "{host}"
            );
        }
        let old = "https://my-lake.s3.amazonaws.com/k?AWSAccessKeyId=A&Expires=4102444800&Signature=PLANTED";
        let want = "s3://my-lake: read until 2100-01-01T00:00:00Z (presigned address)";
        assert_eq!(shown("aws_presigned_url", old, "PLANTED"), want);
        let google = "https://storage.googleapis.com/my_lake/k?X-Goog-Date=20240228T120000Z&X-Goog-Expires=86400&X-Goog-Signature=PLANTED";
        let want = "gs://my_lake: read until 2024-02-29T12:00:00Z (presigned address)";
        assert_eq!(shown("gcs_signed_url", google, "PLANTED"), want);
    }

    #[test]
    fn what_is_no_name_is_not_taken_over_and_other_classifiers_open_nothing() {
        let odd = "https://Sec%20ret.blob.core.windows.net/PLANTED-CONTAINER?sv=1&sp=r&se=soon&sig=PLANTED";
        assert_eq!(
            shown("azure_sas", odd, "sig=PLANTED"),
            "?: read (shared access signature)"
        );
        assert_eq!(shown("email", odd, "sig=PLANTED"), "nothing");
        let number = "https://cdn.example/536-90-4399/k?X-Amz-Signature=PLANTED";
        assert_eq!(
            shown("aws_presigned_url", number, "PLANTED"),
            "?: read (presigned address)"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic_and_nothing_secret_comes_out(
            text in "[a-zA-Z0-9:/?&=%.;_-]{0,120}", from in 0usize..120, len in 0usize..40,
        ) {
            let from = from.min(text.len());
            let span = from..(from + len).min(text.len());
            for id in ["azure_sas", "azure_storage_key", "aws_presigned_url", "gcs_signed_url"] {
                if let Some(key) = of(id, text.as_bytes(), span.clone()) {
                    proptest::prop_assert_eq!(key.to_string().parse(), Ok(key));
                }
            }
            let planted = format!("https://acct.blob.core.windows.net/c?{text}&sp=r&sig=SIGNATURE123");
            let key = of("azure_sas", planted.as_bytes(), planted.len() - 12..planted.len());
            proptest::prop_assert!(!key.is_some_and(|k| k.to_string().contains("SIGNATURE123")));
        }

        #[test]
        fn moments_and_days_are_inverse(seconds in 0i64..253_402_300_799) {
            let text = moment(seconds);
            let n = |r: std::ops::Range<usize>| text[r].parse::<i64>().unwrap();
            let back = days(n(0..4), n(5..7), n(8..10)) * 86_400 + n(11..13) * 3600 + n(14..16) * 60 + n(17..19);
            proptest::prop_assert_eq!(back, seconds);
        }
    }
}
