"""What must be right about a digest before it goes out: one check a function, over facts that were gathered before."""
