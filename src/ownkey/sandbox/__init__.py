"""A pretend Atlassian Cloud for the demo, the tests and the benchmarks."""
