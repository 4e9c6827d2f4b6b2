"""Search language, planner, API handlers, gatewayd API, and `jhctl` with journalctl's output modes."""
