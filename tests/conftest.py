"""Real servers for every test that wants a database; builders of valid rows."""

import pytest

from newsroom.serving import join_servers
from tests.builders import Press


def pytest_configure(config: pytest.Config) -> None:
    """Before pytest-django looks for its database. A worker of xdist joins the servers of its parent."""
    join_servers()


@pytest.fixture
def press(db: None) -> Press:
    """A publisher with the means to print: builds rows that are valid in every respect."""
    return Press()
