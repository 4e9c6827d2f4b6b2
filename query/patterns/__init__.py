"""Messages grouped into templates: what many lines have in common, and what differs in them."""
