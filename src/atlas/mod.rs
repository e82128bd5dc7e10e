//! Soft atlases (map ↔ features) and region atlases (mm → name).
