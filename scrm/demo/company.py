"""Setting the demo company up: corp, apps, accounts, articles, its codes as WeCom has them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from common import clock
from content.models import Material
from content.services.materials import ArticleText, publish_article
from customers.services.sync import AlreadyRunning, advance_jobs, start_sync
from org.models import Job
from scrm.demo import world
from wecom.models import App, Corp

CORP_ID: Final = "ww1234567890abcdef"
APPS: Final[tuple[dict[str, Any], ...]] = (
    {
        "slug": "scrm",
        "purpose": "app",
        "agent_id": 1000002,
        "secret": "sandbox-secret-scrm",
        "callback_token": "scrmTestToken01",
        "aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    },
    {
        "slug": "contacts",
        "purpose": "contacts",
        "agent_id": None,
        "secret": "sandbox-secret-contacts",
        "callback_token": "contactsToken01",
        "aes_key": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
    },
)
PURPOSES: Final = {
    "干货": Material.Purpose.KNOWLEDGE,
    "活动": Material.Purpose.ACTIVITY,
    "促销": Material.Purpose.PROMOTION,
    "关怀": Material.Purpose.CARE,
    "服务": Material.Purpose.SERVICE,
}
SYNC_BUDGET_SECONDS: Final = 5.0


def connect_corp(name: str) -> Corp:
    """Make the corp and its apps with the sandbox's well-known secrets."""
    corp, _ = Corp.objects.get_or_create(corp_id=CORP_ID, defaults={"name": name})
    for app in APPS:
        App.objects.get_or_create(corp=corp, slug=app["slug"], defaults=app)
    return corp


def publish_articles(facts: list[dict[str, Any]], *, now: datetime) -> dict[str, Material]:
    """Publish the company's articles once; returns them by slug."""
    known = {material.title: material for material in Material.objects.all()}
    return {
        article["slug"]: known.get(article["title"])
        or publish_article(
            ArticleText(
                title=article["title"],
                body="\n\n".join(article["paragraphs"]),
                summary=article["summary"],
                purpose=PURPOSES[article["category"]],
                is_high_intent=article["product_sku"] is not None,
            ),
            now=now,
        )
        for article in facts
    }


def synchronise(corp: Corp, *, tell: Callable[[str], None]) -> Job:
    """Read the whole company from WeCom, showing how far it is."""
    try:
        job = start_sync(corp=corp, now=clock.now())
    except AlreadyRunning:
        job = Job.objects.get(kind="sync", subject=corp.corp_id, state=Job.State.RUNNING)
    while job.state == Job.State.RUNNING:
        advance_jobs(now=clock.now(), budget_seconds=SYNC_BUDGET_SECONDS)
        job.refresh_from_db()
        waiting = len(job.plan.get("staff", [])) - job.cursor.get("staff_done", 0)
        tell(
            f"{job.result['customers']:,} relations, {waiting} members to go, "
            f"{job.result['groups']} groups"
        )
    return job


def company_facts() -> dict[str, Any]:
    """Return what the company knows of itself beside WeCom."""
    facts: dict[str, Any] = world.ask("demo/company")
    return facts
