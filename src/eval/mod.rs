//! Benchmark tables with chance, nearest-study and ridge rows.
