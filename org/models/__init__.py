"""People and what is put before them."""

from org.models.alert import Alert
from org.models.api_token import ApiToken
from org.models.audit import AuditRow
from org.models.department import Department
from org.models.job import Job, JobFile
from org.models.staff import Staff, StaffDepartment
from org.models.user import User

__all__ = [
    "Alert",
    "ApiToken",
    "AuditRow",
    "Department",
    "Job",
    "JobFile",
    "Staff",
    "StaffDepartment",
    "User",
]
