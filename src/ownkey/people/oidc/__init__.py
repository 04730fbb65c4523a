"""Single sign-on with the organisation's own OpenID Connect provider."""
