"""Real journald instances and real systemd, for tests and for the demo fleet."""
