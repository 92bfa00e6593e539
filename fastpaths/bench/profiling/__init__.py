"""The profile of a process: what it takes of the machine while it works, read by another process."""
