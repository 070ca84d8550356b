"""How a newsletter's template gets its look: seen before it is saved, judged, saved once, and brought back."""
