//! Names of authors, as corpora write them and as reference managers want them.

use std::fmt;

/// One author.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(into = "String")]
pub struct Author {
    /// Family name, or the whole name where it cannot be divided.
    pub family: String,
    /// First names or initials, "M. A."; empty where the name was not divided.
    pub given: String,
    /// "Jr", "3rd"; mostly empty.
    pub suffix: String,
}

const SUFFIXES: [&str; 8] = ["Jr", "Sr", "II", "III", "IV", "2nd", "3rd", "4th"];

impl Author {
    /// Authors of an article. They are divided by semicolons where there is one, else by commas.
    ///
    /// ```
    /// # use gyrus::corpus::Author;
    /// let authors = Author::list("Caviness VS Jr, D'Esposito M");
    /// assert_eq!(authors[0].inverted(), "Caviness, V. S., Jr");
    /// assert_eq!(authors[1].to_string(), "D'Esposito M.");
    /// ```
    pub fn list(text: &str) -> Vec<Self> {
        if text.contains(';') {
            return text.split(';').filter_map(Self::parse).collect();
        }
        let mut authors: Vec<Self> = Vec::new();
        for name in text.split(',') {
            // "Smith, J., Doe, K.": initials belong to the name before them.
            match authors.last_mut() {
                Some(before) if before.given.is_empty() && is_initials(name.trim()) => {
                    before.given = dotted(name.trim());
                }
                _ => authors.extend(Self::parse(name)),
            }
        }
        authors
    }

    /// "Smith JA", "Smith JA Jr", "Smith, Jane"; `None` of nothing.
    fn parse(text: &str) -> Option<Self> {
        let text = super::table::tidy(text);
        let text = text.trim_matches([',', ' ']);
        if text.is_empty() {
            return None;
        }
        if let Some((family, given)) = text.split_once(',') {
            return Some(Self {
                family: family.trim().to_owned(),
                given: given.trim().to_owned(),
                suffix: String::new(),
            });
        }
        let mut words: Vec<&str> = text.split(' ').collect();
        let suffix = match words.last() {
            Some(last) if words.len() > 2 && SUFFIXES.contains(last) => words.pop(),
            _ => None,
        };
        let initials = match words.last() {
            Some(last) if words.len() > 1 && is_initials(last) => words.pop(),
            _ => None,
        };
        Some(match initials {
            Some(initials) => Self {
                family: words.join(" "),
                given: dotted(initials),
                suffix: suffix.unwrap_or_default().to_owned(),
            },
            None => Self {
                family: text.to_owned(),
                given: String::new(),
                suffix: String::new(),
            },
        })
    }

    /// "Smith, J. A., Jr".
    pub fn inverted(&self) -> String {
        let parts = [&self.family, &self.given, &self.suffix];
        let known = parts.into_iter().filter(|part| !part.is_empty());
        known.map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    /// Whom to name in a line: "Smith", "Smith & Doe", "Smith et al.".
    pub fn short(authors: &[Self]) -> String {
        match authors {
            [] => String::new(),
            [one] => one.family.clone(),
            [one, other] => format!("{} & {}", one.family, other.family),
            [first, ..] => format!("{} et al.", first.family),
        }
    }
}

/// "Smith J. A. Jr".
impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.family, &self.given, &self.suffix];
        let known = parts.into_iter().filter(|part| !part.is_empty());
        f.write_str(&known.map(String::as_str).collect::<Vec<_>>().join(" "))
    }
}

impl From<Author> for String {
    fn from(author: Author) -> Self {
        author.to_string()
    }
}

/// Whether a word is initials: "JA", "J.", "J. A.", "H-RM".
fn is_initials(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let fits = |c: char| c.is_uppercase() || ['.', '-', ' '].contains(&c);
    (1..=4).contains(&letters) && word.chars().all(fits)
}

/// "J. A." of "JA", "H.-R. M." of "H-RM".
fn dotted(initials: &str) -> String {
    let mut out = String::new();
    for letter in initials.chars().filter(|c| c.is_alphabetic() || *c == '-') {
        if letter == '-' {
            out.push('-');
            continue;
        }
        if !out.is_empty() && !out.ends_with('-') {
            out.push(' ');
        }
        out.push(letter);
        out.push('.');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inverted(text: &str) -> Vec<String> {
        Author::list(text).iter().map(Author::inverted).collect()
    }

    #[test]
    fn names_are_divided_where_they_can_be() {
        assert_eq!(
            inverted("Aguirre GK, D'Esposito M, van der Meer E, Hart J Jr, Tan H-RM"),
            [
                "Aguirre, G. K.",
                "D'Esposito, M.",
                "van der Meer, E.",
                "Hart, J., Jr",
                "Tan, H.-R. M."
            ]
        );
        assert_eq!(
            inverted("Fbirn, Wu Yu, Émile É"),
            ["Fbirn", "Wu Yu", "Émile, É."]
        );
        assert_eq!(
            inverted("Smith, J., Doe, K. L."),
            ["Smith, J.", "Doe, K. L."]
        );
        assert_eq!(
            inverted("Smith, Jane; Doe KL"),
            ["Smith, Jane", "Doe, K. L."]
        );
        assert_eq!(inverted(" , ;"), Vec::<String>::new());
        assert_eq!(inverted("JA"), ["JA"]);
    }

    #[test]
    fn a_line_names_two_at_most() {
        let short = |text| Author::short(&Author::list(text));
        assert_eq!(short(""), "");
        assert_eq!(short("Hart J Jr"), "Hart");
        assert_eq!(short("Hart J, Tan H"), "Hart & Tan");
        assert_eq!(short("Hart J, Tan H, Wu Y"), "Hart et al.");
    }
}
