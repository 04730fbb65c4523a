"""Template tags; Django looks for them in a package of this name."""
