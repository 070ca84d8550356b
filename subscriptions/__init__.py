"""Who gets what: newsletters, sign-up, confirmation, consent, suppression, links, letters."""
