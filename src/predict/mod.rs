//! Text → the map the literature predicts.
