"""Edges: a page or an answer each. They parse, call one function, answer."""
