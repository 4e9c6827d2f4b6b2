"""Measurements: a seeded corpus, and the figures of `./dev bench`."""
