"""The forward on a GPU: one plan of launches for a network, its convolutions by cuDNN where that is installed.

Nothing here is imported on a machine without CuPy. `engine.GpuEngine` is what the rest of the package uses.
"""
