//! Names with passwords: in addresses, connection strings, commands and sentences.

use super::Verdict;
use super::secret::{contains, is_sample, looks_chosen};

/// Passwords that stand for one: what manuals and templates write, whole.
const STAND_INS: [&str; 57] = [
    "...",
    "123",
    "1234",
    "12345",
    "123456",
    "abc",
    "abc123",
    "admin",
    "apikey",
    "bar",
    "changeit",
    "changeme",
    "default",
    "dummy",
    "empty",
    "example",
    "fake",
    "false",
    "foo",
    "foobar",
    "guest",
    "hidden",
    "hunter2",
    "key",
    "letmein",
    "mypass",
    "mypassword",
    "mysecret",
    "none",
    "null",
    "p4ssw0rd",
    "pass",
    "pass123",
    "passw0rd",
    "passwd",
    "password",
    "password1",
    "password123",
    "postgres",
    "pswd",
    "pw",
    "pwd",
    "required",
    "root",
    "secret",
    "secretpassword",
    "string",
    "supersecret",
    "test",
    "token",
    "topsecret",
    "true",
    "undefined",
    "unknown",
    "user",
    "value",
    "xyz",
];

/// A password between the colon of an address and its last `@`: neither a reference nor a row of stars.
///
/// Source: RFC 3986 section 3.2.1.
pub(super) fn url_password(text: &[u8]) -> Verdict {
    let Some((user, password)) = url_pair(text) else {
        return Verdict::Invalid;
    };
    let port = password.iter().all(u8::is_ascii_digit) && user.contains(&b'.');
    (password.len() >= 3 && !port && !is_reference(password) && !is_filler(password)).into()
}

/// Holds (as a demotion) for an address whose password is a stand-in.
pub(super) fn url_placeholder(text: &[u8]) -> Verdict {
    url_pair(text)
        .is_some_and(|(user, password)| stands_in(password) || user.eq_ignore_ascii_case(password))
        .into()
}

/// The name and password of an address that goes on behind its `@`.
fn url_pair(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = text.windows(3).position(|window| window == b"://")? + 3;
    let at = text
        .iter()
        .rposition(|byte| *byte == b'@')
        .filter(|at| *at > start)?;
    let pair = &text[start..at];
    let colon = pair.iter().position(|byte| *byte == b':')?;
    Some((&pair[..colon], &pair[colon + 1..]))
}

/// A password behind the last `=`, as connection strings end in one.
pub(super) fn assigned_password(text: &[u8]) -> Verdict {
    let password = after(text, b'=').trim_ascii();
    (password.len() >= 4 && !is_reference(password) && !is_filler(password)).into()
}

/// Holds (as a demotion) for a connection string whose password is a stand-in.
pub(super) fn password_placeholder(text: &[u8]) -> Verdict {
    stands_in(after(text, b'=').trim_ascii()).into()
}

/// The password of a command: behind the colon of its last argument, or behind the option that takes it.
pub(super) fn pair_password(text: &[u8]) -> Verdict {
    let argument = argument(text);
    let password = match argument.iter().position(|byte| *byte == b':') {
        Some(colon) => &argument[colon + 1..],
        None => ["--password=", "-p"]
            .iter()
            .find_map(|option| argument.strip_prefix(option.as_bytes()))
            .unwrap_or(argument),
    };
    let password = trim_quotes(password);
    (password.len() >= 3
        && !is_reference(argument)
        && !is_reference(password)
        && !is_filler(password)
        && !stands_in(password))
    .into()
}

/// The last argument, with its quotes; those around the whole are left out.
fn argument(text: &[u8]) -> &[u8] {
    let quote = text.last().copied().filter(|byte| matches!(byte, b'"' | b'\''));
    let start = match quote {
        Some(quote) => text[..text.len() - 1]
            .iter()
            .rposition(|byte| *byte == quote)
            .unwrap_or(0),
        None => 0,
    };
    // `"name":"password"` and `name:'password'` begin before the last quote that opens.
    let space = text[..start.max(1).min(text.len())]
        .iter()
        .rposition(u8::is_ascii_whitespace);
    let from = if quote.is_some() {
        space
    } else {
        text.iter().rposition(u8::is_ascii_whitespace)
    };
    trim_quotes(&text[from.map_or(0, |at| at + 1)..])
}

/// A password in a sentence: in quotes whatever is no stand-in, without them only what may have been chosen as one.
pub(super) fn prose_password(text: &[u8]) -> Verdict {
    let quoted = text
        .last()
        .is_some_and(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    let start = text
        .iter()
        .rposition(u8::is_ascii_whitespace)
        .map_or(0, |at| at + 1);
    let password = trim_quotes(&text[start..]);
    let sound = !stands_in(password) && !is_reference(password) && !is_filler(password);
    (sound && (quoted && password.len() >= 5 || looks_chosen(password))).into()
}

/// The last field of a line of `.netrc` or `.pgpass`.
///
/// Source: GNU Inetutils manual, "The .netrc file"; PostgreSQL documentation, "The Password File".
pub(super) fn netrc_password(text: &[u8]) -> Verdict {
    let before = |byte: &u8| byte.is_ascii_whitespace() || *byte == b':';
    let password = &text[text.iter().rposition(before).map_or(0, |at| at + 1)..];
    let words = password.iter().all(u8::is_ascii_lowercase) && !text.starts_with(b"machine");
    let template = password.iter().any(|byte| b"{%\"".contains(byte)) || contains(text, b"anonymous");
    (!words && !template && !stands_in(password) && !is_reference(password) && !is_filler(password)).into()
}

/// A password whose place says that it is one: in the last quotes, or behind the last `=` or space. Words will do; what
/// stands for a password, or for none, will not.
pub(super) fn literal_password(text: &[u8]) -> Verdict {
    let quote = text.last().copied().filter(|byte| matches!(byte, b'"' | b'\''));
    let inside = &text[..text.len() - usize::from(quote.is_some())];
    let before = |byte: &u8| match quote {
        Some(quote) => *byte == quote,
        None => matches!(byte, b'=' | b' '),
    };
    let start = inside.iter().rposition(before).map_or(0, |at| at + 1);
    let password = inside[start..].trim_ascii();
    let written = password.len() >= 4 && password.iter().any(u8::is_ascii_alphanumeric);
    let said: [&[u8]; 4] = [b"password", b"passwd", b"pass", b"secret"];
    let named = said.iter().any(|word| {
        let before = password.len().saturating_sub(word.len() + 1);
        password.len() > word.len() && password.ends_with(word) && b"_-".contains(&password[before])
    });
    (written && !named && !stands_in(password) && !is_reference(password) && !is_filler(password)).into()
}

/// The name of an account behind the first sign of a match: in quotes, or no word of a program nor the field's own name.
pub(super) fn login_name(text: &[u8]) -> Verdict {
    const WORDS: [&str; 20] = [
        "account",
        "anonymous",
        "bar",
        "false",
        "foo",
        "input",
        "login",
        "name",
        "none",
        "null",
        "self",
        "str",
        "string",
        "test",
        "true",
        "uid",
        "undefined",
        "user",
        "user_name",
        "username",
    ];
    let start = text
        .iter()
        .position(|byte| matches!(byte, b'=' | b':' | b'(') || byte.is_ascii_whitespace());
    let rest = &text[start.unwrap_or(text.len())..];
    let signs = rest
        .iter()
        .take_while(|byte| b"=:>( \t\"'\\".contains(byte))
        .count();
    let quoted = rest[..signs].iter().any(|byte| matches!(byte, b'"' | b'\''));
    let name = &rest[signs..];
    let end = name
        .iter()
        .position(|byte| b"\"';, \t\r\n\\".contains(byte))
        .unwrap_or(name.len());
    let name = &name[..end];
    let word =
        std::str::from_utf8(name).is_ok_and(|name| WORDS.iter().any(|word| name.eq_ignore_ascii_case(word)));
    (name.len() >= 2
        && (quoted || !word)
        && name[0] != b'*'
        && !contains(name, b"config")
        && !name.starts_with(b"self."))
    .into()
}

fn after(text: &[u8], sign: u8) -> &[u8] {
    let at = text.iter().rposition(|byte| *byte == sign);
    &text[at.map_or(0, |at| at + 1)..]
}

fn trim_quotes(mut text: &[u8]) -> &[u8] {
    while let [b'"' | b'\'' | b'`', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b'"' | b'\'' | b'`'] = text {
        text = rest;
    }
    text
}

/// Whether the text is a place where a program puts the password: a variable, a template, a format.
pub(super) fn is_reference(password: &[u8]) -> bool {
    let marks: [&[u8]; 12] = [
        b"${", b"$(", b"{{", b"<", b"[", b"%s", b"%(", b"#{", b"{}", b"%v", b"$_", b"getenv",
    ];
    marks.iter().any(|mark| contains(password, mark))
        || password.starts_with(b"$")
            && password[1..]
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        || password.starts_with(b"{")
            && password.ends_with(b"}")
            && password.iter().all(|byte| !byte.is_ascii_digit())
}

/// Whether one symbol fills the text, or stars and crosses stand for it.
fn is_filler(password: &[u8]) -> bool {
    password.windows(2).all(|pair| pair[0] == pair[1])
        || contains(password, b"***")
        || contains(password, b"xxx")
}

/// Whether the password is one of those that manuals write.
fn stands_in(password: &[u8]) -> bool {
    is_sample(password)
        || STAND_INS
            .iter()
            .any(|word| password.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_a_password_and_not_a_reference() {
        for good in [
            "postgres://svc:Lk3wRdn4@d",
            "redis://:Zq8@mmP0vT@c",
            "https://a:k9pLw2Qz@h",
        ] {
            assert!(url_password(good.as_bytes()).is_valid(), "{good}");
            assert!(!url_placeholder(good.as_bytes()).is_valid(), "{good}");
        }
        for bad in [
            "https://h.net:8443@x",
            "mysql://u:%s@h",
            "https://u:****@h",
            "https://u@h",
            "https:/",
        ] {
            assert!(!url_password(bad.as_bytes()).is_valid(), "{bad}");
        }
        for stand_in in [
            "https://u:password@h",
            "https://admin:admin@h",
            "mysql://root:your_pw@h",
        ] {
            assert!(url_placeholder(stand_in.as_bytes()).is_valid(), "{stand_in}");
        }
    }

    #[test]
    fn a_connection_string_ends_in_a_password() {
        assert!(assigned_password(b"Server=db;Password=k9#pLw2Qz").is_valid());
        assert!(!assigned_password(b"Server=db;Password=<password>").is_valid());
        assert!(password_placeholder(b"Server=db;Pwd=changeme").is_valid());
    }

    #[test]
    fn a_command_carries_a_pair() {
        for good in [
            "curl -u a:k9#pL",
            "curl --user \"api:Lk3w Rdn\"",
            "curl -u a:'k9#pL'",
            "mysql -pk9#pLw2",
            "curl -u \"a\":\"k9pL\"",
        ] {
            assert!(pair_password(good.as_bytes()).is_valid(), "{good}");
        }
        for bad in [
            "curl -u \"${U}:${P}\"",
            "curl -u a:$PASS",
            "curl -u '$U:$P'",
            "curl --user neo4j:[PASSWORD]",
            "curl -u a:password",
        ] {
            assert!(!pair_password(bad.as_bytes()).is_valid(), "{bad}");
        }
    }

    #[test]
    fn a_sentence_gives_a_password_away() {
        assert!(prose_password(b"the password is 'blueharbour'").is_valid());
        assert!(prose_password(b"your password is Summ3r2019").is_valid());
        for bad in [
            "the password is required",
            "the password is 'password'",
            "your password is ${PW}",
        ] {
            assert!(!prose_password(bad.as_bytes()).is_valid(), "{bad}");
        }
    }

    #[test]
    fn a_place_makes_a_word_a_password() {
        for good in [
            "user = 'a', password = 'blue harbour'",
            "password == \"team10\"",
            "SMTP_PASS=bluewhale",
            "user = a\npassword = open_sesame",
        ] {
            assert!(literal_password(good.as_bytes()).is_valid(), "{good}");
        }
        for bad in [
            "SMTP_PASS=smtp_password",
            "password == 'password'",
            "password == '${PW}'",
            "password == '----'",
            "DB_PASS=xxxxxxxx",
            "",
        ] {
            assert!(!literal_password(bad.as_bytes()).is_valid(), "{bad}");
        }
    }

    #[test]
    fn a_file_of_logins_ends_its_lines_in_passwords() {
        assert!(netrc_password(b"machine a login b password bluewhale").is_valid());
        assert!(netrc_password(b"e:5432:lake:loader:Lk3wRdn4fK").is_valid());
        for bad in [
            "login page password again",
            "machine {host} login {user} password {password}",
            "default login anonymous password user@site",
            "machine a login b password \"PASSWORD\"",
        ] {
            assert!(!netrc_password(bad.as_bytes()).is_valid(), "{bad}");
        }
    }
}
