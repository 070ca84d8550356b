"""Whatever talks to strangers' servers, and what may go wrong there."""
