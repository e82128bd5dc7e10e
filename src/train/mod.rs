//! Training runs as event streams.
