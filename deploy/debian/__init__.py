"""`./dev package`: a Debian package of this checkout, with everything it needs but Python and libsystemd."""
