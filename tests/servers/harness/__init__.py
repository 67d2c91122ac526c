"""Starts and stops the servers that the tests talk to. Standard library only."""
