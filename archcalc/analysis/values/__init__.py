"""Layers on small arrays of exact numbers: what each step computes, which weights join which cells, what a chain is."""
