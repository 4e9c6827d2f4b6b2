"""The torture run: hosts that write while everything around them is broken at random, and the account at the end."""
