//! Tasks, concepts, domains and the links between them.
