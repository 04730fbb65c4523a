"""Users, invitations and sign-in."""
