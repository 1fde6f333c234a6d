"""Floor 6: sockets, HTTP client, child processes and the wall clock."""
