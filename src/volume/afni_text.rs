//! The text of AFNI's .HEAD files: attributes, each with its type, name, count and values.

use std::collections::HashMap;

use super::error::Fault;
use super::fields::printable;

enum Value {
    Whole(Vec<i64>),
    Numbers(Vec<f64>),
    Text(String),
}

/// Attributes by name.
pub(super) struct Attributes(HashMap<String, Value>);

/// Whether a file starts with an attribute.
pub(super) fn looks_like_head(bytes: &[u8]) -> bool {
    let Some(rest) = bytes.trim_ascii_start().strip_prefix(b"type") else {
        return false;
    };
    let Some(rest) = rest.trim_ascii_start().strip_prefix(b"=") else {
        return false;
    };
    let rest = rest.trim_ascii_start();
    [
        &b"string-attribute"[..],
        b"integer-attribute",
        b"float-attribute",
    ]
    .iter()
    .any(|kind| rest.starts_with(kind))
}

/// A place in the text.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// `key = value`, to the end of the line.
    fn field(&mut self, key: &str) -> Result<&'a [u8], Fault> {
        let broken = || Fault::BadHeader(format!("its text says no “{key}” where it should"));
        let rest = self.rest.trim_ascii_start();
        let rest = rest.strip_prefix(key.as_bytes()).ok_or_else(broken)?;
        let rest = rest
            .trim_ascii_start()
            .strip_prefix(b"=")
            .ok_or_else(broken)?;
        let end = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        self.rest = &rest[end..];
        Ok(rest[..end].trim_ascii())
    }

    /// The next word.
    fn word(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_ascii_start();
        let end = rest
            .iter()
            .position(u8::is_ascii_whitespace)
            .unwrap_or(rest.len());
        self.rest = &rest[end..];
        std::str::from_utf8(&rest[..end])
            .ok()
            .filter(|word| !word.is_empty())
    }
}

impl Attributes {
    /// Parses the text of a .HEAD file.
    ///
    /// # Errors
    /// [`Fault::BadHeader`] with the attribute that breaks the rules.
    pub fn parse(text: &[u8]) -> Result<Self, Fault> {
        let mut cursor = Cursor { rest: text };
        let mut found = HashMap::new();
        while !cursor.rest.trim_ascii_start().is_empty() {
            let kind = cursor.field("type")?;
            let name = printable(cursor.field("name")?);
            let count = cursor.field("count")?;
            let count: usize = std::str::from_utf8(count)
                .ok()
                .and_then(|n| n.parse().ok())
                .ok_or_else(|| Fault::BadHeader(format!("its attribute {name} has no count")))?;
            let value = match kind {
                b"string-attribute" => Value::Text(string(&mut cursor, count, &name)?),
                b"integer-attribute" => Value::Whole(numbers(&mut cursor, count, &name)?),
                b"float-attribute" => Value::Numbers(numbers(&mut cursor, count, &name)?),
                _ => {
                    return Err(Fault::BadHeader(format!(
                        "its attribute {name} is of no known type"
                    )));
                }
            };
            found.insert(name, value);
        }
        Ok(Self(found))
    }

    /// Whole numbers of an attribute; none where it is missing.
    ///
    /// # Errors
    /// [`Fault::BadHeader`] where it holds something else.
    pub fn whole(&self, name: &str) -> Result<&[i64], Fault> {
        match self.0.get(name) {
            None => Ok(&[]),
            Some(Value::Whole(values)) => Ok(values),
            Some(_) => Err(not_numbers(name)),
        }
    }

    /// Numbers of an attribute; none where it is missing.
    ///
    /// # Errors
    /// [`Fault::BadHeader`] where it holds something else.
    pub fn numbers(&self, name: &str) -> Result<&[f64], Fault> {
        match self.0.get(name) {
            None => Ok(&[]),
            Some(Value::Numbers(values)) => Ok(values),
            Some(_) => Err(not_numbers(name)),
        }
    }

    /// Text of an attribute, parts still divided by `~`.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }
}

fn not_numbers(name: &str) -> Fault {
    Fault::BadHeader(format!(
        "its attribute {name} does not hold the numbers it declares"
    ))
}

/// Whether a text can end before this: the next attribute or nothing.
fn ends_before(after: &[u8]) -> bool {
    after.is_empty() || looks_like_head(after)
}

/// The first end of a line after which a text can end. White space is passed over once, however much
/// of it there is.
fn end_of_text(body: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(step) = body[at..].iter().position(|&b| b == b'\n') {
        let after = body[at + step..].trim_ascii_start();
        if ends_before(after) {
            return Some(at + step);
        }
        at = body.len() - after.len();
    }
    None
}

/// `count` characters after a quote; zero bytes are written as `~`, the last of them ends the text.
/// Where the count is off (writers disagree about escapes) the next attribute ends it.
fn string(cursor: &mut Cursor<'_>, count: usize, name: &str) -> Result<String, Fault> {
    let rest = cursor.rest.trim_ascii_start();
    let broken = || Fault::BadHeader(format!("its attribute {name} is cut off"));
    let body = rest.strip_prefix(b"'").ok_or_else(broken)?;
    let end = match body.get(count..) {
        Some(after) if ends_before(after.trim_ascii_start()) => count,
        _ => end_of_text(body).ok_or_else(broken)?,
    };
    cursor.rest = &body[end..];
    let text = body[..end].trim_ascii_end();
    Ok(printable(text.strip_suffix(b"~").unwrap_or(text)))
}

fn numbers<T: std::str::FromStr>(
    cursor: &mut Cursor<'_>,
    count: usize,
    name: &str,
) -> Result<Vec<T>, Fault> {
    // Every number takes two bytes or more of the text: no count can ask for more memory than that.
    let most = cursor.rest.len() / 2 + 1;
    let mut out = Vec::with_capacity(count.min(most));
    for _ in 0..count {
        let number = cursor.word().and_then(|word| word.parse().ok());
        out.push(number.ok_or_else(|| not_numbers(name))?);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text attribute whose count does not fit.
    fn miscounted(text: &str) -> Result<Attributes, Fault> {
        let head = format!("type = string-attribute\nname = A\ncount = 3\n'{text}");
        Attributes::parse(head.as_bytes())
    }

    #[test]
    fn an_afni_text_of_millions_of_empty_lines_is_passed_over_once() {
        // Looked at from every line anew, as many steps as half their number squared: days.
        let lines = "\n".repeat(4 << 20);
        assert!(miscounted(&format!("words{lines}and no end")).is_err());
        assert!(miscounted(&format!("words{lines}type{lines}and no end")).is_err());
        let next = "type = integer-attribute\nname = B\ncount = 1\n 7\n";
        let head = miscounted(&format!("two\n words~{lines}{next}"))
            .ok()
            .unwrap();
        assert_eq!(head.text("A").as_deref(), Some("two words"));
        assert_eq!(head.whole("B").unwrap(), [7]);
    }
}
