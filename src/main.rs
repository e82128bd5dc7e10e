//! The `gyrus` program: parses the command line and dispatches.

fn main() -> std::process::ExitCode {
    gyrus::cli::main()
}
