//! A JSON list on stdout, written as its elements come: as much memory for a thousand maps as for
//! one.

use std::io;

use serde::Serialize;

use super::say::print_bytes;
use super::{Failure, Outcome};

/// One document: a list of as many elements as were pushed. Nothing is printed without one.
#[derive(Debug, Default)]
pub(super) struct JsonList {
    begun: bool,
}

impl JsonList {
    /// Prints an element.
    ///
    /// # Errors
    /// Where stdout does not take it.
    pub fn push(&mut self, element: &impl Serialize) -> Outcome {
        let text = serde_json::to_string_pretty(element)
            .map_err(|error| Failure::from_output(&io::Error::other(error), None))?;
        let before = if self.begun { ",\n  " } else { "[\n  " };
        self.begun = true;
        // Strings in JSON have no line ends of their own: what is indented is the layout.
        print_bytes(format!("{before}{}", text.replace('\n', "\n  ")).as_bytes())
    }

    /// Ends the list.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn finish(self) -> Outcome {
        if self.begun {
            print_bytes(b"\n]\n")
        } else {
            Ok(())
        }
    }
}
