"""Small arrays of exact numbers: steps of a layer, matrices and filters."""
