"""A picture that came with a form, taken to WeCom as an attachment."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from campaigns.services.welcomes import picture_attachment
from content.errors import PictureRefused
from wecom.advice import advice_of
from wecom.errors import WeComError
from wecom.models import App


class NotUploaded(Exception):
    """The picture was not taken; the message says why, for people."""


def uploaded_picture(file: "UploadedFile[bytes] | None", *, app: App) -> dict[str, Any] | None:
    """Upload a picture to WeCom, if there is one.

    Raises:
        NotUploaded: it is no picture, or WeCom did not take it.
    """
    if file is None:
        return None
    try:
        return picture_attachment(file.read(), app=app)
    except PictureRefused as error:
        raise NotUploaded(str(error)) from error
    except WeComError as error:
        problem = advice_of(error).problem
        raise NotUploaded(_("图片没有传上去：{problem}").format(problem=problem)) from error
