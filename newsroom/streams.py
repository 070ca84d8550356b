"""Standard input, output and error, however they were given to us: closed, cut off, without letters beyond ASCII."""

import io
import os
import select
import sys

_STREAMS = ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w"))


def make_usable() -> None:
    """A closed one leads nowhere from now on, else the next file to be opened would take its place.

    What a terminal cannot show is escaped, rather than the end of the command.
    """
    for number, name, mode in _STREAMS:
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            setattr(sys, name, os.fdopen(number, mode))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def lead_nowhere() -> None:
    """Nobody reads what we say any more (`… | head`): no further word fails."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)


def is_heard() -> bool:
    """False once whoever read our output through a pipe is gone, or its terminal."""
    looking = select.poll()
    looking.register(1, 0)
    return not any(event & (select.POLLERR | select.POLLHUP) for _number, event in looking.poll(0))
