"""Question sets, measures and runs: how good are the answers, in figures."""
