"""The mail services that are offered, one module each: a new one needs no more than its file here."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from subscriptions.mailing.service import Service


@cache
def all_services() -> Mapping[str, Service]:
    """Return all services by their names in MAIL_URL, in alphabetical order."""
    found = [
        import_module(f"{__name__}.{module.name}").SERVICE for module in iter_modules(__path__)
    ]
    return MappingProxyType({service.name: service for service in sorted(found, key=_name)})


def service_named(name: str) -> Service | None:
    """Return the service of this name; None for mail servers, the console, and whatever is not offered."""
    return all_services().get(name)


def _name(service: Service) -> str:
    return service.name
