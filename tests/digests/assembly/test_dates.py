"""Dates as feeds of the world write them."""

from datetime import UTC, datetime
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digests.assembly.dates import LONGEST, YEARS, day_comes_first, read_moment

# Each of these is 30 November 2026, 08:00 UTC.
SAME = """
Mon, 30 Nov 2026 08:00:00 +0000
Mon, 30 Nov 2026 08:00:00 GMT
Mon, 30 Nov 2026 08:00:00 UT
Mon, 30 Nov 2026 08:00:00 Z
Mon, 30 Nov 2026 08:00 GMT
Mon, 30 Nov 26 08:00:00 GMT
30 Nov 2026 08:00:00 GMT
Mon,30 Nov 2026 08:00:00 GMT
Mon, 30 Nov 2026 08:00:00GMT
Monday, 30-Nov-26 08:00:00 GMT
Monday, 30 November 2026 08:00:00 +0000
Mon Nov 30 08:00:00 2026
Mon Nov 30 08:00:00 UTC 2026
Mon Nov 30 2026 09:00:00 GMT+0100 (Central European Standard Time)
Mon, 30 Nov 2026 09:00:00 +0100
Mon, 30 Nov 2026 09:00:00 +01:00
Mon, 30 Nov 2026 09:00:00 +1
Mon, 30 Nov 2026 13:30:00 +5:30
Mon, 30 Nov 2026 03:00:00 −0500
Mon, 30 Nov 2026 09:00:00 GMT+1
Mon, 30 Nov 2026 09:00:00 GMT+01:00
Mon, 30 Nov 2026 15:00:00 UTC+7
Mon, 30 Nov 2026 15:00:00 UTC +07:00
Mon, 30 Nov 2026 08:00:00 +0000 (UTC)
Mon, 30 Nov 2026 09:00:00 CET
Mon, 30 Nov 2026 09:00:00 MEZ
Mon, 30 Nov 2026 10:00:00 CEST
Mon, 30 Nov 2026 09:00:00 BST
Mon, 30 Nov 2026 10:00:00 EET
Mon, 30 Nov 2026 11:00:00 MSK
Mon, 30 Nov 2026 13:30:00 IST
Mon, 30 Nov 2026 17:00:00 JST
Mon, 30 Nov 2026 17:00:00 KST
Mon, 30 Nov 2026 16:00:00 SGT
Mon, 30 Nov 2026 15:00:00 WIB
Mon, 30 Nov 2026 19:00:00 AEDT
Mon, 30 Nov 2026 21:00:00 NZDT
Mon, 30 Nov 2026 10:00:00 SAST
Mon, 30 Nov 2026 11:00:00 EAT
Mon, 30 Nov 2026 09:00:00 WAT
Mon, 30 Nov 2026 13:00:00 PKT
Mon, 30 Nov 2026 03:00:00 EST
Mon, 30 Nov 2026 04:00:00 EDT
Mon, 30 Nov 2026 02:00:00 CST
Mon, 30 Nov 2026 00:00:00 PST
Mon, 30 Nov 2026 03:00:00 ET
Mon, 30 Nov 2026 05:00:00 BRT
Mon, 30 Nov 2026 00:00:00 America/Los_Angeles
Mon, 30 Nov 2026 09:00:00 Europe/Paris
Monday, November 30, 2026 08:00 AM
Monday, November 30, 2026 - 08:00
November 30, 2026, 8:00 am
Mon, Nov 30 2026 08:00:00 AM
Nov 30th, 2026 8:00 a.m. GMT
Mon, 30 Nov 2026 8 AM GMT
Mon, 11/30/2026 - 08:00
11/30/2026 8:00:00 AM
30/11/2026 08:00
30.11.2026 08:00:00
30.11.2026, 08:00 Uhr
30. 11. 2026 8.00
30-11-2026 08:00
30.11.26 08:00
2026-11-30T08:00:00Z
2026-11-30T08:00:00.000Z
2026-11-30T09:00:00+01:00
2026-11-30T09:00+0100
2026-11-30T09:00:00+01
2026-11-30t08:00:00z
2026-11-30 08:00:00
2026-11-30 08:00:00 UTC
2026-11-30 08:00:00 +0000 UTC
2026-11-30T09:00:00+01:00[Europe/Paris]
2026/11/30 08:00:00
2026.11.30 08:00
2026-Nov-30 08:00
20261130T080000Z
20261130T0900+0100
20261130080000
1796025600
1796025600000
1796025600.25
/Date(1796025600000)/
Mo, 30 Nov 2026 09:00:00 +0100
Montag, 30. November 2026 um 09:00 MEZ
lun., 30 nov. 2026 09:00:00 +0100
lundi 30 novembre 2026 à 08h00
lun, 30 nov 2026 09:00:00 +0100
lunedì 30 novembre 2026 08:00
lunes, 30 de noviembre de 2026 8:00
lunes, 30 noviembre 2026, 8:00 a. m.
Seg, 30 Nov 2026 05:00:00 -0300
segunda-feira, 30 de novembro de 2026 08:00
ma, 30 nov 2026 09:00:00 +0100
maandag 30 november 2026 08:00
pon., 30 lis 2026 09:00:00 +0100
poniedziałek, 30 listopada 2026 08:00
Пн, 30 ноя 2026 11:00:00 +0300
30 ноября 2026 г., 08:00
Пон, 30 лист. 2026 10:00:00 +0200
Pzt, 30 Kas 2026 11:00:00 +0300
30 Kasım 2026 Pazartesi 08:00
mån, 30 nov 2026 09:00:00 +0100
man. 30. nov. 2026 kl. 08.00
30. marraskuuta 2026 klo 8.00
po, 30 lis 2026 09:00:00 +0100
30. listopadu 2026 8:00
2026. november 30. 8:00
30 noiembrie 2026 08:00
Δευ, 30 Νοε 2026 10:00:00 +0200
30 نوفمبر 2026 08:00
٣٠ نوفمبر ٢٠٢٦ ٠٨:٠٠
30 تشرين الثاني 2026 08:00
30 בנובמבר 2026 08:00
30 नवंबर 2026 08:00
Senin, 30 November 2026 15:00 WIB
30 tháng 11 2026 08:00
2026年11月30日 08:00:00
2026年11月30日 午前8時00分
2026년 11월 30일 08:00
２０２６年１１月３０日 ０８：００
""".strip().splitlines()

MOMENT = datetime(2026, 11, 30, 8, tzinfo=UTC)


@pytest.mark.parametrize("text", SAME)
def test_one_moment_in_many_forms(text: str) -> None:
    assert read_moment(text) == MOMENT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wed, Nov 25 2026 02:02:33 PM", "2026-11-25 14:02:33"),
        ("Friday, January 29, 2021 04:42 PM", "2021-01-29 16:42:00"),
        ("12:05 AM, 3 Jun 2019", "2019-06-03 00:05:00"),
        ("3 Jun 2019 12:05 PM", "2019-06-03 12:05:00"),
        ("2026年11月30日 下午3:05", "2026-11-30 15:05:00"),
        ("2026. 11. 30. 오후 3:05", "2026-11-30 15:05:00"),
        ("30/11/2026 3:05 μ.μ.", "2026-11-30 15:05:00"),
        ("mer, 16 nov 2022 00:38:15 +0100", "2022-11-15 23:38:15"),
        ("Seg, 24 Set 2018 19:18:49 -0300", "2018-09-24 22:18:49"),
        ("Do, 24 Dez 2020 10:00:00 +0100", "2020-12-24 09:00:00"),
        ("mar, 24 mar 2020 10:00:00 +0100", "2020-03-24 09:00:00"),
        ("jeu., 06 août 2020 10:00:00 +0200", "2020-08-06 08:00:00"),
        ("Di, 03 Mär 2020 10:00:00 +0100", "2020-03-03 09:00:00"),
        ("Wed, 24 Jun 2026 10:00:00 CEST", "2026-06-24 08:00:00"),
        ("Wed, 24 Jun 2026 10:00:00 ET", "2026-06-24 14:00:00"),
        ("Mon, 30 Nov 2026 24:00:00 GMT", "2026-12-01 00:00:00"),
        ("Mon, 30 Nov 2026 08:00:60 GMT", "2026-11-30 08:00:59"),
        ("2026-11-30", "2026-11-30 00:00:00"),
        ("20261130", "2026-11-30 00:00:00"),
        ("30. November 2026", "2026-11-30 00:00:00"),
        ("6/3/2019 8:00:00 AM", "2019-06-03 08:00:00"),
        ("Mon, 06/03/2019 - 08:00", "2019-06-03 08:00:00"),
        ("Mon, 03/06/2019 - 08:00", "2019-06-03 08:00:00"),
    ],
)
def test_a_moment_is_read_as_it_is_meant(text: str, expected: str) -> None:
    assert read_moment(text) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "", "yesterday", "2 hours ago", "30 November", "Nov 2026", "2026", "2026-11", "0000-00-00", "10:00",
        "03/06/2019 08:00", "03-06-2019 08:00", "26-11-30 08:00", "26/11/30 08:00",
        "Mon, 31 Nov 2026 08:00:00 GMT", "Mon, 99 Foo 2026 77:00:00 GMT", "Mon, 30 Nov 2026 25:00:00 GMT",
        "Mon, 30 Nov 2026 13:00 AM", "Mon, 30 Nov 2026 08:00:00 XYZT", "Mon, 30 Nov 2026 08:00:00 +99:00",
        "Mon, 30 Nov 2026 08:00:00 Mars/Olympus", "Mon, 30 Nov 2026 08:00:00 01:00",
        "30 Nov 2026 08:00 - 1 Dec 2026 10:00", "99999-01-01", "9999999999-01-01", "30 พฤศจิกายน 2569 08:00",
        "30/11/2569 08:00", "1448-06-20 08:00", "25 Nov 10:00", "Thu, 01 Jan 1970 00:00:00 GMT", "-1", "12345",
        "99999999999999", "../../etc/passwd", "Mon, 30 Nov 2026 08:00:00 ../UTC",
    ],
)  # fmt: skip
def test_what_may_be_anything_is_unknown(text: str) -> None:
    assert read_moment(text) is None


@pytest.mark.parametrize(
    ("zone", "text", "expected"),
    [
        ("Europe/Paris", "Mon, 30 Nov 2026 09:00:00", "08:00"),
        ("Europe/Paris", "2026-11-30", "23:00"),
        ("Europe/Paris", "Mon, 30 Nov 2026 08:00:00 GMT", "08:00"),
        ("Europe/Dublin", "Wed, 24 Jun 2026 09:00:00 IST", "08:00"),
        ("Asia/Jerusalem", "Mon, 30 Nov 2026 10:00:00 IST", "08:00"),
        ("Asia/Shanghai", "Mon, 30 Nov 2026 16:00:00 CST", "08:00"),
        ("Asia/Kolkata", "03/06/2019 13:30:00 PM", "08:00"),
        ("Europe/Paris", "3/06/2019 10:00", "08:00"),
        ("America/New_York", "06/03/2019 04:00", "08:00"),
    ],
)
def test_the_sources_zone_tells_what_the_date_does_not(zone: str, text: str, expected: str) -> None:
    found = read_moment(text, zone=ZoneInfo(zone))
    assert found is not None
    assert f"{found:%H:%M}" == expected
    assert (found.month, found.day) in {(11, 30), (11, 29), (6, 24), (6, 3)}


def test_the_other_dates_of_a_feed_tell_which_number_is_the_day() -> None:
    assert day_comes_first(["03/06/2019 08:00", "25/06/2019 08:00", "x"]) is True
    assert day_comes_first(["03/06/2019 08:00", "06-25-2019 08:00"]) is False
    assert day_comes_first(["25/06/2019", "06/25/2019"]) is None
    assert day_comes_first(["03/06/2019", "25.06.2019"]) is None
    june, march = (read_moment("03/06/2019", day_first=told) for told in (True, False))
    assert june is not None
    assert march is not None
    assert (june.month, march.month) == (6, 3)


@settings(max_examples=40)
@given(st.text(max_size=120))
def test_no_text_breaks_it(text: str) -> None:
    moment = read_moment(text)
    assert moment is None or (moment.tzinfo is UTC and moment.year in YEARS)


@pytest.mark.parametrize("piece", ["1 ", "a", "1 a ", ":", "2026-", "(", "٣", "+0", "1:1", "nov "])
def test_a_hostile_date_costs_nothing(piece: str) -> None:
    began = process_time()
    read_moment(piece * (LONGEST // len(piece)))
    read_moment(piece * 100_000)
    assert process_time() - began < 0.5
