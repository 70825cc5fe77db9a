"""Touches and calls as a viewer may see them (数据权限)."""

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from customers.selectors.customers import of_visible_customers
from org.models import User
from org.selectors.scope import visible_staff_ids
from touches.errors import UnknownCall, UnknownTouch
from touches.models import Dispatch, Touch
from touches.selectors.stories import TouchStory, stories_of, with_calls


def touches_visible_to(viewer: User) -> QuerySet[Touch]:
    """Return the touches of the customers in the viewer's data scope, without an order."""
    return of_visible_customers(Touch.objects.all(), viewer)


def access_touch(*, viewer: User, uid: UUID) -> TouchStory:
    """Return one touch with everything that is known of it.

    Raises:
        UnknownTouch: there is none, or it is outside the viewer's scope; the two look alike.
    """
    touch = with_calls(touches_visible_to(viewer).filter(uid=uid)).first()
    if touch is None:
        raise UnknownTouch(str(uid))
    return stories_of([touch])[0]


def calls_visible_to(viewer: User) -> QuerySet[Dispatch]:
    """Return the calls in the viewer's data scope, without an order.

    Admins and operators see all of them, others those that carry a touch by staff in their scope.
    """
    calls = Dispatch.objects.all()
    staff_ids = visible_staff_ids(viewer)
    if staff_ids is None:
        return calls
    carried = Touch.objects.filter(dispatch=OuterRef("pk"), staff_id__in=staff_ids)
    return calls.filter(Exists(carried))


def calls_for_people(viewer: User) -> QuerySet[Dispatch]:
    """Return the calls that need a person: of unknown fate, or stopped by a setting."""
    waiting = [Dispatch.State.UNKNOWN, Dispatch.State.DEAD]
    return calls_visible_to(viewer).filter(state__in=waiting)


def access_call(*, viewer: User, call_id: UUID) -> Dispatch:
    """Return one call, whatever its state.

    Raises:
        UnknownCall: there is none, or it is outside the viewer's scope; the two look alike.
    """
    call = calls_visible_to(viewer).filter(pk=call_id).first()
    if call is None:
        raise UnknownCall(str(call_id))
    return call
