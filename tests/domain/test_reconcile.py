"""The few steps from what is to what should be."""

from app.domain.reconcile import ForgetOwner, Intent, RememberOwner, Write, foreign_changes, reconcile

OWNERS = {"mode": "autonomous", "tariff": "mine"}
WANTED = {"mode": "autonomous", "tariff": "prices"}
TARIFF = frozenset({"tariff"})


def test_nothing_to_change_is_no_step() -> None:
    assert reconcile(Intent(WANTED, is_restore=False), frozenset(), OWNERS, OWNERS) == []
    assert reconcile(Intent(OWNERS, is_restore=False), frozenset(), None, OWNERS) == []


def test_the_owners_settings_are_remembered_before_the_first_write() -> None:
    assert reconcile(Intent(WANTED, is_restore=False), TARIFF, None, OWNERS) == [
        RememberOwner(OWNERS),
        Write(WANTED, TARIFF, None, is_restore=False),
    ]


def test_they_are_remembered_once() -> None:
    assert reconcile(Intent(WANTED, is_restore=False), TARIFF, OWNERS, {}) == [Write(WANTED, TARIFF, None, is_restore=False)]


def test_a_restore_writes_what_differs_and_forgets_after_that() -> None:
    assert reconcile(Intent(OWNERS, is_restore=True), TARIFF, OWNERS, {}) == [Write(OWNERS, TARIFF, None, is_restore=True)]
    assert reconcile(Intent(OWNERS, is_restore=True), frozenset(), OWNERS, {}) == [ForgetOwner()]


def test_a_device_that_was_never_steered_is_left_alone() -> None:
    assert reconcile(Intent({}, is_restore=True), TARIFF, None, OWNERS) == []


def test_what_was_not_sent_was_changed_by_somebody_else() -> None:
    changes = foreign_changes({"mode": "autonomous"}, {"mode": "backup"}, frozenset({"mode"}), {}, frozenset())
    assert [(change.field, change.was, change.now) for change in changes] == [("mode", "autonomous", "backup")]


def test_a_write_of_ours_that_took_late_is_not_somebody_elses() -> None:
    sent = {"mode": "backup"}
    assert foreign_changes({"mode": "autonomous"}, {"mode": "backup"}, frozenset({"mode"}), sent, frozenset({"mode"})) == ()


def test_before_the_first_reading_nothing_is_anybodys_change() -> None:
    assert foreign_changes(None, {"mode": "backup"}, frozenset({"mode"}), {}, frozenset()) == ()
