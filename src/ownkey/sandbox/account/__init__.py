"""The account pages, where a person signs in and makes API tokens."""
