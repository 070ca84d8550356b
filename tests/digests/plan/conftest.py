import pytest

from tests.builders import Press
from tests.digests.plan.monday import NOON


@pytest.fixture
def press(db: None) -> Press:
    return Press(noon=NOON)
