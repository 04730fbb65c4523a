"""The `ownkey` command."""
