"""The catalogues under locale/: what is found in the sources, merged, and compiled for Django."""
