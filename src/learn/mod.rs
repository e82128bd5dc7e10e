//! Learning a soft atlas from coordinates.
