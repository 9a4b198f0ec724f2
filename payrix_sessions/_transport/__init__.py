"""What happens between a request and its response: retries, one exchange, connections. Private."""
