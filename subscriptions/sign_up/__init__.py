"""From a form to a confirmed reader: the one door, its limits, double opt-in."""
