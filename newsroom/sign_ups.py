"""What the environment says of sign-ups: which addresses are welcome, and how many are too many."""

from django.core.exceptions import ImproperlyConfigured

from newsroom.env import Environment
from subscriptions.choices import Disposable, IpRule
from subscriptions.sign_up.rate_limits import BadLimit, Limit, parse_limit

# 20:400/hour asks for a proof of work above 20 and refuses above 400.
DEFAULT_LIMITS = {
    "address": "10/hour",
    "network": "20:400/hour",
    "form": "300:6000/minute",
    "all": "600:12000/minute",
}


def disposable_addresses(env: Environment) -> str:
    word = env.text("DISPOSABLE_ADDRESSES", Disposable.CHALLENGE)
    if word not in Disposable.values:
        raise ImproperlyConfigured(
            f"DISPOSABLE_ADDRESSES is {word!r}; write one of {', '.join(Disposable.values)}."
        )
    return word


def limits(env: Environment) -> dict[str, Limit]:
    found = {}
    for name, default in DEFAULT_LIMITS.items():
        variable = f"SIGN_UP_LIMIT_{name.upper()}"
        try:
            found[name] = parse_limit(name, env.text(variable, default))
        except BadLimit as error:
            raise ImproperlyConfigured(f"{variable}: {error}") from error
    return found


def consent_ip(env: Environment) -> str:
    """What a consent row keeps of an IP address. Raises ImproperlyConfigured."""
    rule = env.text("CONSENT_IP", IpRule.KEEP)
    if rule not in IpRule.values:
        raise ImproperlyConfigured(f"CONSENT_IP is {rule!r}; write {', '.join(IpRule.values)}.")
    return rule
