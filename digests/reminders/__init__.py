"""Looking for what staff must see to: deadlines that come near, digests that are late, paused or forgotten."""
