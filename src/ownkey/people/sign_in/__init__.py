"""What stands around signing in: waiting after failures, known browsers, the way back in."""
