"""A browser's part of a proof of work."""

import altcha

from subscriptions.sign_up.intake import Answer


def proof_of(answer: Answer) -> str:
    """Solve the challenge of an answer as a page's script does."""
    challenge = altcha.Challenge.from_dict(dict(answer.challenge))
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    return altcha.Payload(challenge, solution).to_base64()
