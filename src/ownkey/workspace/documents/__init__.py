"""Documents of Atlassian's format, as pages show them."""
