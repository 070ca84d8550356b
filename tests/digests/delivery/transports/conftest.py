from collections.abc import Iterator

import pytest

from tests.service_stub import ServiceStub


@pytest.fixture(scope="module")
def running_stub() -> Iterator[ServiceStub]:
    with ServiceStub() as running:
        yield running


@pytest.fixture
def stub(running_stub: ServiceStub) -> ServiceStub:
    """One server for a module's tests: Amazon's client is made once for its address."""
    running_stub.reset()
    return running_stub
