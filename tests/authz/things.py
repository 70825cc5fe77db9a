"""The things that addresses are about: made when a route asks for one, own or foreign."""

from datetime import timedelta
from typing import Any

from campaigns.models import WelcomeVariant
from content.models import Script
from customers.events import FriendAdded
from customers.models import GroupChat, SavedView, Tag, TagGroup
from customers.services.identities import Resolved
from org.models import Job, JobFile
from org.services.tokens import issue_token
from sop.models import Journey, JourneyRun
from sop.services.presets import presets
from tests.authz.world import World
from tests.campaigns.world import make_code
from tests.content.makers import make_link
from tests.makers import NOW, make_corp
from tests.sop.explaining import call_for
from tests.sop.world import happen, live, run_until
from touches.models import MassTask, Touch
from wecom.models import App


def journey(world: World) -> Journey:
    """A published journey that everybody's customers are in."""
    found = Journey.objects.first()
    if found is not None:
        return found
    made = live()
    for follow in world.follows.values():
        person = Resolved(identity_id=follow.identity_id, customer_id=follow.identity.customer_id)
        happen(person, FriendAdded(), by=follow.staff)
    run_until(NOW)
    return made


def template_code() -> str:
    """A template that comes with the product."""
    return next(iter(presets()))


def connection(world: World) -> dict[str, Any]:
    """The corp that everybody is of, and the app of ours in it."""
    corp_pk = world.guides[True].corp_id
    return {"corp_pk": corp_pk, "app_pk": App.objects.get(corp_id=corp_pk).pk}


def run_of(world: World, *, mine: bool) -> JourneyRun:
    """The run of one's own customer, or of the other department's."""
    journey(world)
    return JourneyRun.objects.get(identity__customer=world.customers[mine])


def touch_of(world: World, who: str = "staff", *, mine: bool) -> Touch:
    """A touch of somebody's own customer, or of the other department's."""
    follow = world.follow_of(who, mine=mine)
    journey(world)
    planned = Touch.objects.filter(identity=follow.identity)
    planned.update(staff=follow.staff)
    return planned.earliest("id")


def call_of(world: World, *, mine: bool) -> Any:
    """A call whose fate nobody knows, that carries the touch."""
    touch = touch_of(world, mine=mine)
    Touch.objects.filter(pk=touch.pk).update(state="unknown")
    return call_for(touch, state="unknown")


def mass_task_of(world: World, *, mine: bool) -> MassTask:
    """A mass message that waits for the guide's tap."""
    return MassTask.objects.create(
        dispatch=call_of(world, mine=mine),
        staff=world.guides[mine],
        msgid=f"m{mine}",
        created_at=NOW,
        valid_until=NOW + timedelta(hours=4),
    )


def code_of(world: World, *, mine: bool) -> WelcomeVariant:
    """A channel code that leads to the guide, with a welcome for certain hours."""
    code = make_code(state=f"code{mine}")
    code.staff.set([world.guides[mine]])
    return WelcomeVariant.objects.create(channel_code=code, text="晚上好")


def group_of(world: World, who: str, *, mine: bool) -> GroupChat:
    """A customer group that somebody's member owns, or the other department's guide."""
    owner = world.follow_of(who, mine=mine).staff
    return GroupChat.objects.get_or_create(
        corp=make_corp(), chat_id=f"chat{owner.pk}", defaults={"owner": owner, "name": "群"}
    )[0]


def job_of(world: World, who: str, *, mine: bool) -> Job:
    """Long work with a file, that `who` or somebody else has begun."""
    starter = world.users[who if mine and who in world.users else "bystander"]
    job = Job.objects.create(
        kind="export", subject=f"{who}{mine}", title="导出", created_at=NOW, started_by=starter
    )
    JobFile.objects.create(job=job, number=1, name="a.xlsx", content=b"x", created_at=NOW)
    return job


def view_of(world: World, who: str, *, mine: bool) -> SavedView:
    """A saved view of the customers list that is private to its owner."""
    owner = world.users[who if mine and who in world.users else "bystander"]
    return SavedView.objects.create(owner=owner, name=f"{who}{mine}", created_at=NOW)


def material_id() -> int:
    """A published article."""
    return make_link().material_id


def link_code() -> str:
    """A tracked link."""
    return make_link().code


def script_id() -> int:
    """A ready text."""
    made = Script.objects.create(
        category="开场", title="问候", text="您好", created_at=NOW, updated_at=NOW
    )
    return made.pk


def tag() -> Tag:
    """A tag of the company."""
    group, _ = TagGroup.objects.get_or_create(corp=make_corp(), name="需求")
    return Tag.objects.get_or_create(corp=make_corp(), group=group, name="猫")[0]


def token_id(world: World) -> int:
    """A token of the open API that somebody else uses."""
    issued = issue_token(user=world.users["bystander"], name="t", now=NOW, expires_at=NOW)
    return issued.token.pk
