"""What goes out when: dated digests from schedules, and what staff change about that by hand."""
