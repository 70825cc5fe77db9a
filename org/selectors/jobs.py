"""Jobs as somebody may see them (任务列表)."""

from django.db.models import Q, QuerySet

from org.errors import UnknownJob
from org.models import Job, User


def jobs_visible_to(viewer: User) -> QuerySet[Job]:
    """Return somebody's own jobs, and the product's for who looks after the whole company.

    What others started stays theirs: an export is of their data scope.
    """
    if viewer.role in {User.Role.ADMIN, User.Role.OPERATOR}:
        return Job.objects.filter(Q(started_by=None) | Q(started_by=viewer))
    return Job.objects.filter(started_by=viewer)


def access_job(*, viewer: User, job_id: int) -> Job:
    """Return one job.

    Raises:
        UnknownJob: there is none, or it is not for the viewer; the two look alike.
    """
    job = jobs_visible_to(viewer).filter(pk=job_id).first()
    if job is None:
        raise UnknownJob(str(job_id))
    return job
