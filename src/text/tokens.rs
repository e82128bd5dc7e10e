//! Text → token ids, with the length an encoder was made for.

use std::sync::OnceLock;

use tokenizers::{Encoding, Tokenizer, TruncationParams};

use super::error::TextError;

/// A tokenizer that cuts at a stated length and never pads.
pub(super) struct Tokens {
    tokenizer: Tokenizer,
    /// The same that does not cut, made for the first long text.
    whole: OnceLock<Tokenizer>,
    /// Special tokens before and after a text.
    special: [Vec<u32>; 2],
    max_tokens: usize,
}

impl Tokens {
    /// Reads a `tokenizer.json`. Its own truncation and padding are overridden: the one shipped
    /// with all-MiniLM-L6-v2 cuts at and pads to 128, sentence-transformers uses 256 and no padding.
    ///
    /// # Errors
    /// [`TextError::Tokenizer`] where it is not a tokenizer, knows more words than `vocabulary`, or
    /// makes no token of an empty text (it must add `[CLS]` and `[SEP]`).
    pub fn parse(bytes: &[u8], vocabulary: usize, max_tokens: usize) -> Result<Self, TextError> {
        let mut tokenizer = Tokenizer::from_bytes(bytes)
            .map_err(|error| bad(format!("it is not a tokenizer.json ({error})")))?;
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(Some(TruncationParams {
                max_length: max_tokens,
                ..Default::default()
            }))
            .map_err(|error| bad(format!("it cannot cut at {max_tokens} tokens ({error})")))?;
        let known = tokenizer.get_vocab_size(true);
        if known > vocabulary {
            return Err(bad(format!(
                "it knows {known} words, the encoder {vocabulary}"
            )));
        }
        let mut tokens = Self {
            tokenizer,
            whole: OnceLock::new(),
            special: [Vec::new(), Vec::new()],
            max_tokens,
        };
        let empty = tokens.ids("")?;
        if empty.is_empty() {
            return Err(bad("it adds no [CLS] and [SEP] to a text"));
        }
        // Around a word stands what stands around nothing.
        let word = tokens.ids("a")?;
        let same = |pair: &(&u32, &u32)| pair.0 == pair.1;
        let before = empty.iter().zip(&word).take_while(same).count();
        let (before, after) = empty.split_at(before);
        tokens.special = [before.to_vec(), after.to_vec()];
        Ok(tokens)
    }

    /// Token ids of a text, special tokens included, at most the stated length.
    ///
    /// # Errors
    /// [`TextError::Tokenizer`].
    pub fn ids(&self, text: &str) -> Result<Vec<u32>, TextError> {
        let encoding = Self::encode(&self.tokenizer, text, true)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Token ids of the parts of a text that each have at most the stated length, special tokens included: one part
    /// for a short text.
    ///
    /// # Errors
    /// [`TextError::Tokenizer`].
    pub fn parts(&self, text: &str) -> Result<Vec<Vec<u32>>, TextError> {
        let first = Self::encode(&self.tokenizer, text, true)?;
        if first.get_overflowing().is_empty() {
            return Ok(vec![first.get_ids().to_vec()]);
        }
        // What the tokenizer itself keeps of a longer text holds parts twice and leaves others out (tokenizers 0.22,
        // template processing), so the text is split without special tokens and these are put around each part.
        let whole = self.whole.get_or_init(|| {
            let mut whole = self.tokenizer.clone();
            // Fails for no truncation never: there is nothing to check.
            whole.with_truncation(None).ok();
            whole
        });
        let [before, after] = &self.special;
        let room = self.max_tokens.saturating_sub(before.len() + after.len());
        let ids = Self::encode(whole, text, false)?;
        let parts = ids.get_ids().chunks(room.max(1));
        Ok(parts.map(|part| [before, part, after].concat()).collect())
    }

    fn encode(tokenizer: &Tokenizer, text: &str, special: bool) -> Result<Encoding, TextError> {
        tokenizer
            .encode_fast(text, special)
            .map_err(|error| bad(format!("it could not split a text ({error})")))
    }

    /// The same tokenizer as a `tokenizer.json` without white space.
    ///
    /// # Errors
    /// [`TextError::Tokenizer`].
    pub(crate) fn to_json(&self) -> Result<String, TextError> {
        self.tokenizer
            .to_string(false)
            .map_err(|error| bad(format!("it could not be written ({error})")))
    }
}

fn bad(why: impl Into<String>) -> TextError {
    TextError::Tokenizer {
        why: why.into(),
        path: None,
    }
}
