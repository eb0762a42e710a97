"""The benchmark: rows of figures, measured side by side."""
