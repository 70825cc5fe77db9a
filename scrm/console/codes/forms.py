"""Forms of channel codes and welcomes."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import ChannelCode, WelcomeVariant
from campaigns.models.content import WelcomeContent
from campaigns.services.posters import MAX_NAME, MAX_NOTE, MAX_TITLE
from campaigns.services.welcomes import WelcomeText, link_attachment
from content.models import Material
from content.services.pictures import MAX_BYTES
from customers.models import Tag
from org.models import Department, Staff, User
from org.selectors.scope import visible_staff_ids
from wecom.models import Corp

WEEKDAYS: Final = [
    (1, gettext_lazy("周一")),
    (2, gettext_lazy("周二")),
    (3, gettext_lazy("周三")),
    (4, gettext_lazy("周四")),
    (5, gettext_lazy("周五")),
    (6, gettext_lazy("周六")),
    (7, gettext_lazy("周日")),
]


def staff_choices(corp: Corp, viewer: User) -> QuerySet[Staff]:
    """Return who a code of this corp may lead to, in the viewer's scope."""
    staff = Staff.objects.filter(corp=corp, is_follow_user=True, left_at=None).order_by(
        "name", "id"
    )
    visible = visible_staff_ids(viewer)
    return staff if visible is None else staff.filter(id__in=visible)


class WelcomeForm(forms.Form):
    """What a welcome says: words, a material, WeCom's attachments kept, dropped or added."""

    text = forms.CharField(
        label=gettext_lazy("欢迎语"),
        required=False,
        max_length=1_300,
        widget=forms.Textarea(attrs={"rows": 4, "data-welcome": ""}),
        help_text=gettext_lazy("{客户} 和 {员工} 会换成名字；还不知道客户叫什么时写「朋友」。"),
    )
    material = forms.ModelChoiceField(
        label=gettext_lazy("附上素材"),
        queryset=Material.objects.none(),
        required=False,
        empty_label=gettext_lazy("不附素材"),
        help_text=gettext_lazy("每位客户一条专属链接，能看到谁读了。"),
    )
    link_title = forms.CharField(
        label=gettext_lazy("再附一个链接: 标题"), required=False, max_length=40
    )
    link_url = forms.URLField(
        label=gettext_lazy("链接地址"), required=False, max_length=2_000, assume_scheme="https"
    )
    picture = forms.FileField(
        label=gettext_lazy("再附一张图片"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )
    drop = forms.MultipleChoiceField(
        label=gettext_lazy("去掉附件"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, content: WelcomeContent | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept: list[dict[str, Any]] = list(content.attachments) if content else []
        published = Material.objects.filter(is_published=True)
        if content is not None and content.material_id is not None:
            published = published | Material.objects.filter(pk=content.material_id)
        _field(self, "material").queryset = published.order_by("-updated_at")
        _field(self, "drop").choices = [
            (str(n), attachment_words(one)) for n, one in enumerate(self.kept)
        ]
        if not self.kept:
            del self.fields["drop"]

    def clean_picture(self) -> Any:
        """Refuse a file that is too large before it is read."""
        file = self.cleaned_data["picture"]
        if file is not None and file.size > MAX_BYTES:
            raise forms.ValidationError(_("图片超过 8 MB，请压缩后再上传"))
        return file

    def clean(self) -> dict[str, Any]:
        """A link needs both its title and its address."""
        cleaned = super().clean() or self.cleaned_data
        if bool(cleaned.get("link_title")) != bool(cleaned.get("link_url")):
            self.add_error("link_url", _("链接的标题和地址要一起填"))
        return cleaned

    def welcome(self, picture: Mapping[str, Any] | None = None) -> WelcomeText:
        """Return what was asked for; `picture` is an attachment that was uploaded meanwhile."""
        dropped = set(self.cleaned_data.get("drop", []))
        attachments = [one for n, one in enumerate(self.kept) if str(n) not in dropped]
        if self.cleaned_data["link_url"]:
            attachments.append(
                link_attachment(
                    title=self.cleaned_data["link_title"], url=self.cleaned_data["link_url"]
                )
            )
        if picture is not None:
            attachments.append(dict(picture))
        return WelcomeText(self.cleaned_data["text"], attachments, self.cleaned_data["material"])


class CodeForm(WelcomeForm):
    """A channel code: who answers, what follows, what is said."""

    name = forms.CharField(
        label=gettext_lazy("名称"),
        max_length=30,
        help_text=gettext_lazy("员工在企业微信里看到的来源，例如「西湖店收银台」。"),
    )
    staff = forms.ModelMultipleChoiceField(
        label=gettext_lazy("接待员工"),
        queryset=Staff.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("客户扫码后由企业微信分给其中一位，最多 100 人。"),
    )
    skip_verify = forms.BooleanField(
        label=gettext_lazy("客户添加时无需员工确认"), required=False, initial=True
    )
    tags = forms.ModelMultipleChoiceField(
        label=gettext_lazy("自动打标"),
        queryset=Tag.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    remark_template = forms.CharField(
        label=gettext_lazy("自动备注"),
        max_length=60,
        required=False,
        help_text=gettext_lazy(
            "可用 {客户} {渠道} {日期}，超过 20 个字会截短。例如「西湖-{客户}」。"
        ),
    )
    task_title = forms.CharField(label=gettext_lazy("首个任务"), max_length=60, required=False)
    task_body = forms.CharField(
        label=gettext_lazy("任务说明"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    task_delay_minutes = forms.IntegerField(
        label=gettext_lazy("加上好友后多少分钟提醒员工"),
        required=False,
        min_value=0,
        max_value=60 * 24 * 30,
    )

    def __init__(
        self,
        *args: Any,
        corp: Corp,
        viewer: User,
        code: ChannelCode | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, content=code, **kwargs)
        _field(self, "staff").queryset = staff_choices(corp, viewer)
        _field(self, "tags").queryset = (
            Tag.objects.filter(corp=corp, is_deleted=False, wecom_id__isnull=False)
            .select_related("group")
            .order_by("group__position", "group_id", "position", "id")
        )

    def clean(self) -> dict[str, Any]:
        """A task needs a title and a moment."""
        cleaned = super().clean()
        has_delay = cleaned.get("task_delay_minutes") is not None
        if has_delay and not cleaned.get("task_title"):
            self.add_error("task_title", _("写上任务的标题，或清空提醒时间"))
        if cleaned.get("task_title") and not has_delay and "task_delay_minutes" not in self.errors:
            self.add_error("task_delay_minutes", _("写上多少分钟后提醒，0 是立刻"))
        return cleaned


class VariantForm(WelcomeForm):
    """A welcome for one staff member or one time of the week."""

    staff = forms.ModelChoiceField(
        label=gettext_lazy("只给这位员工的客户"),
        queryset=Staff.objects.none(),
        required=False,
        empty_label=gettext_lazy("所有员工"),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("星期"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("不选就是每天。"),
    )
    starts_at = forms.TimeField(
        label=gettext_lazy("从"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    ends_at = forms.TimeField(
        label=gettext_lazy("到"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=gettext_lazy("比开始早就是到第二天。"),
    )

    def __init__(
        self, *args: Any, code: ChannelCode, variant: WelcomeVariant | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, content=variant, **kwargs)
        _field(self, "staff").queryset = code.staff.order_by("name", "id")
        self.order_fields(["staff", "weekdays", "starts_at", "ends_at", "text", "material"])


class DefaultWelcomeForm(WelcomeForm):
    """What is said when no code speaks."""

    is_enabled = forms.BooleanField(label=gettext_lazy("启用默认欢迎语"), required=False)


class CopyForm(forms.Form):
    """Which departments get a copy."""

    departments = forms.ModelMultipleChoiceField(
        label=gettext_lazy("部门或门店"),
        queryset=Department.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, corp: Corp, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _field(self, "departments").queryset = Department.objects.filter(
            corp=corp, is_deleted=False
        ).order_by("position", "id")


class PosterForm(forms.Form):
    """What stands on a poster; it is sent by GET, so the address is the poster."""

    title = forms.CharField(label=gettext_lazy("标题"), max_length=MAX_TITLE)
    note = forms.CharField(label=gettext_lazy("一句话说明"), max_length=MAX_NOTE, required=False)
    name = forms.CharField(label=gettext_lazy("署名"), max_length=MAX_NAME, required=False)
    style = forms.ChoiceField(
        label=gettext_lazy("颜色"),
        choices=[
            ("blue", gettext_lazy("蓝")),
            ("green", gettext_lazy("绿")),
            ("orange", gettext_lazy("橙")),
            ("plain", gettext_lazy("白底(省墨)")),
        ],
        widget=forms.RadioSelect,
    )


def attachment_words(attachment: Mapping[str, Any]) -> str:
    """Say what an attachment is."""
    kind = attachment.get("msgtype", "")
    inner = attachment.get(kind, {})
    names = {
        "image": _("图片"),
        "link": _("链接"),
        "miniprogram": _("小程序"),
        "video": _("视频"),
        "file": _("文件"),
    }
    name = names.get(kind, str(kind))
    title = inner.get("title") if isinstance(inner, dict) else ""
    return f"{name} · {title}" if title else name


def _field(form: forms.Form, name: str) -> Any:
    """Return a field whose choices are rows."""
    return form.fields[name]
