import pytest

from tests.builders import MONDAY_NOON, Press


@pytest.fixture
def press(db: None) -> Press:
    return Press(noon=MONDAY_NOON)
