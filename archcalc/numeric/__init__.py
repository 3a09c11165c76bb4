"""Running a network forward: the reference in plain array code, its weights and its inputs. Needs NumPy."""
