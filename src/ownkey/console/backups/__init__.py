"""Everything that is saved in one file, and back: backup and restore."""
