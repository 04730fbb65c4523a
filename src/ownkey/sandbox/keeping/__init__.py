"""Keeping the pretend Atlassian's world in one file, so that it is there after a restart."""
