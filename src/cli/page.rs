//! Plain text for a person: columns and wrapped paragraphs.

use unicode_width::UnicodeWidthStr as _;

use super::screen::inert;

/// Rows in columns, each as wide as its widest cell; the last one takes what is left of `width`.
pub(super) fn columns(rows: &[Vec<String>], width: usize) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| inert(cell)).collect())
        .collect();
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.width())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, wide) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(wide - cell.width() + 2));
        }
        text.push_str(&cut(line.trim_end(), width));
        text.push('\n');
    }
    text
}

fn cut(line: &str, width: usize) -> String {
    if line.width() <= width {
        return line.to_owned();
    }
    let mut short = String::new();
    for c in line.chars() {
        short.push(c);
        if short.width() >= width {
            short.pop();
            break;
        }
    }
    short + "…"
}

/// A paragraph in lines of at most `width` columns, each after `indent`.
pub(super) fn wrapped(text: &str, indent: &str, width: usize) -> String {
    let mut out = String::new();
    let mut line = String::new();
    for word in inert(text).split_whitespace() {
        if !line.is_empty() && indent.width() + line.width() + 1 + word.width() > width {
            out.push_str(&format!("{indent}{line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        out.push_str(&format!("{indent}{line}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_long_lines_are_cut() {
        let rows = [
            vec!["a".to_owned(), "bb".to_owned()],
            vec!["ccc".to_owned(), "dddddddd".to_owned()],
        ];
        assert_eq!(columns(&rows, 9), "a    bb\nccc  ddd…\n");
    }

    #[test]
    fn paragraphs_wrap_at_words() {
        assert_eq!(
            wrapped("one two  three\nfour", "  ", 10),
            "  one two\n  three\n  four\n"
        );
        assert_eq!(wrapped("", "  ", 10), "");
    }
}
