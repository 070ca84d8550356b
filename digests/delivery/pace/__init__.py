"""How fast, by how many connections, and by which way: what keeps us welcome with the servers that take our mail."""
