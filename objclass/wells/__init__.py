"""Wells of plates: their names, what a plate map says of them, and how they differ."""
