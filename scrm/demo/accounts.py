"""The demo company's sign-ins (演示账号), one a role."""

from typing import Final

from django.db.models import Count, Q

from org.models import Staff, User
from scrm.demo.sign_ins import DEMO_ACCOUNTS, DEMO_PASSWORD
from wecom.models import Corp

LINKED_ROLES: Final = {User.Role.MANAGER, User.Role.STAFF}
# Who gets the story's customer: whoever signs in as staff finds its tasks and alerts.
STORY_GUIDE: Final = "caimeng"


def make_accounts(corp: Corp) -> None:
    """Make the accounts that are missing; manager and staff stand for real members."""
    for account in DEMO_ACCOUNTS:
        if User.objects.filter(username=account.username).exists():
            continue
        User.objects.create_user(
            username=account.username,
            password=DEMO_PASSWORD,
            display_name=account.title.split()[0],
            role=account.role,
            staff=_person(corp, account.role) if account.role in LINKED_ROLES else None,
            is_staff=account.role == User.Role.ADMIN,
            is_superuser=account.role == User.Role.ADMIN,
        )


def _person(corp: Corp, role: str) -> Staff | None:
    """Choose the busiest leader of a team, or of the others whom the story is about."""
    people = Staff.objects.filter(corp=corp, is_follow_user=True, user=None).annotate(
        customers=Count("follows", filter=Q(follows__status="friend"), distinct=True),
        led=Count("seats", filter=Q(seats__is_leader=True), distinct=True),
    )
    if role == User.Role.MANAGER:
        return people.filter(led__gt=0).order_by("-customers", "id").first()
    others = people.filter(led=0).order_by("-customers", "id")
    return others.filter(userid=STORY_GUIDE).first() or others.first()
