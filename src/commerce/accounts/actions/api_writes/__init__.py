"""What writes over the API leave besides their effect: answers by key, a client's own words."""
