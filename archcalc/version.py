"""The version, as a literal: asking the installed package for it takes 40 ms."""

__version__ = "0.1.0"
