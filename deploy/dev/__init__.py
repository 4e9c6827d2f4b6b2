"""What `./dev` does. Standard library of Python 3.11 only: it runs before anything is installed."""
