"""How a mail leaves, what servers say of it, and who is never mailed again."""
