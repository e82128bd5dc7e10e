//! MNI grids, masks, templates; conversions between stereotaxic spaces.
