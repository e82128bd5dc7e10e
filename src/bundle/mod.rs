//! The model package: one safetensors file with a manifest.
