//! Finding by a few letters.

/// Letters of the query in order anywhere in the text; beginnings of words and runs count more.
pub fn matches(query: &str, text: &str) -> Option<(i32, Vec<usize>)> {
    let letters: Vec<char> = text.chars().flat_map(|c| c.to_lowercase().next()).collect();
    let query: Vec<char> = query
        .to_lowercase()
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    if query.is_empty() {
        return Some((0, Vec::new()));
    }
    let starts_word = |n: usize| n == 0 || !letters[n - 1].is_alphanumeric();
    let mut best: Option<(i32, Vec<usize>)> = None;
    // From every possible first letter: the first one is not always the best one.
    for first in (0..letters.len()).filter(|&n| letters[n] == query[0]) {
        let mut hits = vec![first];
        let mut at = first;
        let mut score = if starts_word(first) { 12 } else { 0 };
        for &wanted in &query[1..] {
            let next = at + 1;
            let rest = letters.get(next..).unwrap_or_default();
            let run = rest.first() == Some(&wanted);
            let word = (next..letters.len()).find(|&n| letters[n] == wanted && starts_word(n));
            let any = (next..letters.len()).find(|&n| letters[n] == wanted);
            let Some(place) = (if run { Some(next) } else { word.or(any) }) else {
                hits.clear();
                break;
            };
            score += if run {
                8
            } else if starts_word(place) {
                6
            } else {
                0
            };
            score -= if run {
                0
            } else {
                ((place - next) as i32).min(6)
            };
            hits.push(place);
            at = place;
        }
        if hits.is_empty() {
            continue;
        }
        score -= (letters.len() as i32) / 16;
        if best.as_ref().is_none_or(|(old, _)| score > *old) {
            best = Some((score, hits));
        }
    }
    // Letters strewn over a long text are no match.
    best.filter(|(score, _)| *score > 3 * query.len() as i32 - 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_point_at_the_letters() {
        let label = "Left hippocampus";
        let (_, hits) = matches("hippo", label).unwrap();
        let letters: String = hits.iter().filter_map(|&n| label.chars().nth(n)).collect();
        assert_eq!(letters, "hippo");
    }

    #[test]
    fn beginnings_of_words_count_and_strewn_letters_do_not() {
        assert!(matches("wm", "working memory fMRI task paradigm").is_some());
        assert!(matches("qqzzyx", "working memory fMRI task paradigm").is_none());
        let score = |label| matches("finger", label).map(|(score, _)| score);
        assert!(score("finger tapping task") > score("forefingers"));
    }
}
