"""What the service costs: measured end to end, beside the plain way and the limits of the machine."""
