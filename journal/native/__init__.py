"""Sources of the compiled codec, and what builds it. Not part of a wheel."""
