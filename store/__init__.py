"""What a store must honour (`contract`), and the embedded store: durable log in SQLite, index in tantivy."""
