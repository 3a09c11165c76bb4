"""Pictures of networks: a nested layout of one's own, and what writes it as SVG, DOT, Mermaid, TikZ."""
