//! Sentences → embeddings.
