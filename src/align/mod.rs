//! The contrastive brain–text model: towers, losses, optimiser.
