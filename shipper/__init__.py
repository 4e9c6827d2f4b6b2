"""The node daemon: reads the binary journal by cursor and streams it to a collector."""
