"""Forms on the publisher's own pages: what they offer, the code to copy, what they bring."""
