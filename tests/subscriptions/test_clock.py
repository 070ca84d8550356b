"""One clock for every host."""

import time
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from subscriptions.clock import about_now, database_now


@pytest.mark.django_db
def test_what_is_about_now_is_read_once_and_goes_on(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    first = about_now()
    time.sleep(0.02)
    with django_assert_num_queries(0):
        second = about_now()
    assert timedelta(milliseconds=20) <= second - first
    assert abs(database_now() - about_now()) < timedelta(seconds=1)
