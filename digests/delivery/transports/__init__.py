"""Ways out: each takes one slice and answers for every recipient in it."""
