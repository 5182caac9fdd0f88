"""Dates as files write them and ages as law counts them."""

import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zhulian.core.kernel import dates
from zhulian.core.kernel.errors import ZhulianError

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))


@pytest.mark.parametrize(
    "written",
    [
        "2019-03-01",
        "2019/3/1",
        "2019.3.1",
        "20190301",
        "2019年3月1日",
        "2019年03月01",
        "２０１９－０３－０１",
        "2019-03-01 10:20:30",
        "2019-03-01T10:20:30.5+08:00",
        " 2019-03-01 ",
    ],
)
def test_the_forms_people_write(written):
    assert dates.parse_date(written) == dt.date(2019, 3, 1)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "19-03-01",
        "19/3/1",
        "01/03/2019",
        "3/1/2019",
        "2019-03",
        "201931",
        "2019-13-01",
        "2019-02-29",
        "0000-01-01",
        "2019-03/01",
        "43525",
        "长期",
    ],
)
def test_guesses_are_refused(written):
    with pytest.raises(ZhulianError) as caught:
        dates.parse_date(written)
    assert caught.value.code == "value.date"
    assert caught.value.params["value"] == written


@given(DAYS)
def test_every_day_is_read_in_every_form(day):
    for written in (
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
    ):
        assert dates.parse_date(written) == day


def test_platform_timestamps_are_days_in_china():
    assert dates.from_epoch_ms(1488470400000) == dt.date(2017, 3, 3)
    assert dates.from_epoch_ms(1703952000000) == dt.date(2023, 12, 31)
    with pytest.raises(ZhulianError):
        dates.from_epoch_ms(10**18)


@given(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)))  # noqa: DTZ001 - the zone follows
def test_moments_survive_storage(naive):
    moment = naive.replace(tzinfo=dates.SHANGHAI)
    assert dates.from_micros(dates.micros(moment)) == moment


def test_the_end_of_a_day_is_its_last_microsecond_in_china():
    end = dates.end_of_day(dt.date(2025, 3, 1))
    assert dates.from_micros(dates.micros(end) + 1).date() == dt.date(2025, 3, 2)
    assert end.utcoffset() == dt.timedelta(hours=8)


@given(DAYS, DAYS, st.integers(0, 80))
@example(born=dt.date(1964, 2, 29), on=dt.date(2025, 2, 28), years=60)
@example(born=dt.date(1964, 2, 29), on=dt.date(2025, 3, 1), years=60)
@example(born=dt.date(1963, 2, 28), on=dt.date(2024, 2, 29), years=60)
@example(born=dt.date(1963, 3, 1), on=dt.date(2024, 2, 29), years=60)
def test_the_limit_of_birth_says_the_same_as_the_age(born, on, years):
    """What the plans compare (a bound date) and what law says (completed years) are one thing, leap days included."""
    if born > on:
        return
    assert (born > dates.born_after(years, on)) == (dates.age(born, on) <= years)


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (dt.date(1963, 1, 1), dt.date(2023, 12, 31), 60),
        (dt.date(1963, 1, 1), dt.date(2024, 1, 1), 61),
        (dt.date(1964, 2, 29), dt.date(2025, 2, 28), 60),
        (dt.date(1964, 2, 29), dt.date(2025, 3, 1), 61),
        (dt.date(1964, 2, 29), dt.date(2024, 2, 29), 60),
    ],
)
def test_ages_are_completed_years(born, on, age):
    assert dates.age(born, on) == age


def test_years_are_added_in_the_calendar():
    assert dates.add_years(dt.date(2024, 2, 29), 1) == dt.date(2025, 2, 28)
    assert dates.add_years(dt.date(2024, 2, 29), 4) == dt.date(2028, 2, 29)
    assert dates.add_years(dates.FOREVER, 5).year == 9999
    assert dates.add_years(dt.date(3, 1, 1), -61).year == 1
