"""Puts buckets and objects onto the test servers, and asks them what a stranger gets."""
