//! Studies with text and peak coordinates: readers, merge, split, kernels.
