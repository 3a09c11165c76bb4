"""The script, the style and the frame of pages that one opens in a browser; no page fetches anything."""
