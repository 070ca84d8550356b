"""In which letters a request is read: in UTF-8, whatever it says."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_CHARSET = re.compile(r";\s*charset\s*\*?\s*=\s*(?:\"[^\"]*\"|[^;]*)", re.IGNORECASE)


def reading_utf_8(application: "WSGIApplication") -> "WSGIApplication":
    """Django takes the name of any codec of Python from Content-Type, and reads the query with it while it makes the
    request: some fail there, before anything of ours could answer. A form with another name than UTF-8 fails in
    Django's error pages as well, which read it again.
    """

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        told = environ.get("CONTENT_TYPE")
        if told:
            environ["CONTENT_TYPE"] = _CHARSET.sub("", told)
        return application(environ, start_response)

    return answer
