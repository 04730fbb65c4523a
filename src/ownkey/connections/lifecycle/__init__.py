"""The life of credentials: scheduled re-checks, reminders, and the tasks that run them."""
