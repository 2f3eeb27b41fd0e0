"""Draw the leaks of many years and put yen on each, head by head (損害モデル)."""
