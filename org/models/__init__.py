"""People and what is put before them."""

from org.models.alert import Alert
from org.models.api_answer import ApiAnswer
from org.models.api_token import ApiToken
from org.models.audit import AuditRow
from org.models.connection import ConnectionProbe, ConnectionTick
from org.models.department import Department
from org.models.job import Job, JobFile
from org.models.role import RoleRights
from org.models.session import SignInSession
from org.models.staff import Staff, StaffDepartment
from org.models.totp import TotpDevice
from org.models.user import User

__all__ = [
    "Alert",
    "ApiAnswer",
    "ApiToken",
    "AuditRow",
    "ConnectionProbe",
    "ConnectionTick",
    "Department",
    "Job",
    "JobFile",
    "RoleRights",
    "SignInSession",
    "Staff",
    "StaffDepartment",
    "TotpDevice",
    "User",
]
