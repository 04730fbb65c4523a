"""Finding issues by JQL: the language, what its fields mean, and the operations that use it."""
