"""Pictures of articles (图片): public, unguessable, the same for ever."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from content.errors import UnknownPicture
from content.selectors.pictures import open_picture


@require_safe
def show(request: HttpRequest, code: str) -> HttpResponse:
    """Show one picture; its bytes never change, so whoever has it keeps it."""
    try:
        picture = open_picture(code)
    except UnknownPicture as error:
        raise Http404 from error
    response = HttpResponse(bytes(picture.data), content_type="image/jpeg")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
