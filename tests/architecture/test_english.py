"""Every message of the interface has its English."""

from scrm import translations


def test_no_message_is_without_english():
    known = {(message.id, message.context): message.string for message in translations.read()}
    wanted = [message for message in translations.extracted() if message.id]
    missing = [str(one.id) for one in wanted if not known.get((one.id, one.context))]
    assert missing == [], "run `make english` and translate what it prints"


def test_nothing_is_kept_that_nobody_says():
    wanted = {(message.id, message.context) for message in translations.extracted()}
    kept = {(message.id, message.context) for message in translations.read()}
    assert kept - wanted == set()


def test_english_keeps_the_places_for_values():
    for message in translations.read():
        if message.id and isinstance(message.string, str):
            assert places(str(message.id)) == places(message.string), message.id


def places(text: str) -> set[str]:
    """Return the `{names}` and `%(names)s` of a message."""
    found = translations.PLACES.findall(text)
    return set(found)


def test_labels_of_choices_are_found():
    program = 'class State(models.TextChoices):\n    ON = "on", "启用"\n    OFF = "off", "停用"\n'
    assert list(translations.labels(program)) == ["启用", "停用"]
    assert list(translations.labels('class Other:\n    ON = "on", "启用"\n')) == []
