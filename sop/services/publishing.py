"""Publishing journeys (发布旅程): from draft to immutable version; pausing, ending, stopping."""

import hashlib
import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext

from common import bell
from common.ids import opaque_token
from org.models import User
from sop.errors import BadProgram, CodeTaken, StaleDraft, UnknownJourney, WrongState
from sop.models import Journey, JourneyRun, JourneyVersion
from sop.selectors.catalog import program_of
from sop.selectors.checking import check_program
from sop.services.drafting import replace_draft
from sop.services.entering import ADVANCE_BELL
from sop.services.stopping import STOP_BATCH, audit_journey, stop_runs

# Who archives a journey waits for so many runs to be stopped; the rest goes within minutes.
STOPPED_AT_ONCE: Final = 2_000
ARCHIVED: Final = "旅程已归档"


def create_journey(
    *,
    code: str,
    name: str,
    program: Mapping[str, Any],
    now: datetime,
    subject_kind: str = Journey.Subject.CUSTOMER,
    by: User | None = None,
) -> Journey:
    """Make a journey with its draft (新建旅程); the draft may still be faulty.

    Raises:
        CodeTaken: another journey has this code.
    """
    try:
        with transaction.atomic():
            return Journey.objects.create(
                code=code,
                name=name,
                subject_kind=subject_kind,
                draft=dict(program),
                salt=opaque_token(),
                owner=by,
                drafted_by=by,
                created_at=now,
                changed_at=now,
            )
    except IntegrityError as error:
        if "sop_journey_code_key" in str(error):
            raise CodeTaken(gettext("代号 {code} 已被使用").format(code=code)) from error
        raise


def change_draft(
    journey_id: int, *, program: Mapping[str, Any], now: datetime, by: User | None = None
) -> list[str]:
    """Save a draft (保存草稿); returns its problems, an empty list when it can be published.

    Raises:
        UnknownJourney: there is none.
    """
    replace_draft(journey_id, program, summary=gettext("接口写入草稿"), now=now, by=by)
    return problems_of(program)


def problems_of(program: Mapping[str, Any]) -> list[str]:
    """Return what keeps a program from being published (发布检查), each with its place."""
    return [str(problem) for problem in check_program(program).problems]


def publish(
    journey_id: int,
    *,
    now: datetime,
    by: User | None = None,
    address: str = "",
    seen: int | None = None,
) -> JourneyVersion:
    """Publish the draft as the next version and set the journey going (发布).

    Runs stay on the version they entered by; whoever comes from now on enters by the new one. The
    draft unchanged since the last version gives that version again. One transaction.

    Args:
        seen: The count of edits of the draft that was looked at; None = whatever it is now.

    Raises:
        BadProgram: the draft has problems.
        StaleDraft: the draft was changed since it was looked at.
        UnknownJourney: there is none.
        WrongState: the journey is archived, or not of a kind that can run yet.
    """
    with transaction.atomic():
        journey = _locked(journey_id)
        if journey.state == Journey.State.ARCHIVED:
            raise WrongState(gettext("已归档的旅程不能发布"))
        if journey.subject_kind != Journey.Subject.CUSTOMER:
            raise WrongState(gettext("目前只能发布客户SOP"))
        if seen is not None and seen != journey.draft_edits:
            raise StaleDraft(gettext("草稿刚刚又被改过，请看过变化再发布。"))
        problems = check_program(journey.draft).problems
        if problems:
            raise BadProgram(problems)
        version = _version(journey, now=now, by=by)
        journey.current = version
        journey.state = Journey.State.LIVE
        journey.changed_at = now
        journey.save(update_fields=["current", "state", "changed_at"])
        number = version.number
        audit_journey(journey, "published", by=by, address=address, now=now, version=number)
    return version


def pause(journey_id: int, *, now: datetime, by: User | None = None, address: str = "") -> None:
    """Pause a journey (暂停): nobody enters, no run moves; exits and goals still count.

    Raises:
        UnknownJourney: there is none.
        WrongState: it is not live.
    """
    with transaction.atomic():
        journey = _change_state(journey_id, Journey.State.LIVE, Journey.State.PAUSED, now=now)
        audit_journey(journey, "paused", by=by, address=address, now=now)


def resume(journey_id: int, *, now: datetime, by: User | None = None, address: str = "") -> None:
    """Let a paused journey go on (恢复); what is overdue is taken up at once.

    Raises:
        UnknownJourney: there is none.
        WrongState: it is not paused.
    """
    with transaction.atomic():
        journey = _change_state(journey_id, Journey.State.PAUSED, Journey.State.LIVE, now=now)
        audit_journey(journey, "resumed", by=by, address=address, now=now)
    bell.ring(ADVANCE_BELL)


def archive(journey_id: int, *, now: datetime, by: User | None = None, address: str = "") -> int:
    """End a journey (归档): nobody enters, its runs are stopped; returns how many already are.

    Where there are very many, `stop_archived_runs` goes on with them.

    Raises:
        UnknownJourney: there is none.
    """
    with transaction.atomic():
        journey = _locked(journey_id)
        journey.state = Journey.State.ARCHIVED
        journey.changed_at = now
        journey.save(update_fields=["state", "changed_at"])
        audit_journey(journey, "archived", by=by, address=address, now=now)
    return stop_runs(journey_id, reason=ARCHIVED, now=now, most=STOPPED_AT_ONCE)


def stop_archived_runs(*, now: datetime, budget_seconds: float) -> int:
    """Stop what archived journeys still have open (归档收尾), until none is left or time is up."""
    deadline = time.monotonic() + budget_seconds
    count = 0
    open_runs = JourneyRun.objects.filter(
        journey_id=OuterRef("pk"), state__in=[JourneyRun.State.ACTIVE, JourneyRun.State.PARKED]
    )
    archived = Journey.objects.filter(Exists(open_runs), state=Journey.State.ARCHIVED)
    for journey_id in archived.order_by("id").values_list("id", flat=True):
        while stopped := stop_runs(journey_id, reason=ARCHIVED, now=now, most=STOP_BATCH):
            count += stopped
            if time.monotonic() >= deadline:
                return count
    return count


def _version(journey: Journey, *, now: datetime, by: User | None) -> JourneyVersion:
    text = json.dumps(journey.draft, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    checksum = hashlib.sha256(text.encode()).hexdigest()
    last = journey.versions.order_by("-number").first()
    if last is not None and last.checksum == checksum:
        return last
    version = JourneyVersion.objects.create(
        journey=journey,
        number=last.number + 1 if last else 1,
        program=journey.draft,
        checksum=checksum,
        published_at=now,
        published_by=by,
    )
    program_of(version.pk)
    return version


def _locked(journey_id: int) -> Journey:
    journey = Journey.objects.select_for_update().filter(pk=journey_id).first()
    if journey is None:
        raise UnknownJourney(journey_id)
    return journey


def _change_state(journey_id: int, expected: str, wanted: str, *, now: datetime) -> Journey:
    journey = _locked(journey_id)
    if journey.state != expected:
        raise WrongState(gettext("旅程现在是“{state}”").format(state=journey.get_state_display()))
    journey.state = wanted
    journey.changed_at = now
    journey.save(update_fields=["state", "changed_at"])
    return journey
