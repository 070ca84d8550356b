"""A strict SMTP sink, in C where there is a compiler and in asyncio where there is none. Nothing of the engine."""
