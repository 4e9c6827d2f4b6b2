"""From the parameters of a request to what the store is asked: selection, then scope."""
