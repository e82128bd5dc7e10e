//! Text → token ids, with the length an encoder was made for.

use tokenizers::{Tokenizer, TruncationParams};

use super::error::TextError;

/// A tokenizer that cuts at a stated length and never pads.
pub(super) struct Tokens {
    tokenizer: Tokenizer,
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
        let tokens = Self { tokenizer };
        if tokens.ids("")?.is_empty() {
            return Err(bad("it adds no [CLS] and [SEP] to a text"));
        }
        Ok(tokens)
    }

    /// Token ids of a text, special tokens included, at most the stated length.
    ///
    /// # Errors
    /// [`TextError::Tokenizer`].
    pub fn ids(&self, text: &str) -> Result<Vec<u32>, TextError> {
        let encoding = self
            .tokenizer
            .encode_fast(text, true)
            .map_err(|error| bad(format!("it could not split a text ({error})")))?;
        Ok(encoding.get_ids().to_vec())
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
