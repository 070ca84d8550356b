"""What became of a mail after it was accepted: events of ESPs, bounces, complaints."""
