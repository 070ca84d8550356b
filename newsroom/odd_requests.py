"""A request that asks the database for what it cannot read is answered as a wrong request, not as an error of ours."""

from collections.abc import Callable

from django.core.exceptions import BadRequest, FieldError
from django.db import DatabaseError, DataError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse

TOO_COMPLEX = "54"  # the class of SQLSTATE: nested too deeply, too many columns


class OddRequests:
    """A NUL in any field, a broken pattern or a number out of all range in the address of a list: 400."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        """What is posted passes forms: there only a NUL is the sender's fault. Other errors stay what they are."""
        is_odd = isinstance(error, DataError | ValueError) and "NUL" in str(error)
        if request.method in ("GET", "HEAD"):
            is_odd = is_odd or isinstance(error, DataError) or _is_look_up(request, error)
        if is_odd:
            raise BadRequest(f"The database cannot read it: {type(error).__name__}") from error


def _is_look_up(request: HttpRequest, error: Exception) -> bool:
    """Return whether the address of a list in the admin caused the error.

    Such an address may name any field and any way of comparing it.
    """
    name = getattr(request.resolver_match, "url_name", None) or ""
    if isinstance(error, OperationalError | InternalError):  # away, or out of time
        return str(getattr(error.__cause__, "sqlstate", "")).startswith(TOO_COMPLEX)
    is_of_list = name.endswith("_changelist") and bool(request.GET)
    return is_of_list and isinstance(error, DatabaseError | FieldError | TypeError | ValueError)
